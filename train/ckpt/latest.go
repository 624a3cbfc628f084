package ckpt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/athanor-ml/athanor/store"
)

// ErrNone is returned by Latest when there is no whole checkpoint.
var ErrNone = errors.New("no checkpoint")

// Passed is a checkpoint that was not used or not kept, and why.
type Passed struct {
	Step    int    `json:"step"`
	Path    string `json:"path"`
	Reason  string `json:"reason"`
	Removed bool   `json:"removed,omitempty"`
}

// Latest loads the newest whole checkpoint under the key dir. It also returns the newer ones that are damaged. ErrNone
// means that there is no whole one; any other error, which wraps ErrUnreadable or ErrNewer when it is of one checkpoint,
// that it cannot be known where the run stands: then nothing may be trained or removed.
func Latest(ctx context.Context, s store.Store, dir string) (*Loaded, []Passed, error) {
	for {
		steps, err := List(ctx, s, dir)
		if err != nil {
			return nil, nil, err
		}
		l, passed, err := newest(ctx, s, dir, steps)
		if !errors.Is(err, store.ErrNotExist) { // else the run has gone on and pruned what was listed
			return l, passed, err
		}
	}
}

// newest is Latest of the steps that were listed. It returns ErrNotExist when one of them is no longer there.
func newest(ctx context.Context, s store.Store, dir string, steps []int) (*Loaded, []Passed, error) {
	var passed []Passed
	for _, step := range slices.Backward(steps) {
		path, err := s.Open(ctx, dir+"/"+store.StepName(step))
		var l *Loaded
		switch {
		case err == nil:
			l, err = Load(path)
		case !errors.Is(err, store.ErrNotExist):
			err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		switch {
		case err == nil:
			return l, passed, nil
		case errors.Is(err, ErrDamaged):
			passed = append(passed, Passed{Step: step, Path: path, Reason: err.Error()})
		default:
			return nil, passed, fmt.Errorf("the newest checkpoint must not be passed over: %w", err)
		}
	}
	return nil, passed, fmt.Errorf("%s: %w", dir, ErrNone)
}

// List returns the steps of the checkpoints under the key dir, ascending, whole or not.
func List(ctx context.Context, s store.Store, dir string) ([]int, error) {
	names, err := s.List(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w: %w", ErrUnreadable, err)
	}
	var steps []int
	for _, name := range names {
		if step, ok := store.ParseStep(name); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}
