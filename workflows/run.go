package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
)

// trainer only lends its methods' names; nothing here calls them.
var trainer *activities.Trainer

// Run carries a run of any kind from its spec to its published result.
func Run(ctx workflow.Context, in Input) (State, error) {
	r := &run{run: in.Run, reuse: in.Reuse}
	if in.Carry != nil {
		r.Carry, r.again = *in.Carry, true
	}
	r.Phase = cmp.Or(r.Phase, Running)
	if r.Started.IsZero() {
		r.Started = workflow.Now(ctx)
	}
	r.Steps = cmp.Or(r.run.Steps(), r.Steps)
	if err := workflow.SetQueryHandler(ctx, QueryStatus, func() (State, error) { return r.State, nil }); err != nil {
		return r.State, err
	}
	r.control = listen(ctx, r.Phase, r.steered, r.told)
	if err := acceptChanges(ctx, &r.run, r.set, func(Change) error { return nil }); err != nil {
		return r.State, err
	}
	err := r.carryOut(ctx)
	if workflow.IsContinueAsNewError(err) {
		return r.State, err
	}
	err = r.ends(err, ctx.Err() != nil)
	r.publish(ctx)
	return r.State, err
}

// run is one execution of the workflow Run.
type run struct {
	run   spec.Run
	reuse bool
	again bool // it goes on with what an execution before this one has come to
	Carry
	*control

	cancel   workflow.CancelFunc // of the activity under way; nil: none that can be cancelled
	asked    bool                // it was
	training bool                // it is a segment
}

// carryOut does what is left of the run.
func (r *run) carryOut(ctx workflow.Context) error {
	for !r.Prepared {
		if err := r.ready(ctx); err != nil {
			return err
		}
		if err := r.prepare(ctx); err != nil {
			return err
		}
	}
	for segments := 0; !r.finished(); segments++ {
		if err := r.ready(ctx); err != nil {
			return err
		}
		if segments == maxSegments || segments > 0 && full(ctx) {
			return workflow.NewContinueAsNewError(ctx, Run, Input{Run: r.run, Carry: &r.Carry})
		}
		if err := r.segment(ctx); err != nil {
			return err
		}
	}
	return workflow.ExecuteActivity(brief(ctx, "publish the result"), trainer.Publish, activities.Publication{
		Run: r.given(), Progress: r.Progress, Data: r.Data, Changed: r.Changed, Reused: r.Reused,
	}).Get(ctx, nil)
}

// finished reports whether the last step is done. Its number may have grown while the segment that did it was under way.
func (r *run) finished() bool { return r.Reused != "" || r.Done && r.Step >= r.Steps }

// given is the run with its inputs.
func (r *run) given() spec.Run {
	given := r.run
	//workflowcheck:ignore a map that is made of two, whatever the order
	given.Inputs = activities.WithInputs(r.run.Inputs, r.Inputs)
	return given
}

// ready waits until the run may go on, and says that it does.
func (r *run) ready(ctx workflow.Context) error {
	err := r.wait(ctx, func() {
		r.Phase = Paused
		r.publish(ctx)
	})
	if err == nil {
		r.Phase = Running
		r.publish(ctx)
	}
	return err
}

// prepare has the directory claimed, the data made and the inputs found. Being paused or stopped cuts it short.
func (r *run) prepare(ctx workflow.Context) error {
	preparing, done := r.under(brief(ctx, "check the spec, claim the directory, prepare the data"), false)
	defer done()
	var made activities.Prepared
	err := workflow.ExecuteActivity(preparing, trainer.Prepare, activities.Preparation{
		Run: r.run, Again: r.again || r.Changed, Data: r.Data, Reused: r.reuse && !r.again,
	}).Get(ctx, &made)
	if r.ignores(ctx, err) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Prepared, r.Token = true, made.Token
	r.Data, r.Inputs, r.Steps = made.Data, made.Inputs, cmp.Or(r.run.Steps(), made.Steps)
	r.Events = activities.AddEvents(r.Events, made.Events...)
	if made.Reuse != nil {
		r.adopt(made.Reuse.Progress)
		r.Reused = made.Reuse.Run
	}
	return nil
}

// under is a context for an activity that steering cancels. Call the returned function when it has ended.
func (r *run) under(ctx workflow.Context, training bool) (workflow.Context, func()) {
	ctx, cancel := workflow.WithCancel(ctx)
	r.cancel, r.asked, r.training = cancel, false, training
	return ctx, func() { r.cancel = nil; cancel() }
}

// interrupt ends the activity under way.
func (r *run) interrupt() {
	if r.cancel != nil {
		r.asked = true
		r.cancel()
	}
}

// ignores reports whether an activity has ended because it was told to, whatever became of it. One that was told to end is not
// tried again by the server when its worker dies, falls silent or is told to stop too: what it then ends with says nothing about the run,
// which stands where its newest checkpoint is. Only what cannot get better counts.
func (r *run) ignores(ctx workflow.Context, err error) bool {
	if ctx.Err() != nil {
		r.want = Stopped
	}
	return err != nil && (r.asked || ctx.Err() != nil) && !hopeless(err)
}

// steered carries out what the owner wants at once: whatever is under way ends, a segment with a checkpoint.
func (r *run) steered(_ workflow.Context, want string) {
	if want != Running {
		r.interrupt()
	}
}

// set changes a setting. The running segment is cancelled and the next one goes on under the new spec, from the step that the
// cancelled one has checkpointed.
func (r *run) set(ctx workflow.Context, c Change) State {
	r.change(ctx, c)
	if parent := workflow.GetInfo(ctx).ParentWorkflowExecution; parent != nil {
		workflow.SignalExternalWorkflow(ctx, parent.ID, "", SignalSet, c) // a pipeline that has ended needs to know no more
	}
	return r.State
}

// told changes a setting that the run's pipeline was told to change.
func (r *run) told(ctx workflow.Context, c Change) {
	if err := changeable(&r.run, &c.Run, c.Setting); err != nil {
		r.event(ctx, "set-refused", fmt.Sprintf("%s: %v", c.Setting, err))
		return
	}
	r.change(ctx, c)
	if err := workflow.UpsertMemo(ctx, map[string]any{MemoSpec: r.run}); err != nil {
		workflow.GetLogger(ctx).Error("publish", "error", err)
	}
}

func (r *run) change(ctx workflow.Context, c Change) {
	c.Run.Inputs = r.run.Inputs
	r.run, r.Changed = c.Run, true
	r.Steps = cmp.Or(r.run.Steps(), r.Steps)
	r.event(ctx, "set", c.Setting)
	r.publish(ctx)
	if r.training {
		r.interrupt()
	}
}

func (r *run) event(ctx workflow.Context, kind, text string) {
	r.Events = activities.AddEvents(r.Events, activities.Event{Time: workflow.Now(ctx).UTC(), Step: r.Step, Kind: kind, Text: text})
}

// brief is for activities that look after files.
func brief(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:             summary,
		StartToCloseTimeout: time.Hour,
		HeartbeatTimeout:    10 * time.Second,
		RetryPolicy:         retry(),
	})
}

// retry goes on without end: what cannot get better says so by its type (see package activities).
func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second}
}
