package workflows

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// graph is a pipeline of four runs of one segment each:
//
//	base ─┬─ left ─── ask
//	      └─ right
func graph(t *testing.T) spec.Run {
	t.Helper()
	base := tiny(t)
	base.Name, base.Seed = "base", 0
	base.Pretrain.Checkpoint.Every = 0
	stage := func(kind, name, from string) spec.Run {
		s := spec.Defaults(kind)
		s.Name, s.Seed = name, 0
		switch kind {
		case "sft":
			s.SFT.Model.From, s.SFT.Data.Source, s.SFT.Steps, s.SFT.Checkpoint.Every = from, "tasks:sft", 200, 0
		case "evaluate":
			s.Evaluate.Model.From, s.Evaluate.Data.Source, s.Evaluate.Checkpoint.Every = from, "tasks:sft", 0
		}
		return *s
	}
	p := spec.Defaults("pipeline")
	p.Name = "p"
	p.Pipeline.Stages = []spec.Run{base, stage("sft", "left", "base"), stage("sft", "right", "base"), stage("evaluate", "ask", "left")}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return *p
}

// staged plays the stages of graph: each leaves a model whose hash tells what it was made from.
func staged(b *bench) {
	b.prepare = func(p activities.Preparation) (activities.Prepared, error) {
		return activities.Prepared{Prepared: train.Prepared{Steps: 200, Inputs: p.Run.Inputs}, Token: 1}, nil
	}
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) { return left(s), nil }
	b.lasts = time.Minute
}

// left is what a stage has left when it ends.
func left(s activities.Segment) activities.Progress {
	name := strings.TrimPrefix(s.Run.Name, "p.")
	return activities.Progress{
		Progress: train.Progress{Step: 200, Steps: 200, Metrics: map[string]float64{"valLoss": float64(len(name)), name: 1}}, Done: true,
		Outputs: map[string]activities.Output{"model": {Path: "/" + name, SHA256: s.Run.Inputs["model"].SHA256 + "/" + name}},
	}
}

func (b *bench) pipeline(run spec.Run, carry *Carry) {
	b.play()
	b.ExecuteWorkflow(Pipeline, Input{Run: run, Carry: carry})
}

// trained are the names of the runs that segments were asked for, in order.
func (b *bench) trained() (names []string) {
	for _, s := range b.asked {
		names = append(names, strings.TrimPrefix(s.Run.Name, "p."))
	}
	return names
}

// phases are those of the stages, in order.
func (s *State) phases() string {
	var all []string
	for _, stage := range s.Stages {
		all = append(all, stage.Name+" "+stage.Phase)
	}
	return strings.Join(all, ", ")
}

func TestPipelineCarriesOutItsGraph(t *testing.T) {
	b := newBench()
	staged(b)
	begun := map[string]time.Time{}
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		begun[s.Run.Name] = b.Now()
		return left(s), nil
	}
	b.pipeline(graph(t), nil)
	s := b.result(t)
	if s.Phase != Completed || s.Step != 4 || s.Steps != 4 {
		t.Fatalf("ended as %+v", s)
	}
	order := b.trained()
	if slices.Sort(order[1:3]); !slices.Equal(order, []string{"base", "left", "right", "ask"}) {
		t.Errorf("stages began as %v", order)
	}
	if !begun["p.left"].Equal(begun["p.right"]) {
		t.Errorf("left began at %v, right at %v: they need not wait for one another", begun["p.left"], begun["p.right"])
	}
	if in := b.asked[3].Run.Inputs["model"]; in.Path != "/left" || in.SHA256 != "/base/left" {
		t.Errorf("the evaluation was given %+v, want what left has made of base", in)
	}
	if b.asked[0].Run.Seed != 1337 {
		t.Errorf("a stage has the seed %d, want the pipeline's", b.asked[0].Run.Seed)
	}
	if s.Metrics["valLoss"] != 3 || s.Metrics["base"] != 1 || s.Outputs["model"].Path != "/ask" {
		t.Errorf("metrics %v, outputs %v; want those of all stages, the later ones before the earlier", s.Metrics, s.Outputs)
	}
	last := b.published[len(b.published)-1]
	if last.Run.Name != "p" || len(last.Stages) != 4 || last.Stages[3] != (activities.Stage{Name: "ask", Kind: "evaluate", Phase: Completed}) {
		t.Errorf("published last %+v", last)
	}
}

// What a stage takes over from a run that was the same goes to the stages after it.
func TestPipelineReusesStages(t *testing.T) {
	for _, fresh := range []bool{false, true} {
		b := newBench()
		staged(b)
		b.prepare = func(p activities.Preparation) (activities.Prepared, error) {
			made := activities.Prepared{Prepared: train.Prepared{Steps: 200}, Token: 1}
			if p.Reused && p.Run.Name != "p.ask" {
				made.Reuse = &activities.Reusable{Run: "old." + p.Run.Name, Progress: left(activities.Segment{Run: p.Run})}
			}
			return made, nil
		}
		run := graph(t)
		run.Pipeline.Fresh = fresh
		b.pipeline(run, nil)
		s := b.result(t)
		if want := map[bool]int{false: 1, true: 4}[fresh]; len(b.asked) != want {
			t.Errorf("fresh %t: trained %v, want %d stages", fresh, b.trained(), want)
		}
		if !fresh && (s.Stages[1].Reused != "old.p.left" || b.asked[0].Run.Inputs["model"].SHA256 != "/base/left") {
			t.Errorf("reused %+v, then asked for %+v", s.Stages[1], b.asked[0])
		}
	}
}

// A stage that fails stops what goes on beside it, and says what became of the rest.
func TestPipelineFailsWithItsStage(t *testing.T) {
	b := newBench()
	staged(b)
	b.prepare = func(p activities.Preparation) (activities.Prepared, error) {
		if p.Run.Name == "p.left" { // at once, while the other trains
			return activities.Prepared{}, temporal.NewNonRetryableApplicationError("its rows are empty", activities.BadData, nil)
		}
		return activities.Prepared{Prepared: train.Prepared{Steps: 200}, Token: 1}, nil
	}
	b.pipeline(graph(t), nil)
	var app *temporal.ApplicationError
	if err := b.GetWorkflowError(); !errors.As(err, &app) || app.Type() != activities.BadData {
		t.Fatalf("ended with %v, want the BadData of the stage", err)
	}
	s := queried(t, b)
	want := "stage left: its rows are empty; stopped for it: right at step 0; not begun: ask"
	if s.Phase != Failed || s.Error != want || s.phases() != "base completed, left failed, right stopped, ask " {
		t.Errorf("ended as %s, %q, want %q; stages %s", s.Phase, s.Error, want, s.phases())
	}

	again := newBench() // resumed, it keeps base and carries out the rest
	staged(again)
	s.Phase, s.Error = Running, ""
	again.pipeline(graph(t), &Carry{State: s})
	if end := again.result(t); end.Phase != Completed || slices.Contains(again.trained(), "base") || len(again.asked) != 3 {
		t.Errorf("resumed, it ended as %+v after training %v", end, again.trained())
	}
	for _, p := range again.prepared {
		if goesOn := p.Run.Name != "p.ask"; p.Again != goesOn {
			t.Errorf("%s goes on where it was: %t, want %t", p.Run.Name, p.Again, goesOn)
		}
	}
}

// What the owner wants of a pipeline reaches the stages.
func TestPipelineSteering(t *testing.T) {
	for _, c := range []struct {
		name   string
		during string // the stage during which it happens
		steer  func(b *bench)
		phase  string
		stages string
	}{
		{"stop", "p.left", func(b *bench) { b.SignalWorkflow(SignalStop, nil) }, Stopped, "base completed, left stopped, right stopped, ask "},
		{"stop at the start", "p.base", func(b *bench) { b.SignalWorkflow(SignalStop, nil) }, Stopped, "base stopped, left , right , ask "},
		{"cancel", "p.left", func(b *bench) { b.CancelWorkflow() }, Stopped, "base completed, left stopped, right stopped, ask "},
		{"stop of a stage", "p.left", func(b *bench) { _ = b.SignalWorkflowByID("p.right", SignalStop, nil) }, Stopped, "base completed, left stopped, right stopped, ask "},
		{"pause and resume", "p.left", func(b *bench) {
			b.SignalWorkflow(SignalPause, nil)
			b.SignalWorkflow(SignalResume, nil)
		}, Completed, "base completed, left completed, right completed, ask completed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench()
			staged(b)
			once := false
			b.prepare = func(p activities.Preparation) (activities.Prepared, error) {
				if p.Run.Name == c.during && !once {
					once = true
					b.RegisterDelayedCallback(func() { c.steer(b) }, 30*time.Second) // in the midst of its segment
				}
				return activities.Prepared{Prepared: train.Prepared{Steps: 200}, Token: 1}, nil
			}
			b.pipeline(graph(t), nil)
			if err := b.GetWorkflowError(); (err != nil) != (c.name == "cancel") {
				t.Errorf("ended with %v", err)
			}
			if s := queried(t, b); s.Phase != c.phase || s.phases() != c.stages {
				t.Errorf("ended as %s, stages %s; want %s, %s", s.Phase, s.phases(), c.phase, c.stages)
			}
		})
	}
}

// A paused pipeline begins nothing and waits as long as it takes.
func TestPipelinePauses(t *testing.T) {
	b := newBench()
	staged(b)
	b.RegisterDelayedCallback(func() { b.SignalWorkflow(SignalPause, nil) }, 30*time.Second)
	var between State
	b.RegisterDelayedCallback(func() {
		between = queried(t, b)
		b.SignalWorkflow(SignalResume, nil)
	}, 24*time.Hour)
	b.pipeline(graph(t), nil)
	if s := b.result(t); s.Phase != Completed {
		t.Errorf("ended as %+v", s)
	}
	if between.Phase != Paused || between.phases() != "base running, left , right , ask " {
		t.Errorf("in between it is %s: %s", between.Phase, between.phases())
	}
}

// A setting goes to the stage under way, or waits for one that has not begun; it is too late for one that has ended.
func TestPipelineSet(t *testing.T) {
	b := newBench()
	staged(b)
	results := map[string]*error{}
	b.RegisterDelayedCallback(func() {
		for _, set := range [...][2]string{{"base.weightDecay", "0.3"}, {"left.weightDecay", "0.2"}, {"right.steps", "100"}, {"left.batch", "3"}, {"weightDecay", "1"}} {
			results[set[0]] = new(error)
			b.UpdateWorkflow(UpdateSet, set[0], callback(results[set[0]]), set[0], set[1])
		}
	}, 30*time.Second) // while base is under way
	b.RegisterDelayedCallback(func() {
		results["late"] = new(error)
		b.UpdateWorkflow(UpdateSet, "late", callback(results["late"]), "base.weightDecay", "0.1")
	}, 150*time.Second)
	b.pipeline(graph(t), nil)
	s := b.result(t)
	decays := map[string]float64{}
	for _, a := range b.asked {
		switch {
		case a.Run.Pretrain != nil:
			decays[a.Run.Name] = a.Run.Pretrain.Optim.WeightDecay
		case a.Run.SFT != nil:
			decays[a.Run.Name] = a.Run.SFT.Optim.WeightDecay
		}
	}
	if decays["p.base"] != 0.3 || decays["p.left"] != 0.2 || decays["p.right"] != 0.01 {
		t.Errorf("trained with the weight decays %v", decays)
	}
	for key, want := range map[string]string{
		"base.weightDecay": "", "left.weightDecay": "", "right.steps": "only be made longer than its 200 steps",
		"left.batch": "left.batch cannot change while a run goes on", "weightDecay": "ambiguous key", "late": "stage base has ended",
	} {
		if err := *results[key]; (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("set %s: %v, want %q", key, err, want)
		}
	}
	if !s.Stages[0].Changed || s.Stages[1].Changed {
		t.Errorf("changed on the way: %v, %v; only base was", s.Stages[0].Changed, s.Stages[1].Changed)
	}
}

// A setting that is changed in a stage is known to its pipeline, which may have to go on with the stage later.
func TestSetOfAStageReachesThePipeline(t *testing.T) {
	b := newBench()
	staged(b)
	var err error
	b.RegisterDelayedCallback(func() {
		_ = b.UpdateWorkflowByID("p.base", UpdateSet, "x", callback(&err), "steps", "300")
	}, 30*time.Second)
	b.RegisterDelayedCallback(func() { b.SignalWorkflow(SignalStop, nil) }, 40*time.Second)
	b.pipeline(graph(t), nil)
	s := b.result(t)
	if err != nil || s.Stages[0].Steps != 300 || len(s.Events) != 1 || s.Events[0].Text != "base: steps=300" {
		t.Errorf("%v, state %+v", err, s)
	}
}

// A history that has grown long is handed over when no stage is under way.
func TestPipelineContinuesAsNew(t *testing.T) {
	b := newBench()
	staged(b)
	b.RegisterDelayedCallback(func() { b.SetContinueAsNewSuggested(true) }, 30*time.Second)
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) { return left(s), nil }
	b.pipeline(graph(t), nil)
	var next *workflow.ContinueAsNewError
	if err := b.GetWorkflowError(); !errors.As(err, &next) {
		t.Fatalf("ended with %v, want a continue-as-new", err)
	}
	var in Input
	if err := converter.GetDefaultDataConverter().FromPayload(next.Input.Payloads[0], &in); err != nil {
		t.Fatal(err)
	}
	if in.Carry == nil || in.Carry.phases() != "base completed, left , right , ask " {
		t.Fatalf("handed over %+v", in.Carry)
	}
	again := newBench()
	staged(again)
	again.pipeline(in.Run, in.Carry)
	if s := again.result(t); s.Phase != Completed || slices.Contains(again.trained(), "base") {
		t.Errorf("ended as %+v after training %v", s, again.trained())
	}
}

// A stage whose needs have left something else says so.
func TestPipelineMissesAnInput(t *testing.T) {
	b := newBench()
	staged(b)
	b.segment = func(_ context.Context, s activities.Segment) (activities.Progress, error) {
		p := left(s)
		p.Outputs = map[string]activities.Output{"adapter": {Path: "/a"}}
		return p, nil
	}
	b.pipeline(graph(t), nil)
	if s := queried(t, b); s.Phase != Failed || !strings.Contains(s.Error, "stage left: it needs a model from stage base, which has left adapter") {
		t.Errorf("%+v", s)
	}
}

func TestPageOfAPipeline(t *testing.T) {
	p := &pipeline{run: graph(t)}
	p.Phase, p.Started = Running, time.Unix(0, 0)
	p.lay()
	p.Stages[0].Phase, p.Stages[0].Reused, p.Stages[0].Step, p.Stages[0].Metrics = Completed, "old.base", 200, map[string]float64{"valLoss": 1.5}
	p.gather()
	page := p.page(time.Unix(60, 0))
	for _, want := range []string{
		"### running: stage 2 of 4",
		"| [base](../../p.base) | pretrain | completed, reused from old.base | 200 of 200 | valLoss 1.5 |",
		"| [ask](../../p.ask) | evaluate | waiting |  |  |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}
