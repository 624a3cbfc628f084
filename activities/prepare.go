package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.temporal.io/sdk/activity"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// Prepare checks a run before anything is trained, claims its directory by writing run.json there, and prepares its corpus. A directory that holds the
// same spec already is gone on with, from its newest checkpoint; one that holds another is a Conflict.
func (t *Trainer) Prepare(ctx context.Context, run spec.Run) error {
	if err := run.Validate(); err != nil {
		return final(BadSpec, err)
	}
	_, end := startHeart(ctx, patience, "preparing")
	defer end()
	dir := Dir(t.Home, run.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	if err := claim(filepath.Join(dir, train.SpecFile), run); err != nil {
		return err
	}
	if t.Pretrain != nil {
		return nil // it needs no corpus of ours
	}
	_, err := data.Prepare(run.Pretrain.Data, t.DataDir, t.cache(), func(what string) { activity.GetLogger(ctx).Warn(what) })
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return final(BadData, err)
	}
	return classify(err)
}

// cache is where prepared corpora lie, for all runs.
func (t *Trainer) cache() string { return filepath.Join(t.Home, "cache") }

// claim writes the spec to path, or compares it with the one that is there.
func claim(path string, run spec.Run) error {
	old, err := os.ReadFile(path)
	if err == nil {
		var there spec.Run
		if json.Unmarshal(old, &there) == nil && there.Hash() == run.Hash() {
			return nil
		}
		return final(Conflict, fmt.Errorf("%s holds another run's spec: choose another name, or move that directory away", filepath.Dir(path)))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run directory: %w", err)
	}
	text, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return final(BadSpec, err)
	}
	return classify(writeWhole(path, append(text, '\n')))
}
