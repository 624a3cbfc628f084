package ckpt

import (
	"slices"
	"syscall"
	"testing"

	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/tensorlib"
)

// A real file system that is full.
func TestFullFileSystem(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("SKIPPED: a file system that is full needs the right to mount a tmpfs: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(root, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	s := local.New(root)
	l := acquire(t, s, 0)
	saveSample(t, l, 1, 1)
	parts, meta := large(2)
	_, err := Save(t.Context(), l, parts, meta)
	wantFull(t, err)
	if names := leftovers(t, s); names != nil {
		t.Errorf("left over: %v", names)
	}
	if newest := latest(t, s); newest.Step != 1 {
		t.Fatalf("the newest checkpoint is of step %d", newest.Step)
	}
	saveSample(t, l, 3, 3) // room again for one of the usual size
	if got := steps(t, s); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("checkpoints %v", got)
	}
}

// large is a checkpoint that needs 400 kB.
func large(step int) (Parts, Meta) {
	parts, meta := sample(step, 1)
	parts.Modules["policy"].(*small).params[0].Value = tensorlib.Zeros(100_000)
	delete(parts.Optimizers, "policy")
	return parts, meta
}
