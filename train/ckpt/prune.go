package ckpt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/athanor-ml/athanor/store"
)

// Prune removes all but the newest keep whole checkpoints, at least one, and damaged ones that are older than a whole one.
// It looks no further than the step that this lease saved last. It returns, once each, those that are damaged or cannot be
// read; the latter stay, like damaged ones that no newer whole one replaces.
func Prune(ctx context.Context, l *Lease, keep int) ([]Passed, error) {
	steps, err := List(ctx, l.Store, l.Dir)
	if err != nil {
		return nil, err
	}
	var report []Passed
	var gone []string
	whole := 0
	for _, step := range slices.Backward(steps) {
		if l.newest >= 0 && step > l.newest {
			continue
		}
		key := l.Dir + "/" + store.StepName(step)
		path, err := l.Store.Open(ctx, key)
		if err == nil {
			err = l.judge(step, path, whole >= max(keep, 1))
		}
		if errors.Is(err, store.ErrNotExist) && !errors.Is(err, ErrDamaged) {
			continue
		}
		remove := whole > 0 && errors.Is(err, ErrDamaged)
		if err == nil {
			whole++
			remove = whole > max(keep, 1)
		}
		if remove {
			gone = append(gone, key)
		}
		if err != nil {
			report = l.report(report, Passed{Step: step, Path: path, Reason: err.Error(), Removed: remove})
		}
	}
	for _, key := range slices.Backward(gone) { // the oldest first
		if err := l.Store.Remove(ctx, key, l.guard); err != nil {
			return report, fmt.Errorf("prune checkpoints: %w", l.Explain(ctx, err))
		}
	}
	return report, nil
}

// judge reports what is wrong with a checkpoint. Files are read only when they have changed since they were last found
// whole, and of one that is to go anyway only the manifest.
func (l *Lease) judge(step int, path string, goes bool) error {
	if _, err := readManifest(path); err != nil || goes {
		return err
	}
	look, err := appearance(path)
	if err != nil {
		return classify(err)
	}
	if l.whole[step] == look {
		return nil
	}
	if _, err := verify(path); err != nil {
		return err
	}
	l.whole[step] = look
	return nil
}

// report adds p to what Prune returns unless it has been told before.
func (l *Lease) report(all []Passed, p Passed) []Passed {
	if l.told[p.Path] == p {
		return all
	}
	l.told[p.Path] = p
	return append(all, p)
}
