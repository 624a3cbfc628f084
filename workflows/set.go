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
		changed, err := change(&p.run, p.Step, key, value)
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
		_, err := change(&p.run, p.Step, key, value)
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateSet, set, workflow.UpdateHandlerOptions{Validator: check})
}

// change is the spec of a run that has done some steps, with one setting changed.
func change(run *spec.Run, done int, key, value string) (*spec.Run, error) {
	changed, pretrain := *run, *run.Pretrain
	changed.Pretrain = &pretrain
	//workflowcheck:ignore it uses reflect, but on a struct: fields in their order
	if err := changed.Set(key, value); err != nil {
		return nil, err
	}
	was := run.Pretrain
	if changed.Name != run.Name || changed.Seed != run.Seed || pretrain.Data != was.Data || pretrain.Model != was.Model || pretrain.Batch != was.Batch {
		return nil, errors.New(key + " cannot change while a run goes on, only optim, eval, checkpoint and steps: start another run")
	}
	if pretrain.Steps <= done {
		return nil, fmt.Errorf("steps is %d, but the run is at step %d already", pretrain.Steps, done)
	}
	return &changed, changed.Validate()
}
