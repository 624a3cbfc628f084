package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// environment runs the activities of t as a worker would.
func environment(t *Trainer) *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(t)
	return env
}

// small is a run of 6 steps on a text of its own.
func small(t *testing.T) spec.Run {
	t.Helper()
	run, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "text.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("slowly and steadily, unattended. ", 60)), 0o600); err != nil {
		t.Fatal(err)
	}
	run.Name = "small"
	p := run.Pretrain
	p.Data.Source, p.Steps, p.Optim.Warmup = path, 6, 2
	p.Model = spec.Model{Layers: 1, Heads: 1, Embed: 8, Context: 8}
	p.Checkpoint.Every, p.Eval.Every = 2, 3
	return *run
}

func segment(t *testing.T, env *testsuite.TestActivityEnvironment, s Segment) (Progress, error) {
	t.Helper()
	var tr *Trainer
	v, err := env.ExecuteActivity(tr.Segment, s)
	if err != nil {
		return Progress{}, err
	}
	var p Progress
	if err := v.Get(&p); err != nil {
		t.Fatal(err)
	}
	return p, nil
}

func TestSegmentsInTwoPartsEndInTheWeightsOfOne(t *testing.T) {
	run := small(t)
	whole, err := segment(t, environment(&Trainer{Home: t.TempDir()}), Segment{Run: run, Until: 6})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Step != 6 || whole.Saved != 6 || !whole.Done || whole.Values["loss"] == 0 || whole.Metrics["valLoss"] == 0 || whole.WeightsSHA256 == "" ||
		whole.Checkpoint == "" || whole.Outputs["model"].SHA256 == "" {
		t.Fatalf("the segment returned %+v", whole)
	}
	halves := &Trainer{Home: t.TempDir()}
	first, err := segment(t, environment(halves), Segment{Run: run, Until: 3})
	if err != nil || first.Step != 3 || first.Done {
		t.Fatalf("first half: %+v, %v", first, err)
	}
	second, err := segment(t, environment(halves), Segment{Run: run, From: first, Until: 6})
	if err != nil || second.WeightsSHA256 != whole.WeightsSHA256 {
		t.Errorf("two halves end in %s, the whole in %s, %v", second.WeightsSHA256, whole.WeightsSHA256, err)
	}
}

// The disk may be ahead of what the workflow knows: a worker died between a checkpoint and its report.
func TestSegmentGoesOnFromTheDisk(t *testing.T) {
	run, home := small(t), &Trainer{Home: t.TempDir()}
	if _, err := segment(t, environment(home), Segment{Run: run, Until: 4}); err != nil {
		t.Fatal(err)
	}
	from := -1
	home.Core.Run = func(ctx context.Context, r spec.Run, o train.Options) (train.Result, error) {
		o.OnStep = func(p train.Progress) {
			if from < 0 {
				from = p.Step - 1
			}
		}
		return train.Run(ctx, r, o)
	}
	p, err := segment(t, environment(home), Segment{Run: run, From: Progress{}, Until: 6})
	if err != nil || p.Step != 6 || from != 4 {
		t.Errorf("went on from step %d to %+v, %v; want from 4 to 6", from, p, err)
	}
}

// Until the first step of an attempt is done, its heartbeats tell what the later of workflow and last attempt knew.
func TestHeartbeatsNeverGoBack(t *testing.T) {
	home := t.TempDir()
	files := filepath.Join(train.Dir(home, "small"), "checkpoints")
	at := func(step int) Progress {
		dir := filepath.Join(files, fmt.Sprintf("step-%08d", step))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return Progress{Progress: train.Progress{Step: step, Steps: 100, Checkpoint: dir}, Saved: step}
	}
	var mu sync.Mutex
	var beats []Progress
	env := environment(&Trainer{Home: home, Core: Core{Run: func(_ context.Context, _ spec.Run, o train.Options) (train.Result, error) {
		o.OnStep(train.Progress{Step: 91, Checkpoint: at(90).Checkpoint})
		return train.Result{Progress: train.Progress{Step: 100}}, nil
	}}})
	env.SetHeartbeatDetails(at(90))
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p Progress
		if err := details.Get(&p); err != nil {
			t.Error(err)
		}
		mu.Lock()
		beats = append(beats, p)
		mu.Unlock()
	})
	p, err := segment(t, env, Segment{Run: small(t), From: at(50), Until: 100})
	if err != nil || p.Step != 100 || p.Checkpoint != at(90).Checkpoint {
		t.Errorf("returned %+v, %v; want step 100 with the last checkpoint known", p, err)
	}
	if len(beats) == 0 || beats[0].Step != 90 {
		t.Errorf("heartbeats %+v, want first what the last attempt knew", beats)
	}

	// Checkpoints that came later have crowded out the one that is known.
	beats = nil
	if err := os.RemoveAll(at(90).Checkpoint); err != nil {
		t.Fatal(err)
	}
	at(95)
	if _, err := segment(t, env, Segment{Run: small(t), From: at(50), Until: 100}); err != nil {
		t.Error(err)
	}
	if len(beats) == 0 || beats[0].Step != 90 {
		t.Errorf("heartbeats %+v, want first what the last attempt knew", beats)
	}

	beats = nil // the owner has deleted the run's directory
	lost := at(50)
	if err := os.RemoveAll(files); err != nil {
		t.Fatal(err)
	}
	if _, err := segment(t, env, Segment{Run: small(t), From: lost, Until: 100}); err != nil {
		t.Error(err)
	}
	if len(beats) == 0 || beats[0].Step != 0 || beats[0].Checkpoint != "" || beats[0].Steps != 100 {
		t.Errorf("heartbeats %+v, want first that no step is known to be done", beats)
	}
}

func TestHeartbeatsFallSilentWhenNothingMoves(t *testing.T) {
	h := &heartbeat{limit: stall}
	h.moves()
	if !h.alive(time.Now()) {
		t.Error("silent after a step")
	}
	if !h.alive(time.Now().Add(stall - time.Second)) {
		t.Error("silent before the limit: a long evaluation would be killed")
	}
	if h.alive(time.Now().Add(stall + time.Second)) {
		t.Error("goes on after the limit: a device that hangs would never be found")
	}
}

func TestWorkerStopEndsTheSegmentWithACheckpoint(t *testing.T) {
	stop := make(chan struct{})
	tr := &Trainer{Home: t.TempDir()}
	tr.Core.Run = func(ctx context.Context, r spec.Run, o train.Options) (train.Result, error) {
		o.OnStep = func(p train.Progress) {
			if p.Step == 3 {
				close(stop)
				<-ctx.Done()
			}
		}
		return train.Run(ctx, r, o)
	}
	env := environment(tr)
	env.SetWorkerStopChannel(stop)
	_, err := segment(t, env, Segment{Run: small(t), Until: 6})
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != WorkerStop || app.NonRetryable() || app.NextRetryDelay() > time.Second {
		t.Fatalf("ended with %v, want a WorkerStop that is tried again at once", err)
	}
	var p Progress
	if err := app.Details(&p); err != nil || p.Step != 3 {
		t.Errorf("the error carries %+v, %v; want the progress of step 3", p, err)
	}
	if l, _, err := ckpt.Latest(t.Context(), tr.store(), store.Run("small").Checkpoints()); err != nil || l.Step != 3 {
		t.Errorf("the newest checkpoint is %+v, %v; want that of step 3", l, err)
	}
	Drain(tr) // returns: nothing runs
}

func TestFailuresHaveTheirKind(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error // returned by the training; nil: it panics with panics
		panics any
		kind   string
		final  bool
		says   string
	}{
		{name: "loss is no number", err: fmt.Errorf("pretrain: %w", &train.NonFinite{Step: 7, What: "loss"}), kind: NonFinite, final: true, says: "step 7"},
		{name: "disk full", err: fmt.Errorf("save: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), kind: "DiskFull", says: "make room"},
		{name: "checkpoint cannot be read", err: fmt.Errorf("resume: %w", ckpt.ErrUnreadable), kind: "Unreadable", says: "goes on by itself"},
		{name: "an input is gone", err: fmt.Errorf("sft: %w model", train.ErrInput), kind: BadData, final: true, says: "input model"},
		{name: "fenced off", err: fmt.Errorf("save: %w", ckpt.ErrFenced), kind: "wrapError", says: "newer attempt"},
		{name: "another run's checkpoints", err: fmt.Errorf("pretrain: %w", train.ErrMismatch), kind: Conflict, final: true, says: "another name"},
		{name: "misuse of an op", panics: &tensorlib.OpError{Op: "MatMul", Msg: "inner dimensions differ"}, kind: Misuse, final: true, says: "MatMul: inner dimensions differ"},
		{name: "any panic", panics: "index out of range", kind: Misuse, final: true, says: "activities_test.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := segment(t, environment(&Trainer{Home: t.TempDir(), Core: Core{Run: func(context.Context, spec.Run, train.Options) (train.Result, error) {
				if c.panics != nil {
					panic(c.panics)
				}
				return train.Result{}, c.err
			}}}), Segment{Run: small(t), Until: 6})
			var app *temporal.ApplicationError
			if !errors.As(err, &app) || app.Type() != c.kind || app.NonRetryable() != c.final || !strings.Contains(app.Message(), c.says) {
				t.Errorf("error %v (%T), want %s, final %v, that says %q", err, err, c.kind, c.final, c.says)
			}
		})
	}
}

func TestPrepare(t *testing.T) {
	faulty := small(t)
	faulty.Pretrain.Batch, faulty.Pretrain.Optim.LR = 0, -1
	long := small(t)
	long.Pretrain.Model.Context = 1000
	gone := small(t)
	gone.Pretrain.Data.Source = filepath.Join(t.TempDir(), "gone.txt")
	for _, c := range []struct {
		name string
		run  spec.Run
		kind string
		says []string
	}{
		{"a good run", small(t), "", nil},
		{"several faults at once", faulty, BadSpec, []string{"pretrain.batch is 0", "pretrain.optim.lr is -1"}},
		{"no data", gone, BadData, []string{"gone.txt"}},
		{"a text shorter than the context", long, BadData, []string{"its val split has", "too few for a context of 1000", "use a longer text or a shorter context"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantKind(t, prepare(&Trainer{Home: t.TempDir()}, c.run), c.kind, c.says...) })
	}
}

func prepare(tr *Trainer, run spec.Run) error {
	_, err := environment(tr).ExecuteActivity(tr.Prepare, Preparation{Run: run})
	return err
}

// prepareAgain is prepare for a run that goes on.
func prepareAgain(t *testing.T, tr *Trainer, run spec.Run, data string) (Prepared, error) {
	t.Helper()
	v, err := environment(tr).ExecuteActivity(tr.Prepare, Preparation{Run: run, Again: data != "", Data: data})
	if err != nil {
		return Prepared{}, err
	}
	var p Prepared
	if err := v.Get(&p); err != nil {
		t.Fatal(err)
	}
	return p, nil
}

func wantKind(t *testing.T, err error, kind string, says ...string) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != kind || !app.NonRetryable() {
		t.Fatalf("error %v, want a final %s", err, kind)
	}
	for _, s := range says {
		if !strings.Contains(app.Message(), s) {
			t.Errorf("error %q does not say %q", app.Message(), s)
		}
	}
}

func TestPrepareClaimsTheDirectoryOnce(t *testing.T) {
	tr, run := &Trainer{Home: t.TempDir()}, small(t)
	for range 2 { // the second time it is the same run, resumed
		if err := prepare(tr, run); err != nil {
			t.Fatal(err)
		}
	}
	run.Seed++
	wantKind(t, prepare(tr, run), Conflict, train.Dir(tr.Home, "small"), "another name")
}

// The owner has changed a setting of a run and stopped it before anything was trained with that; then the run is resumed, and its text is gone.
func TestPrepareOfARunThatGoesOn(t *testing.T) {
	tr, run := &Trainer{Home: t.TempDir()}, small(t)
	first, err := prepareAgain(t, tr, run, "")
	if err != nil || first.Data == "" || first.Token == 0 {
		t.Fatalf("prepared %+v, %v", first, err)
	}
	if err := os.Remove(run.Pretrain.Data.Source); err != nil {
		t.Fatal(err)
	}
	wantKind(t, prepare(tr, run), BadData, run.Pretrain.Data.Source)

	changed, section := run, *run.Pretrain
	changed.Pretrain = &section
	section.Optim.LR /= 2
	wantKind(t, prepare(tr, changed), Conflict, "another run's spec") // one that begins
	again, err := prepareAgain(t, tr, changed, first.Data)
	if err != nil || again.Data != first.Data || again.Token <= first.Token {
		t.Errorf("prepared again %+v, %v; want the same data and a larger token than %d", again, err, first.Token)
	}
	if there, err := spec.Load(filepath.Join(train.Dir(tr.Home, run.Name), "run.json")); err != nil || there.Hash() != changed.Hash() {
		t.Errorf("run.json: %+v, %v; want the changed spec", there, err)
	}
	section.Batch++
	_, err = prepareAgain(t, tr, changed, first.Data)
	wantKind(t, err, Conflict, "another run's spec")
}

func TestPrepareOfADamagedDirectory(t *testing.T) {
	tr, run := &Trainer{Home: t.TempDir()}, small(t)
	if err := prepare(tr, run); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(train.Dir(tr.Home, run.Name), "run.json")
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	wantKind(t, prepare(tr, run), Damaged, path, "delete that file")
}

// A larger token is what keeps a zombie out, so it may not come from a clock, which can be set back.
func TestTokensGrowWithAttempts(t *testing.T) {
	run, home := small(t), t.TempDir()
	var tokens []int64
	tr := &Trainer{Home: home, Core: Core{Run: func(_ context.Context, _ spec.Run, o train.Options) (train.Result, error) {
		tokens = append(tokens, o.Token)
		return train.Result{}, nil
	}}}
	if _, err := segment(t, environment(tr), Segment{Run: run, Until: 2, Token: 7 * Tokens}); err != nil {
		t.Fatal(err)
	}
	if want := []int64{7*Tokens + 1}; !slices.Equal(tokens, want) {
		t.Errorf("the first attempt has token %d, want %d", tokens, want)
	}
	// An attempt of which the workflow knows nothing has the directory; Prepare leads past it.
	dir := store.Run(run.Name).Checkpoints()
	zombie, err := ckpt.Acquire(t.Context(), tr.store(), dir, 1e15, "a zombie")
	if err != nil {
		t.Fatal(err)
	}
	p, err := prepareAgain(t, tr, run, "")
	if err != nil || p.Token <= zombie.Token {
		t.Errorf("prepared with token %d, %v; want more than %d", p.Token, err, zombie.Token)
	}
	if err := zombie.Check(t.Context()); !errors.Is(err, ckpt.ErrFenced) {
		t.Errorf("after Prepare the zombie's lease: %v, want ErrFenced", err)
	}
	if _, err := ckpt.Acquire(t.Context(), tr.store(), dir, p.Token+1, "the first segment"); err != nil {
		t.Error(err)
	}
}

func publish(tr *Trainer, p Publication) error {
	_, err := environment(tr).ExecuteActivity(tr.Publish, p)
	return err
}

func TestPublish(t *testing.T) {
	tr, run := &Trainer{Home: t.TempDir()}, small(t)
	p, err := segment(t, environment(tr), Segment{Run: run, Until: 6})
	if err != nil {
		t.Fatal(err)
	}
	if err := publish(tr, Publication{Run: run, Progress: p}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(train.Dir(tr.Home, "small"), "result.json"))
	var r Result
	if err = errors.Join(err, json.Unmarshal(text, &r)); err != nil || r.WeightsSHA256 != p.WeightsSHA256 || r.Step != 6 || r.SpecHash != run.Hash() {
		t.Errorf("result.json is %s, %v", text, err)
	}
	for _, damaged := range []string{filepath.Join(p.Outputs["model"].Path, "config.json"), filepath.Join(p.Checkpoint, "model", "model.safetensors")} {
		if err := os.Truncate(damaged, 10); err != nil {
			t.Fatal(err)
		}
		wantKind(t, publish(tr, Publication{Run: run, Progress: p}), Damaged, filepath.Base(filepath.Dir(damaged)), "resume the run")
	}
}

// A run that was the same makes another needless, as long as what it has left is there, whole.
func TestReuse(t *testing.T) {
	tr, run := &Trainer{Home: t.TempDir()}, small(t)
	look := func(name string, change func(*spec.Run)) *Reusable {
		t.Helper()
		other := *run.Clone()
		if other.Name = name; change != nil {
			change(&other)
		}
		v, err := environment(tr).ExecuteActivity(tr.Prepare, Preparation{Run: other, Reused: true})
		if err != nil {
			t.Fatal(err)
		}
		var p Prepared
		if err := v.Get(&p); err != nil {
			t.Fatal(err)
		}
		return p.Reuse
	}
	prepared, err := prepareAgain(t, tr, run, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := segment(t, environment(tr), Segment{Run: run, Until: 6, Data: prepared.Data, Token: prepared.Token})
	if err != nil {
		t.Fatal(err)
	}
	end := Publication{Run: run, Progress: p, Data: prepared.Data, Changed: true}
	if err := publish(tr, end); err != nil {
		t.Fatal(err)
	}
	if r := look("a", nil); r != nil {
		t.Errorf("a run whose settings were changed on the way is taken for the same: %+v", r)
	}
	end.Changed = false
	if err := publish(tr, end); err != nil {
		t.Fatal(err)
	}
	if r := look("b", nil); r == nil || r.Run != "small" || r.Progress.Outputs["model"] != p.Outputs["model"] || r.Progress.Step != 6 {
		t.Errorf("the same run is not found: %+v", r)
	}
	if r := look("c", func(r *spec.Run) { r.Seed++ }); r != nil {
		t.Errorf("another seed is taken for the same: %+v", r)
	}
	if err := os.WriteFile(run.Pretrain.Data.Source, []byte(strings.Repeat("another text. ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := look("d", nil); r != nil {
		t.Errorf("another text is taken for the same: %+v", r)
	}
	if err := os.WriteFile(run.Pretrain.Data.Source, []byte(strings.Repeat("slowly and steadily, unattended. ", 60)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(p.Outputs["model"].Path, "model.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	if r := look("e", nil); r != nil {
		t.Errorf("a damaged output is taken over: %+v", r)
	}
}

// A worker that the system kills for want of memory, again and again, ends the run, and says how much was used of how much.
func TestDeathsOfMemory(t *testing.T) {
	for _, c := range []struct {
		name    string
		kills   int64 // by the system since the last heartbeat
		ended   bool  // the attempt before has returned
		deaths  int   // before
		final   bool
		counted int
	}{
		{"the first", 1, false, 0, false, 1},
		{"the third", 1, false, 2, true, 3},
		{"killed by a person", 0, false, 2, false, 2},
		{"somebody else was killed", 1, true, 2, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := &Trainer{Home: t.TempDir(), Core: Core{Run: func(context.Context, spec.Run, train.Options) (train.Result, error) {
				return train.Result{Progress: train.Progress{Step: 1}}, nil
			}}}
			tr.memory = func() Memory { return Memory{PID: 2, Kills: 5 + c.kills} }
			env := environment(tr)
			env.SetHeartbeatDetails(Heartbeat{
				Progress: Progress{Progress: train.Progress{Step: 7, Steps: 10}, Saved: 6},
				Memory:   Memory{PID: 1, Used: 7 << 30, Limit: 8 << 30, Kills: 5}, Ended: c.ended, Deaths: c.deaths,
			})
			var first Heartbeat
			env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
				if first.Memory.PID == 0 {
					_ = details.Get(&first)
				}
			})
			p, err := segment(t, env, Segment{Run: small(t), Until: 10})
			if !c.final && err != nil {
				t.Fatal(err)
			}
			if c.final {
				wantKind(t, err, OutOfMemory, "7.00 GiB of 8.00 GiB", "3 times since the checkpoint of step 6", "make the batch")
			}
			if first.Deaths != c.counted {
				t.Errorf("%d deaths are counted, want %d", first.Deaths, c.counted)
			}
			if told := len(first.Events) > 0 && first.Events[0].Kind == "out-of-memory"; told != (c.counted > c.deaths) || !c.final && len(p.Events) != len(first.Events) {
				t.Errorf("the heartbeat tells %+v, the result %+v", first.Events, p.Events)
			}
		})
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	m := usage()
	if runtime.GOOS == "linux" && (m.PID != os.Getpid() || m.Used < 1<<20 || m.Limit < m.Used) {
		t.Errorf("%+v", m)
	}
}

// Nobody but the owner reads what a run leaves.
func TestFilesAreTheOwners(t *testing.T) {
	tr, run := &Trainer{Home: filepath.Join(t.TempDir(), "home")}, small(t)
	prepared, err := prepareAgain(t, tr, run, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := segment(t, environment(tr), Segment{Run: run, Until: 6, Data: prepared.Data, Token: prepared.Token})
	if err == nil {
		err = publish(tr, Publication{Run: run, Progress: p, Data: prepared.Data})
	}
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(tr.Home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		if path == train.CacheDir(tr.Home) {
			return fs.SkipDir // nobody else gets in
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
