package ckpt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/store/storetest"
)

// attempt is one process of a run: it acquires, goes on from the newest checkpoint, saves steps and prunes all but keep.
func attempt(fsys local.FS, root string, keep int, steps ...int) error {
	ctx := context.Background()
	s := local.On(fsys, root)
	l, err := Acquire(ctx, s, dir, 0, "test")
	if err != nil {
		return err
	}
	if _, passed, err := Latest(ctx, s, dir); err != nil && !errors.Is(err, ErrNone) || passed != nil {
		return fmt.Errorf("passed over %v, %w", passed, err)
	}
	for _, step := range steps {
		parts, meta := sample(step, float32(step))
		if _, err := Save(ctx, l, parts, meta); err != nil {
			return err
		}
	}
	_, err = Prune(ctx, l, keep)
	return err
}

// newestIn returns the step of the newest checkpoint, whose weights must be those of its step; 0: none.
func newestIn(root string) (int, error) {
	l, passed, err := Latest(context.Background(), local.New(root), dir)
	if errors.Is(err, ErrNone) && passed == nil {
		return 0, nil
	}
	if err != nil || passed != nil {
		return 0, fmt.Errorf("passed over %+v, %w", passed, err)
	}
	parts, _ := sample(0, 0)
	parts.Cursor = nil
	if err := l.Restore(parts); err != nil {
		return 0, err
	}
	if v := parts.Modules["policy"].Params()[0].Value.Float32s()[0]; v != float32(l.Step) {
		return 0, fmt.Errorf("the checkpoint of step %d has the weights of %v", l.Step, v)
	}
	return l.Step, nil
}

// The disk breaks at any operation of a process that takes the lease, goes on from step 2, saves step 3 and prunes: what was
// saved before is whole, and the next process goes on. Other ways to break, and folders that are replaced, are storetest's.
func TestFaultsWhileSaving(t *testing.T) {
	check := func(root string, done bool) error {
		got, err := newestIn(root)
		if err == nil && got != 3 && (done || got != 2) {
			err = fmt.Errorf("the newest checkpoint is of step %d (done: %t), want 2 or 3", got, done)
		}
		return err
	}
	saves := func(fsys local.FS, root string) error { return attempt(fsys, root, 1, 3) }
	storetest.Sweep(t, storetest.Scenario{
		Before: func(fsys local.FS, root string) error { return attempt(fsys, root, 2, 1, 2) },
		Do:     saves,
		Check:  check,
		Retry:  saves,
		After:  func(root string) error { return check(root, true) },
	}, "killed after it", "an I/O error", "power cut")
}

// A module that can't be written, on a full disk for instance, leaves the checkpoint before it and no litter.
func TestFullDiskLeavesTheLastOne(t *testing.T) {
	s := local.New(t.TempDir())
	l := acquire(t, s, 0)
	good := saveSample(t, l, 1, 1)
	parts, meta := sample(2, 2)
	parts.Modules["value"].(*small).fail = func(dir string) error {
		return fmt.Errorf("write %s: %w", filepath.Join(dir, "config.json"), syscall.ENOSPC)
	}
	_, err := Save(t.Context(), l, parts, meta)
	wantFull(t, err)
	if names := leftovers(t, s); names != nil {
		t.Errorf("left over: %v", names)
	}
	if l := latest(t, s); l.Info != good {
		t.Errorf("the newest checkpoint is %+v, want %+v", l.Info, good)
	}
	saveSample(t, l, 2, 2)
}

func wantFull(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("Save: %v, want it to say that the disk is full and what to do", err)
	}
}
