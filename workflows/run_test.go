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
var prepared = activities.Prepared{Prepared: train.Prepared{Data: "verse-char-0123"}, Token: 5 * activities.Tokens}

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
	p := activities.Progress{
		Progress: train.Progress{
			Step: step, Steps: 200, Values: map[string]float64{"loss": 4 - float64(step)/100}, Checkpoint: "step-" + strings.Repeat("i", step/50),
		},
		Saved: step, WeightsSHA256: "abc",
	}
	if step == 200 {
		p = finished(p)
	}
	return p
}

func finished(p activities.Progress) activities.Progress {
	p.Done, p.Outputs = true, map[string]activities.Output{"model": {Path: "/m", SHA256: "m"}}
	return p
}

// played is a segment that reaches its end.
func played(s activities.Segment) activities.Progress {
	p := at(s.Until)
	p.Done, p.Outputs, p.Steps = false, nil, s.Run.Steps()
	if p.Step == p.Steps {
		p = finished(p)
	}
	return p
}

// bench is a workflow under test whose activities are played by functions. Time is skipped, not waited for.
type bench struct {
	*testsuite.TestWorkflowEnvironment
	asked    []activities.Segment     // segments in the order they were asked for
	prepared []activities.Preparation // what Prepare was asked to do
	lasts    time.Duration            // how long a segment takes, on the workflow's clock

	// segment plays a segment; nil: it reaches its end.
	segment func(ctx context.Context, s activities.Segment) (activities.Progress, error)
	// prepare plays Prepare; nil: it gives what prepared says.
	prepare func(p activities.Preparation) (activities.Prepared, error)
	// publish takes what is published.
	published []activities.Publication
}

func newBench() *bench {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	b.SetWorkflowRunTimeout(365 * 24 * time.Hour)
	b.RegisterWorkflow(Run)
	b.RegisterWorkflow(Pipeline)
	b.RegisterActivity(&activities.Trainer{})
	b.OnActivity("Prepare", mock.Anything, mock.Anything).Return(func(_ context.Context, p activities.Preparation) (activities.Prepared, error) {
		b.prepared = append(b.prepared, p)
		if b.prepare != nil {
			return b.prepare(p)
		}
		return prepared, nil
	})
	b.OnActivity("Publish", mock.Anything, mock.Anything).Return(func(_ context.Context, p activities.Publication) error {
		b.published = append(b.published, p)
		return nil
	})
	return b
}

// play has segments played.
func (b *bench) play() {
	b.OnActivity("Segment", mock.Anything, mock.Anything).Return(func(ctx context.Context, s activities.Segment) (activities.Progress, error) {
		b.asked = append(b.asked, s)
		if b.segment != nil {
			return b.segment(ctx, s)
		}
		return played(s), nil
	}).After(b.lasts)
}

// run carries out the workflow Run with the bench's activities.
func (b *bench) run(run spec.Run, carry *Carry) {
	b.play()
	b.ExecuteWorkflow(Run, Input{Run: run, Carry: carry})
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
	b.run(tiny(t), nil)
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
	b.run(run, &Carry{Span: 400, Prepared: true})
	b.result(t)
	if got := b.untils(); len(got) < 4 || !slices.Equal(got[:4], []int{400, 600, 700, 750}) {
		t.Errorf("segments end at %v, want their length halved each time", got)
	}
}

func TestFailureEndsTheRunAndIsToldPlainly(t *testing.T) {
	b := newBench()
	b.segment = func(context.Context, activities.Segment) (activities.Progress, error) {
		return at(0), temporal.NewNonRetryableApplicationError("the loss is NaN at step 12", activities.NonFinite, nil)
	}
	b.run(tiny(t), nil)
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
	b.run(tiny(t), nil)
	if s := b.result(t); s.Phase != Completed || deaths < 8 {
		t.Errorf("%+v after %d deaths", s, deaths)
	}
}

func TestLongRunContinuesAsNewWithWhatItKnows(t *testing.T) {
	b := newBench()
	run := tiny(t)
	run.Pretrain.Steps, run.Pretrain.Checkpoint.Every = 100_000, 1
	b.lasts = 30 * time.Second
	b.run(run, nil)
	var next *workflow.ContinueAsNewError
	if err := b.GetWorkflowError(); !errors.As(err, &next) {
		t.Fatalf("ended with %v, want a continue-as-new", err)
	}
	s := queried(t, b)
	if s.Step != maxSegments || s.Phase != Running || s.Checkpoint == "" {
		t.Errorf("handed over at %+v", s)
	}

	var in Input
	if err := converter.GetDefaultDataConverter().FromPayload(next.Input.Payloads[0], &in); err != nil {
		t.Fatal(err)
	}
	c := in.Carry
	if c.Token != b.asked[len(b.asked)-1].Token || c.Data != prepared.Data || !c.Prepared {
		t.Errorf("carries %+v, want the last token %d and the data", c, b.asked[len(b.asked)-1].Token)
	}

	again := newBench() // what comes next does not prepare again and goes on at the next step
	again.run(tiny(t), &Carry{State: State{Phase: Running, Progress: at(150)}, Prepared: true, Span: 50})
	if got := again.untils(); len(got) != 1 || again.asked[0].From.Step != 150 || got[0] != 200 {
		t.Errorf("went on with segments %+v", again.asked)
	}
	again.AssertActivityNumberOfCalls(t, "Prepare", 0)
}

// Each segment has the next fencing token, and the data that was prepared.
func TestSegmentsAreGivenWhatWasPrepared(t *testing.T) {
	b := newBench()
	b.prepare = func(activities.Preparation) (activities.Prepared, error) {
		p := prepared
		p.Inputs = map[string]spec.Input{"model": {Path: "/base", SHA256: "b"}}
		return p, nil
	}
	b.run(tiny(t), nil)
	s := b.result(t)
	if s.Step != 200 || s.Data != prepared.Data || s.Inputs["model"].Path != "/base" {
		t.Errorf("state %+v", s)
	}
	token := prepared.Token
	for i, s := range b.asked {
		if token += activities.Tokens; s.Token != token || s.Data != prepared.Data || s.Run.Inputs["model"].SHA256 != "b" {
			t.Errorf("segment %d has token %d, data %q and inputs %v, want %d, %q and the model", i, s.Token, s.Data, s.Run.Inputs, token, prepared.Data)
		}
	}
	if len(b.published) != 1 || b.published[0].Run.Inputs["model"].SHA256 != "b" || b.published[0].Changed {
		t.Errorf("published %+v", b.published)
	}
}

// A run that was stopped is resumed with what it had published.
func TestAResumedRunPreparesWithTheDataItHas(t *testing.T) {
	b := newBench()
	b.run(tiny(t), &Carry{State: State{Phase: Running, Progress: at(100), Data: "verse-char-4567"}})
	b.result(t)
	if p := b.prepared[0]; p.Data != "verse-char-4567" || !p.Again || len(b.asked) != 2 || b.asked[0].From.Step != 100 || b.asked[0].Data != prepared.Data {
		t.Errorf("prepared %+v, then asked for %+v", p, b.asked)
	}
}

// A kind whose spec does not say how many steps it has is told by its preparation.
func TestStepsThatThePreparationCounts(t *testing.T) {
	run := spec.Defaults("evaluate")
	run.Name, run.Evaluate.Model.From, run.Evaluate.Data.Source, run.Evaluate.Checkpoint.Every = "asked", "/m", "tasks:sft", 0
	b := newBench()
	b.prepare = func(activities.Preparation) (activities.Prepared, error) {
		return activities.Prepared{Prepared: train.Prepared{Steps: 7}, Token: 1}, nil
	}
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		return activities.Progress{Progress: train.Progress{Step: 7, Steps: 7, Metrics: map[string]float64{"exactMatch": 0}}, Done: true}, nil
	}
	b.run(*run, nil)
	s := b.result(t)
	if v, ok := s.Value("exactMatch"); s.Step != 7 || s.Steps != 7 || !ok || v != 0 || !slices.Equal(b.untils(), []int{7}) {
		t.Errorf("state %+v after segments to %v", s, b.untils())
	}
}

// A finished run that was the same makes training needless.
func TestReuse(t *testing.T) {
	b := newBench()
	b.prepare = func(activities.Preparation) (activities.Prepared, error) {
		p := prepared
		p.Reuse = &activities.Reusable{Run: "before", Progress: at(200)}
		return p, nil
	}
	b.play()
	b.ExecuteWorkflow(Run, Input{Run: tiny(t), Reuse: true})
	s := b.result(t)
	if s.Phase != Completed || s.Reused != "before" || s.Outputs["model"].Path != "/m" || len(b.asked) != 0 || b.published[0].Reused != "before" {
		t.Errorf("state %+v, segments %+v, published %+v", s, b.asked, b.published)
	}
	if !b.prepared[0].Reused {
		t.Error("the preparation was not asked to look for it")
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
	r := &run{run: tiny(t), Carry: Carry{State: State{Phase: Running, Progress: at(50)}, Trend: []float64{4, 3.5}, Segments: 2}}
	r.Started = time.Unix(0, 0)
	r.Outputs = map[string]activities.Output{"model": {Path: "/m"}}
	r.Events = []activities.Event{{Step: 50, Kind: "checkpoint-damaged", Text: "passed\nover"}}
	page := r.page(time.Unix(65, 0))
	for _, want := range []string{
		"### running: step 50 of 200, loss 3.5000", "`█▁` loss", "gpt2-L2-H2-C32-T32 on auto, 200 steps |", "| time since the start | 1m5s |", "`step-i`",
		"| loss | 3.5 |", "| model | `/m` |", "- step 50, checkpoint-damaged: passed over",
	} {
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
