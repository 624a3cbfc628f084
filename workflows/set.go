package workflows

import (
	"errors"
	"fmt"

	"github.com/athanor-ml/athanor/train/spec"
	"go.temporal.io/sdk/workflow"
)

// acceptChanges serves UpdateSet. The running segment is cancelled and the next one trains under the new spec, from the step that
// the cancelled one has checkpointed.
func (p *pretrain) acceptChanges(ctx workflow.Context) error {
	set := func(ctx workflow.Context, key, value string) (State, error) {
		changed, err := change(&p.run, key, value)
		if err != nil {
			return p.State, err
		}
		p.run, p.Steps = *changed, changed.Pretrain.Steps
		if p.cancel != nil {
			p.cancel()
		}
		return p.State, workflow.UpsertMemo(ctx, map[string]any{MemoSpec: p.run})
	}
	check := func(key, value string) error {
		_, err := change(&p.run, key, value)
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateSet, set, workflow.UpdateHandlerOptions{Validator: check})
}

// change is the spec of a run with one setting changed.
func change(run *spec.Run, key, value string) (*spec.Run, error) {
	changed, pretrain := *run, *run.Pretrain
	changed.Pretrain = &pretrain
	//workflowcheck:ignore it uses reflect, but on a struct: fields in their order
	if err := changed.Set(key, value); err != nil {
		return nil, err
	}
	if !changed.SameRun(run) {
		return nil, errors.New(key + " cannot change while a run goes on, only optim, eval, checkpoint and steps: start another run")
	}
	if was := run.Pretrain.Steps; pretrain.Steps < was { // it may have gone further than this workflow knows
		return nil, fmt.Errorf("steps is %d, but a run that goes on can only be made longer than its %d steps: stop it instead", pretrain.Steps, was)
	}
	return &changed, changed.Validate()
}
