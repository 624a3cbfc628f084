package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
)

// Pipeline carries out a graph of runs. A stage begins when the stages that its inputs name have ended; those that need not wait for one
// another go on side by side and share the workers. A stage that fails or is stopped ends the pipeline, after the others have been
// stopped with a checkpoint: resumed, the pipeline keeps what has ended and goes on with the rest from where it stands.
func Pipeline(ctx workflow.Context, in Input) (State, error) {
	p := &pipeline{run: in.Run, under: map[string]*child{}}
	if in.Carry != nil {
		p.Carry, p.again = *in.Carry, true
	}
	p.Phase = cmp.Or(p.Phase, Running)
	if p.Started.IsZero() {
		p.Started = workflow.Now(ctx)
	}
	p.lay()
	if err := workflow.SetQueryHandler(ctx, QueryStatus, func() (State, error) { return p.State, nil }); err != nil {
		return p.State, err
	}
	p.control = listen(ctx, p.Phase, p.steered, p.told)
	if err := acceptChanges(ctx, &p.run, p.set, p.settable); err != nil {
		return p.State, err
	}
	err := p.carryOut(ctx)
	if workflow.IsContinueAsNewError(err) {
		return p.State, err
	}
	err = p.ends(err, ctx.Err() != nil)
	p.publish(ctx)
	return p.State, err
}

// pipeline is one execution of the workflow Pipeline.
type pipeline struct {
	run   spec.Run
	again bool // it goes on with what an execution before this one has come to
	Carry
	*control

	under   map[string]*child // the stages that are under way
	changed bool              // something has happened that carryOut must look at
	broken  string            // the stage that has ended without being completed; empty: none
	why     error             // what became of it; nil: it was stopped
}

// lay makes a place for every stage of the spec, in its order, and keeps what is known of them.
func (p *pipeline) lay() {
	known := p.Stages
	p.Stages = nil
	for i := range p.run.Pipeline.Stages {
		s := &p.run.Pipeline.Stages[i]
		stage := Stage{Name: s.Name, Kind: s.Kind, State: State{Progress: activities.Progress{}}}
		stage.Steps = s.Steps()
		for _, k := range known {
			if k.Name == s.Name {
				stage = k
			}
		}
		p.Stages = append(p.Stages, stage)
	}
	p.gather()
}

func (p *pipeline) stage(name string) *Stage {
	for i := range p.Stages {
		if p.Stages[i].Name == name {
			return &p.Stages[i]
		}
	}
	return nil
}

// carryOut begins stages as they become ready, until all have ended.
func (p *pipeline) carryOut(ctx workflow.Context) error {
	if err := p.prepare(ctx); err != nil {
		return err
	}
	for {
		p.changed = false
		if p.broken == "" && p.want == Running && !full(ctx) {
			for _, s := range p.ready() {
				p.begin(ctx, s)
			}
		}
		p.Phase = Running
		if p.want == Paused {
			p.Phase = Paused
		}
		p.publish(ctx)
		switch idle := len(p.under) == 0; {
		case idle && p.broken != "":
			return p.verdict()
		case idle && p.Step == p.Steps:
			return p.conclude(ctx)
		case idle && p.want == Stopped:
			return errStopped
		case idle && p.want == Running && full(ctx):
			return workflow.NewContinueAsNewError(ctx, Pipeline, Input{Run: p.run, Carry: &p.Carry})
		}
		if err := workflow.Await(ctx, func() bool { return p.changed }); err != nil { // it was cancelled, and so are the stages
			p.want = Stopped
			quiet, _ := workflow.NewDisconnectedContext(ctx)
			if err := workflow.Await(quiet, func() bool { return len(p.under) == 0 }); err != nil {
				return err
			}
			return errStopped
		}
	}
}

// prepare has the directory claimed and the spec checked.
func (p *pipeline) prepare(ctx workflow.Context) error {
	if p.Prepared {
		return nil
	}
	var made activities.Prepared
	err := workflow.ExecuteActivity(brief(ctx, "check the spec, claim the directory"), trainer.Prepare, activities.Preparation{
		Run: p.run, Again: p.again || p.Changed,
	}).Get(ctx, &made)
	p.Prepared = err == nil
	return err
}

// ready are the stages that have not ended, are not under way, and whose needs have ended.
func (p *pipeline) ready() (names []string) {
	for i := range p.Stages {
		s := &p.Stages[i]
		waits := func(need string) bool { return p.stage(need).Phase != Completed }
		//workflowcheck:ignore the needs are sorted
		if s.Phase != Completed && p.under[s.Name] == nil && !slices.ContainsFunc(p.run.Pipeline.Needs(p.run.Pipeline.Stage(s.Name)), waits) {
			names = append(names, s.Name)
		}
	}
	return names
}

// gather makes the pipeline's own progress of that of its stages: steps are stages; of metrics and outputs that several stages have, those
// of the later stage count.
func (p *pipeline) gather() {
	p.Step, p.Steps, p.Metrics, p.Outputs, p.WeightsSHA256 = 0, len(p.Stages), nil, nil, ""
	for i := range p.Stages {
		s := &p.Stages[i]
		if s.Phase == Completed {
			p.Step++
		}
		p.Metrics = joined(p.Metrics, s.Metrics)
		p.Outputs = joined(p.Outputs, s.Outputs)
		p.WeightsSHA256 = cmp.Or(s.WeightsSHA256, p.WeightsSHA256)
	}
}

func joined[V any](a, b map[string]V) map[string]V {
	if len(b) == 0 {
		return a
	}
	all := maps.Clone(b)
	for _, k := range sorted(a) {
		if _, there := all[k]; !there {
			all[k] = a[k]
		}
	}
	return all
}

// conclude publishes the result of a pipeline whose stages have all ended.
func (p *pipeline) conclude(ctx workflow.Context) error {
	stages := make([]activities.Stage, len(p.Stages))
	for i, s := range p.Stages {
		stages[i] = activities.Stage{Name: s.Name, Kind: s.Kind, Phase: s.Phase, Reused: s.Reused}
	}
	p.Done = true
	return workflow.ExecuteActivity(brief(ctx, "publish the result"), trainer.Publish, activities.Publication{
		Run: p.run, Progress: p.Progress, Stages: stages,
	}).Get(ctx, nil)
}

// verdict is what a pipeline of which a stage was not completed ends with.
func (p *pipeline) verdict() error {
	if p.why == nil {
		return errStopped
	}
	text := fmt.Sprintf("stage %s: %s", p.broken, message(p.why))
	var stopped, waiting []string
	for i := range p.Stages {
		switch s := &p.Stages[i]; {
		case s.Name == p.broken:
		case s.Phase == Stopped:
			stopped = append(stopped, fmt.Sprintf("%s at step %d", s.Name, s.Step))
		case !s.Begun():
			waiting = append(waiting, s.Name)
		}
	}
	if len(stopped) > 0 {
		text += "; stopped for it: " + strings.Join(stopped, ", ")
	}
	if len(waiting) > 0 {
		text += "; not begun: " + strings.Join(waiting, ", ")
	}
	kind := "StageFailed"
	var app *temporal.ApplicationError
	if errors.As(p.why, &app) {
		kind = app.Type()
	}
	return temporal.NewNonRetryableApplicationError(text, kind, nil)
}
