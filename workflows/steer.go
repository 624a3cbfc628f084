package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/train/spec"
)

// control is what the owner of a run wants of it. Signals change it at any time.
type control struct {
	want    string                                  // Running, Paused or Stopped
	steered func(ctx workflow.Context, want string) // what to do about it at once
}

// listen serves the signals of this execution: steered is called when one of them says something, changed with the changes of settings that
// come as signals.
func listen(ctx workflow.Context, want string, steered func(workflow.Context, string), changed func(workflow.Context, Change)) *control {
	c := &control{want: want, steered: steered}
	workflow.Go(ctx, func(ctx workflow.Context) {
		selector := workflow.NewSelector(ctx)
		for _, s := range [...]struct{ signal, want string }{{SignalPause, Paused}, {SignalResume, Running}, {SignalStop, Stopped}} {
			selector.AddReceive(workflow.GetSignalChannel(ctx, s.signal), func(ch workflow.ReceiveChannel, _ bool) {
				ch.Receive(ctx, nil)
				c.set(ctx, s.want)
			})
		}
		selector.AddReceive(workflow.GetSignalChannel(ctx, SignalSet), func(ch workflow.ReceiveChannel, _ bool) {
			var change Change
			ch.Receive(ctx, &change)
			changed(ctx, change)
		})
		for {
			selector.Select(ctx)
		}
	})
	return c
}

func (c *control) set(ctx workflow.Context, want string) {
	if c.want == Stopped {
		return // nothing undoes a stop
	}
	c.want = want
	c.steered(ctx, want)
}

// wait holds the run while it is paused; pausing is told that it is.
func (c *control) wait(ctx workflow.Context, pausing func()) error {
	if c.want == Paused {
		pausing()
		if err := workflow.Await(ctx, func() bool { return c.want != Paused }); err != nil {
			c.want = Stopped // the whole workflow was cancelled
		}
	}
	if c.want == Stopped {
		return errStopped
	}
	return nil
}

// acceptChanges serves UpdateSet: set is called with a change that is allowed.
func acceptChanges(ctx workflow.Context, run *spec.Run, set func(workflow.Context, Change) State, allowed func(Change) error) error {
	check := func(key, value string) (Change, error) {
		changed, err := change(run, key, value)
		if err != nil {
			return Change{}, err
		}
		c := Change{Setting: key + "=" + value, Run: *changed}
		return c, allowed(c)
	}
	update := func(ctx workflow.Context, key, value string) (State, error) {
		c, err := check(key, value)
		if err != nil {
			return State{}, err
		}
		return set(ctx, c), workflow.UpsertMemo(ctx, map[string]any{MemoSpec: run})
	}
	validate := func(key, value string) error {
		_, err := check(key, value)
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateSet, update, workflow.UpdateHandlerOptions{Validator: validate})
}

// change is the spec of a run with one setting changed.
func change(run *spec.Run, key, value string) (*spec.Run, error) {
	//workflowcheck:ignore it goes through JSON, of a struct: fields and keys in their order
	changed := run.Clone()
	//workflowcheck:ignore it uses reflect, but on a struct: fields in their order
	if err := changed.Set(key, value); err != nil {
		return nil, err
	}
	return changed, changeable(run, changed, key)
}

// changeable reports why a run that goes on cannot go on as another; key is what was changed.
func changeable(run, changed *spec.Run, key string) error {
	//workflowcheck:ignore as above
	if !changed.SameRun(run) {
		return errors.New(key + " cannot change while a run goes on: start another run")
	}
	before, after := steps(run), steps(changed)
	for i, was := range before { // it may have gone further than this workflow knows
		if after[i] < was {
			return fmt.Errorf("steps is %d, but a run that goes on can only be made longer than its %d steps: stop it instead", after[i], was)
		}
	}
	return changed.Validate()
}

// steps are those of a run, or of each stage of a pipeline.
func steps(run *spec.Run) (all []int) {
	if run.Pipeline == nil {
		return []int{run.Steps()}
	}
	for i := range run.Pipeline.Stages {
		all = append(all, run.Pipeline.Stages[i].Steps())
	}
	return all
}
