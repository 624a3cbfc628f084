package ckpt

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
)

// A real file system that is full.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs the right to mount a tmpfs: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	l := acquire(t, dir, 0)
	save(t, l, sample(1, 1))
	big := sample(2, 2)
	big.Weights[0].Value = tensorlib.Zeros(100_000)
	_, err := Save(l, big)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("Save: %v", err)
	}
	if names := leftovers(t, dir); names != nil {
		t.Errorf("left over: %v", names)
	}
	newest, err := Latest(dir, func(s string) { t.Error(s) })
	if err != nil || newest.Step != 1 {
		t.Fatalf("Latest: %+v, %v", newest, err)
	}
	newest.Close()
	save(t, l, sample(3, 3)) // room again for one of the usual size
	if got := steps(t, dir); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("checkpoints %v", got)
	}
}
