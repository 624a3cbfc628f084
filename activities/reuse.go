package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// Reusable is a finished run whose spec and inputs were the same as another's.
type Reusable struct {
	Run      string   `json:"run"` // its name
	Progress Progress `json:"progress"`
}

// sameness is equal for two runs that end in the same results: of equal spec, with equal inputs, on the same prepared data.
func sameness(run spec.Run, data string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n", run.Hash(), data))
	return hex.EncodeToString(sum[:])
}

// reusable looks for a finished run that was the same as one that is about to begin, and whose outputs are still there, whole.
func (t *Trainer) reusable(ctx context.Context, run spec.Run, p train.Prepared) *Reusable {
	run.Inputs = WithInputs(run.Inputs, p.Inputs)
	r, err := t.finished(ctx, sameness(run, p.Data))
	if err != nil {
		activity.GetLogger(ctx).Warn(fmt.Sprintf("an earlier result cannot be used, so it is made again: %v", err))
		return nil
	}
	if r == nil || r.Run == run.Name {
		return nil
	}
	return r
}

// finished is the finished run that the index names; nil: none.
func (t *Trainer) finished(ctx context.Context, key string) (*Reusable, error) {
	s := t.store()
	name, err := store.ReadIf(ctx, s, store.Results(key))
	if err != nil || name == nil {
		return nil, err
	}
	text, err := store.ReadIf(ctx, s, store.Run(string(name)).Result())
	if err != nil || text == nil { // its owner has removed it
		return nil, err
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("result of %s: %w", name, err)
	}
	if err := outputsWhole(r.Outputs); err != nil {
		return nil, fmt.Errorf("result of %s: %w", name, err)
	}
	return &Reusable{Run: string(name), Progress: r.Progress}, nil
}

// outputsWhole checks that outputs are there and hold what they held.
func outputsWhole(outputs map[string]Output) error {
	for _, role := range slices.Sorted(maps.Keys(outputs)) {
		if err := outputs[role].Check(); err != nil {
			return fmt.Errorf("output %s: %w", role, err)
		}
	}
	return nil
}

// WithInputs is the inputs that a run is given and those that were found for it.
func WithInputs(given, found map[string]spec.Input) map[string]spec.Input {
	if len(given)+len(found) == 0 {
		return nil
	}
	all := maps.Clone(found)
	if all == nil {
		all = map[string]spec.Input{}
	}
	maps.Copy(all, given)
	return all
}
