//go:build !noserver

package daemon

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/workflows/runs"
)

// The disk of a home fills up under the server, the worker and the checkpoints of a run, all three. Whoever asks is told; when there is
// room again the run goes on by itself and ends in the weights of one left alone.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := syscall.Mount("tmpfs", home, "tmpfs", 0, "size=40m"); err != nil {
		t.Skipf("SKIPPED: a file system that is full needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(home, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ensure(t, home, "train")
	run := smallRun(t, home, disturbedSteps)
	h := start(t, home, run, "crowded")
	reach(t, h, 1)
	litter := filepath.Join(home, "litter")
	fill(t, litter)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		_, err := h.Status(ctx)
		if err != nil && (!errors.Is(err, runs.ErrNoServer) || !strings.Contains(err.Error(), home+" is full: make room")) {
			t.Fatalf("status with a full disk: %v, want it to say so", err)
		}
		if err != nil {
			break
		}
		fill(t, litter) // what was freed since
	}
	if err := os.Remove(litter); err != nil {
		t.Fatal(err)
	}
	crowded, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if crowded.Status != "completed" || crowded.WeightsSHA256 != undisturbed(t) {
		t.Errorf("on a disk that was full the run ended as %v with weights %s, left alone it has %s", crowded, crowded.WeightsSHA256, undisturbed(t))
	}
}

// fill lets a file grow until its file system is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, io.ErrShortWrite) {
			t.Fatal(err)
		}
	}
}
