package activities

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.temporal.io/sdk/temporal"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// A real file system fills up during a run: the attempt says so and is tried again, the last good checkpoint stays, and with room again
// the run ends in the weights of one that never met a full disk.
func TestFullFileSystem(t *testing.T) {
	run := small(t)
	run.Pretrain.Model.Embed = 128 // a checkpoint of 2.4 MB
	want, err := segment(t, environment(&Trainer{Home: t.TempDir()}), Segment{Run: run, Until: 6})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := syscall.Mount("tmpfs", home, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("SKIPPED: a file system that is full needs the right to mount a tmpfs: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(home, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	tr := &Trainer{Home: home}
	if _, err := segment(t, environment(tr), Segment{Run: run, Until: 2}); err != nil {
		t.Fatal(err)
	}
	litter := filepath.Join(home, "litter")
	if err := os.WriteFile(litter, make([]byte, 12<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the file system does not fill: %v", err)
	}
	if err := os.Truncate(litter, fileSize(t, litter)-1<<20); err != nil { // room for a part of a checkpoint
		t.Fatal(err)
	}
	_, err = segment(t, environment(tr), Segment{Run: run, Until: 6})
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != "DiskFull" || app.NonRetryable() || !strings.Contains(app.Message(), "make room") {
		t.Fatalf("error %v, want a DiskFull that is tried again and says what to do", err)
	}
	l, passed, err := ckpt.Latest(t.Context(), tr.store(), store.Run(run.Name).Checkpoints())
	if err != nil || l.Step != 2 || passed != nil {
		t.Fatalf("the newest checkpoint is %+v, %v; want that of step 2", l, err)
	}
	if err := os.Remove(litter); err != nil {
		t.Fatal(err)
	}
	got, err := segment(t, environment(tr), Segment{Run: run, Until: 6})
	if err != nil || got.WeightsSHA256 != want.WeightsSHA256 {
		t.Errorf("with room again: %+v, %v; want the weights %s", got, err, want.WeightsSHA256)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
