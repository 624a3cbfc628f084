package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
)

// child is a stage under way.
type child struct {
	name  string // of its run
	begun bool   // it can be told something
}

// A stage whose execution before this one is still about to end is waited for.
const (
	againEvery = time.Second
	againTimes = 60
)

// begin starts a stage and takes over what it comes to.
func (p *pipeline) begin(ctx workflow.Context, name string) {
	s := p.stage(name)
	inputs, err := p.inputs(name)
	if err != nil {
		p.ended(ctx, name, State{}, err)
		return
	}
	//workflowcheck:ignore it goes through JSON, of a struct
	in := Input{Run: *p.run.Pipeline.Child(&p.run, name, inputs), Reuse: !p.run.Pipeline.Fresh}
	if s.Begun() {
		was := s.State
		was.Phase, was.Error = Running, ""
		in.Carry = &Carry{State: was}
	}
	s.Phase, s.Error = Running, ""
	c := &child{name: in.Run.Name}
	p.under[name] = c
	workflow.Go(ctx, func(ctx workflow.Context) {
		var end State
		err := p.execute(ctx, c, in, &end)
		delete(p.under, name)
		p.ended(ctx, name, end, err)
	})
}

// execute carries out a stage as a child workflow.
func (p *pipeline) execute(ctx workflow.Context, c *child, in Input, end *State) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            c.name,
		WorkflowTaskTimeout:   TaskTimeout,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL, // each stops with a checkpoint
		WaitForCancellation:   true,
		Memo:                  map[string]any{MemoSpec: in.Run},
		TypedSearchAttributes: Initial(&in.Run),
		StaticSummary:         in.Run.Summary(),
	})
	for try := 1; ; try++ {
		stage := workflow.ExecuteChildWorkflow(ctx, Run, in)
		err := stage.GetChildWorkflowExecution().Get(ctx, nil)
		c.begun = err == nil
		var there *temporal.ChildWorkflowExecutionAlreadyStartedError
		if !errors.As(err, &there) {
			return stage.Get(ctx, end)
		}
		if try == againTimes {
			return fmt.Errorf("a run named %s goes on already: let it end, or stop it", c.name)
		}
		if err := workflow.Sleep(ctx, againEvery); err != nil {
			return err
		}
	}
}

// inputs are the outputs, by role, of the stages that a stage needs.
func (p *pipeline) inputs(name string) (map[string]spec.Input, error) {
	named := p.run.Pipeline.Stage(name).Section().Inputs()
	inputs := map[string]spec.Input{}
	for _, role := range sorted(named) {
		from := p.stage(named[role])
		if from == nil {
			continue // a folder or another run, which the stage's own preparation finds
		}
		out, ok := from.Outputs[role]
		if !ok {
			return nil, fmt.Errorf("it needs a %s from stage %s, which has left %s", role, from.Name, strings.Join(sorted(from.Outputs), ", "))
		}
		inputs[role] = spec.Input{Path: out.Path, SHA256: out.SHA256}
	}
	return inputs, nil
}

// ended takes over what a stage has come to. One that was not completed stops the others.
func (p *pipeline) ended(ctx workflow.Context, name string, end State, err error) {
	p.changed = true
	s := p.stage(name)
	var app *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	switch { // a failure and a cancellation carry the state as details
	case errors.As(err, &cancelled):
		err = nil
		if cancelled.HasDetails() {
			_ = cancelled.Details(&end)
		}
	case errors.As(err, &app) && app.HasDetails():
		_ = app.Details(&end)
	}
	if end.Begun() {
		s.State = end
	}
	switch {
	case err != nil:
		s.Phase, s.Error = Failed, message(err)
	case end.Phase == Completed:
		s.Phase = Completed
	default:
		s.Phase = Stopped
	}
	p.gather()
	if s.Phase != Completed {
		p.breaks(ctx, name, err)
	}
}

// breaks notes that a stage was not completed, and stops the others. The first one counts, but a failure more than a stop.
func (p *pipeline) breaks(ctx workflow.Context, name string, err error) {
	if p.broken == "" || p.why == nil && err != nil {
		p.broken, p.why = name, err
	}
	p.tell(ctx, SignalStop)
}

// tell signals the stages that are under way.
func (p *pipeline) tell(ctx workflow.Context, signal string) {
	for _, name := range sorted(p.under) {
		p.under[name].tell(ctx, signal, nil)
	}
}

// tell signals the stage when it has begun. One that has just ended needs to know no more.
func (c *child) tell(ctx workflow.Context, signal string, arg any) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		if err := workflow.Await(ctx, func() bool { return c.begun }); err == nil {
			_ = workflow.SignalExternalWorkflow(ctx, c.name, "", signal, arg).Get(ctx, nil)
		}
	})
}

// steered passes on what the owner wants.
func (p *pipeline) steered(ctx workflow.Context, want string) {
	p.changed = true
	switch want {
	case Running:
		p.tell(ctx, SignalResume)
	case Paused:
		p.tell(ctx, SignalPause)
	case Stopped:
		p.tell(ctx, SignalStop)
	}
}

// settable reports why a change comes too late.
func (p *pipeline) settable(c Change) error {
	for _, name := range p.differs(&c.Run) {
		if p.stage(name).Phase == Completed {
			return fmt.Errorf("%s: stage %s has ended", c.Setting, name)
		}
	}
	return nil
}

// differs are the stages that another spec of this pipeline has otherwise.
func (p *pipeline) differs(other *spec.Run) (names []string) {
	for i := range p.run.Pipeline.Stages {
		s := &p.run.Pipeline.Stages[i]
		//workflowcheck:ignore a hash of JSON, of a struct
		if o := other.Pipeline.Stage(s.Name); o != nil && o.Hash() != s.Hash() {
			names = append(names, s.Name)
		}
	}
	return names
}

// set changes a setting of a stage, under way or not.
func (p *pipeline) set(ctx workflow.Context, c Change) State {
	differ := p.differs(&c.Run)
	p.run, p.changed = c.Run, true
	p.event(ctx, c.Setting)
	for _, name := range differ {
		s := p.stage(name)
		s.Steps = p.run.Pipeline.Stage(name).Steps()
		if under := p.under[name]; under != nil {
			//workflowcheck:ignore it goes through JSON, of a struct
			under.tell(ctx, SignalSet, Change{Setting: c.Setting, Run: *p.run.Pipeline.Child(&p.run, name, nil)})
		}
	}
	return p.State
}

// told takes over a setting that the owner of a stage has changed there: the pipeline may have to go on with it later.
func (p *pipeline) told(ctx workflow.Context, c Change) {
	name := strings.TrimPrefix(c.Run.Name, p.run.Name+".")
	//workflowcheck:ignore it goes through JSON, of a struct
	changed := p.run.Clone()
	s := changed.Pipeline.Stage(name)
	if s == nil {
		return
	}
	c.Run.Name, c.Run.Seed, c.Run.Inputs = s.Name, s.Seed, nil
	*s = c.Run
	p.run, p.changed = *changed, true
	p.stage(name).Steps = s.Steps()
	p.event(ctx, name+": "+c.Setting)
	if err := workflow.UpsertMemo(ctx, map[string]any{MemoSpec: p.run}); err != nil {
		workflow.GetLogger(ctx).Error("publish", "error", err)
	}
}

func (p *pipeline) event(ctx workflow.Context, setting string) {
	p.Changed = true
	p.Events = activities.AddEvents(p.Events, activities.Event{Time: workflow.Now(ctx).UTC(), Step: p.Step, Kind: "set", Text: setting})
}
