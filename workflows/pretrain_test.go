package workflows

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// prepared is what Prepare gives.
var prepared = activities.Prepared{Corpus: "verse-char-0123", Token: 5 * activities.Tokens}

// tiny is a run of 200 steps with a checkpoint every 50.
func tiny(t *testing.T) spec.Run {
	t.Helper()
	run, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	run.Name = "tiny"
	return *run
}

func at(step int) activities.Progress {
	return activities.Progress{
		Progress:      train.Progress{Step: step, Loss: 4 - float64(step)/100, Checkpoint: "step-" + strings.Repeat("i", step/50)},
		WeightsSHA256: "abc",
	}
}

// bench is a workflow under test whose activities are played by functions. Time is skipped, not waited for.
type bench struct {
	*testsuite.TestWorkflowEnvironment
	asked  []activities.Segment // segments in the order they were asked for
	corpus string               // that Prepare was told of
	lasts  time.Duration        // how long a segment takes, on the workflow's clock

	// segment plays a segment; nil: it reaches its end.
	segment func(ctx context.Context, s activities.Segment) (activities.Progress, error)
}

func newBench() *bench {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	b.SetWorkflowRunTimeout(365 * 24 * time.Hour)
	b.RegisterWorkflow(Pretrain)
	b.RegisterActivity(&activities.Trainer{})
	b.OnActivity("Prepare", mock.Anything, mock.Anything).Return(func(context.Context, spec.Run) (activities.Prepared, error) {
		return prepared, nil
	})
	b.OnActivity("Prepare", mock.Anything, mock.Anything, mock.Anything).Return(func(_ context.Context, _ spec.Run, corpus string) (activities.Prepared, error) {
		b.corpus = corpus
		return prepared, nil
	})
	b.OnActivity("Publish", mock.Anything, mock.Anything, mock.Anything).Return(nil)
	return b
}

// run carries out the workflow with the bench's activities.
func (b *bench) run(run spec.Run, carry Carry) {
	b.OnActivity("Segment", mock.Anything, mock.Anything).Return(func(ctx context.Context, s activities.Segment) (activities.Progress, error) {
		b.asked = append(b.asked, s)
		if b.segment != nil {
			return b.segment(ctx, s)
		}
		return at(s.Until), nil
	}).After(b.lasts)
	b.ExecuteWorkflow(Pretrain, run, carry)
}

func (b *bench) result(t *testing.T) State {
	t.Helper()
	if !b.IsWorkflowCompleted() {
		t.Fatal("the workflow has not ended")
	}
	if err := b.GetWorkflowError(); err != nil {
		t.Fatalf("the workflow failed: %v", err)
	}
	var s State
	if err := b.GetWorkflowResult(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) untils() (steps []int) {
	for _, s := range b.asked {
		steps = append(steps, s.Until)
	}
	return steps
}

func TestRunReachesItsEnd(t *testing.T) {
	b := newBench()
	b.run(tiny(t), Carry{})
	s := b.result(t)
	if s.Phase != Completed || s.Step != 200 || s.WeightsSHA256 != "abc" {
		t.Errorf("state %+v, want completed at step 200", s)
	}
	// Segments that take no time grow: 1, 2, 4 checkpoints' worth.
	if want := []int{50, 150, 200}; !slices.Equal(b.untils(), want) {
		t.Errorf("segments end at %v, want %v", b.untils(), want)
	}
	b.AssertActivityNumberOfCalls(t, "Publish", 1)
}

func TestSegmentsOfAMinuteShrink(t *testing.T) {
	b := newBench()
	run := tiny(t)
	run.Pretrain.Steps, run.Pretrain.Checkpoint.Every = 1000, 10
	b.lasts = 2 * time.Minute
	b.run(run, Carry{Span: 400, Prepared: true})
	b.result(t)
	if got := b.untils(); len(got) < 4 || !slices.Equal(got[:4], []int{400, 600, 700, 750}) {
		t.Errorf("segments end at %v, want their length halved each time", got)
	}
}

// A paused run waits as long as it takes, here a day.
func TestPauseAndResume(t *testing.T) {
	b := newBench()
	b.segment = b.disturbed(func() { b.SignalWorkflow(SignalPause, nil) })
	phase := ""
	b.RegisterDelayedCallback(func() {
		phase = queried(t, b).Phase
		b.SignalWorkflow(SignalResume, nil)
	}, 24*time.Hour)
	began := b.Now()
	b.run(tiny(t), Carry{})
	s := b.result(t)
	if phase != Paused {
		t.Errorf("after the pause the phase is %q", phase)
	}
	if s.Phase != Completed || b.Now().Sub(began) < 24*time.Hour {
		t.Errorf("ended %q after %v", s.Phase, b.Now().Sub(began))
	}
}

// disturbed plays a first segment during which something happens. This environment answers for an activity that the workflow
// cancels, at once and without details; that the details are used is tested with a real server in internal/daemon.
func (b *bench) disturbed(disturb func()) func(context.Context, activities.Segment) (activities.Progress, error) {
	return func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		if len(b.asked) == 1 {
			disturb()
			time.Sleep(50 * time.Millisecond) // let the workflow see it
		}
		return at(s.Until), nil
	}
}

func TestSignalsDuringASegment(t *testing.T) {
	for _, c := range []struct {
		name  string
		steer func(b *bench)
		want  string
		step  int
	}{
		{"stop", func(b *bench) { b.SignalWorkflow(SignalStop, nil) }, Stopped, 0},
		{"resume changes nothing after a stop", func(b *bench) {
			b.SignalWorkflow(SignalStop, nil)
			b.SignalWorkflow(SignalResume, nil)
		}, Stopped, 0},
		{"pause and resume at once", func(b *bench) {
			b.SignalWorkflow(SignalPause, nil)
			b.SignalWorkflow(SignalResume, nil)
		}, Completed, 200},
		{"resume of a running run", func(b *bench) { b.SignalWorkflow(SignalResume, nil) }, Completed, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench()
			b.segment = b.disturbed(func() { c.steer(b) })
			b.run(tiny(t), Carry{})
			if s := b.result(t); s.Phase != c.want || s.Step != c.step {
				t.Errorf("state %+v, want %s at step %d", s, c.want, c.step)
			}
		})
	}
}

func TestStopOfAPausedRun(t *testing.T) {
	b := newBench()
	b.segment = b.disturbed(func() { b.SignalWorkflow(SignalPause, nil) })
	b.RegisterDelayedCallback(func() { b.SignalWorkflow(SignalStop, nil) }, time.Hour)
	b.run(tiny(t), Carry{})
	if s := b.result(t); s.Phase != Stopped {
		t.Errorf("state %+v", s)
	}
}

// The cancel of Temporal's own UI and CLI is a stop that Temporal calls cancelled.
func TestCancelOfTheWorkflow(t *testing.T) {
	b := newBench()
	b.segment = b.disturbed(b.CancelWorkflow)
	b.run(tiny(t), Carry{})
	if err := b.GetWorkflowError(); !temporal.IsCanceledError(err) {
		t.Errorf("ended with %v, want a CanceledError", err)
	}
	if s := queried(t, b); s.Phase != Stopped {
		t.Errorf("state %+v", s)
	}
}

func TestFailureEndsTheRunAndIsToldPlainly(t *testing.T) {
	b := newBench()
	b.segment = func(context.Context, activities.Segment) (activities.Progress, error) {
		return at(0), temporal.NewNonRetryableApplicationError("the loss is NaN at step 12", activities.NonFinite, nil)
	}
	b.run(tiny(t), Carry{})
	var app *temporal.ApplicationError
	if err := b.GetWorkflowError(); !errors.As(err, &app) || app.Type() != activities.NonFinite {
		t.Fatalf("error %v, want the NonFinite of the activity", err)
	}
	if len(b.asked) != 1 {
		t.Errorf("tried %d times what cannot get better", len(b.asked))
	}
	if s := queried(t, b); s.Phase != Failed || s.Error != "the loss is NaN at step 12" {
		t.Errorf("state %+v", s)
	}
}

// (This environment itself gives up after ten attempts.)
func TestAttemptsThatDieAreRetried(t *testing.T) {
	deaths := 0
	b := newBench()
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		if deaths++; deaths <= 8 {
			return at(0), errors.New("worker died")
		}
		return at(s.Until), nil
	}
	b.SetTestTimeout(time.Minute)
	b.run(tiny(t), Carry{})
	if s := b.result(t); s.Phase != Completed || deaths < 8 {
		t.Errorf("%+v after %d deaths", s, deaths)
	}
}

func TestLongRunContinuesAsNewWithWhatItKnows(t *testing.T) {
	b := newBench()
	run := tiny(t)
	run.Pretrain.Steps, run.Pretrain.Checkpoint.Every = 100_000, 1
	b.lasts = 30 * time.Second
	b.run(run, Carry{})
	var next *workflow.ContinueAsNewError
	if err := b.GetWorkflowError(); !errors.As(err, &next) {
		t.Fatalf("ended with %v, want a continue-as-new", err)
	}
	s := queried(t, b)
	if s.Step != maxSegments || s.Phase != Running || s.Checkpoint == "" {
		t.Errorf("handed over at %+v", s)
	}

	var c Carry
	if err := converter.GetDefaultDataConverter().FromPayload(next.Input.Payloads[1], &c); err != nil {
		t.Fatal(err)
	}
	if c.Token != b.asked[len(b.asked)-1].Token || c.Corpus != prepared.Corpus || !c.Prepared {
		t.Errorf("carries %+v, want the last token %d and the corpus", c, b.asked[len(b.asked)-1].Token)
	}

	again := newBench() // what comes next does not prepare again and goes on at the next step
	again.run(tiny(t), Carry{State: State{Phase: Running, Progress: at(150)}, Prepared: true, Span: 50})
	if got := again.untils(); len(got) != 1 || again.asked[0].From.Step != 150 || got[0] != 200 {
		t.Errorf("went on with segments %+v", again.asked)
	}
	again.AssertActivityNumberOfCalls(t, "Prepare", 0)
}

// Whoever starts a run gives its spec alone; the UI then shows one readable input.
func TestARunBeginsWithOneInput(t *testing.T) {
	b := newBench()
	b.OnActivity("Segment", mock.Anything, mock.Anything).Return(func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		b.asked = append(b.asked, s)
		return at(s.Until), nil
	})
	b.ExecuteWorkflow("Pretrain", tiny(t))
	if s := b.result(t); s.Step != 200 || s.Corpus != prepared.Corpus {
		t.Errorf("state %+v", s)
	}
	token := prepared.Token
	for i, s := range b.asked {
		if token += activities.Tokens; s.Token != token || s.Corpus != prepared.Corpus {
			t.Errorf("segment %d has token %d and corpus %q, want %d and %q", i, s.Token, s.Corpus, token, prepared.Corpus)
		}
	}
	b.AssertActivityNumberOfCalls(t, "Prepare", 1)
}

// A run that was stopped is resumed with what it had published.
func TestAResumedRunPreparesWithTheCorpusItHas(t *testing.T) {
	b := newBench()
	b.run(tiny(t), Carry{State: State{Phase: Running, Progress: at(100), Corpus: "verse-char-4567"}})
	b.result(t)
	if b.corpus != "verse-char-4567" || len(b.asked) != 2 || b.asked[0].From.Step != 100 || b.asked[0].Corpus != prepared.Corpus {
		t.Errorf("prepared with corpus %q, then asked for %+v", b.corpus, b.asked)
	}
}

func TestSetChangesTheRunThatGoesOn(t *testing.T) {
	b := newBench()
	var refused, accepted error
	b.segment = b.disturbed(func() { b.SignalWorkflow(SignalPause, nil) })
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow(UpdateSet, "a", callback(&refused), "embed", "64")
		b.UpdateWorkflow(UpdateSet, "b", callback(&accepted), "lr", "1e-4")
		b.UpdateWorkflow(UpdateSet, "c", callback(&accepted), "minLR", "1e-5")
		b.SignalWorkflow(SignalResume, nil)
	}, time.Hour)
	run := tiny(t)
	run.Pretrain.Optim.MinLR = 1e-5
	b.run(run, Carry{})
	b.result(t)
	if refused == nil || !strings.Contains(refused.Error(), "embed cannot change while a run goes on") {
		t.Errorf("set embed: %v", refused)
	}
	if accepted != nil {
		t.Errorf("set lr: %v", accepted)
	}
	if got := b.asked[len(b.asked)-1].Run.Pretrain.Optim.LR; got != 1e-4 {
		t.Errorf("after set lr=1e-4 a segment trains with %g", got)
	}
	if run.Pretrain.Optim.LR != 5e-3 {
		t.Errorf("the caller's spec was changed")
	}
}

func callback(err *error) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: func(e error) { *err = e },
		OnComplete: func(_ any, e error) {
			if e != nil {
				*err = e
			}
		},
	}
}

func TestThinKeepsTheLastLoss(t *testing.T) {
	var losses []float64
	for i := range 1000 {
		losses = thin(append(losses, float64(i)))
		if len(losses) > 60 || losses[len(losses)-1] != float64(i) {
			t.Fatalf("after %d: %v", i, losses)
		}
	}
}

func TestPage(t *testing.T) {
	p := &pretrain{run: tiny(t), Carry: Carry{State: State{Phase: Running, Progress: at(50)}, Losses: []float64{4, 3.5}, Segments: 2}}
	p.Started, p.Steps = time.Unix(0, 0), 200
	page := p.page(time.Unix(65, 0))
	for _, want := range []string{"### running: step 50 of 200, loss 3.5000", "`█▁`", "| model | gpt-L2-H2-C32-T32 |", "| time since the start | 1m5s |", "`step-i`"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// queried is the state that the workflow's query gives.
func queried(t *testing.T, b *bench) State {
	t.Helper()
	v, err := b.QueryWorkflow(QueryStatus)
	if err != nil {
		t.Fatal(err)
	}
	var s State
	if err := v.Get(&s); err != nil {
		t.Fatal(err)
	}
	return s
}
