package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/activity"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// Prepared is what Prepare found, for the segments of the run.
type Prepared struct {
	Corpus string `json:"corpus,omitempty"` // the prepared corpus, a directory of the cache
	Token  int64  `json:"token,omitempty"`  // larger than the fencing token of any attempt before
}

// Prepare checks a run before anything is trained, claims its directory by writing run.json there, fences off whatever still works in
// it, and prepares the corpus. A directory that holds the same spec already is gone on with, from its newest checkpoint; one that
// holds another is a Conflict. A run that goes on after it had ended names the corpus that was prepared for it before: its
// settings may have been changed since run.json was written, and the corpus's source may be gone.
func (t *Trainer) Prepare(ctx context.Context, run spec.Run, corpus string) (Prepared, error) {
	if err := run.Validate(); err != nil {
		return Prepared{}, final(BadSpec, err)
	}
	_, end := startHeart(ctx, patience, "preparing")
	defer end()
	dir := Dir(t.Home, run.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Prepared{}, classify(fmt.Errorf("run directory: %w", err))
	}
	if err := claim(filepath.Join(dir, train.SpecFile), run, corpus != ""); err != nil {
		return Prepared{}, err
	}
	token, err := fence(ctx, local.New(dir))
	if err != nil {
		return Prepared{}, classify(err)
	}
	p := Prepared{Corpus: corpus, Token: token}
	if t.Pretrain == nil { // else it needs no corpus of ours
		p.Corpus, err = t.corpus(ctx, run, corpus)
	}
	return p, err
}

// fence takes the directory's lease from whoever has it, and returns its token, the first of a segment's.
func fence(ctx context.Context, s store.Store) (int64, error) {
	const owner = "the preparation of the run"
	last, err := ckpt.Acquire(ctx, s, train.CheckpointsDir, 0, owner)
	if err != nil {
		return 0, err
	}
	ours, err := ckpt.Acquire(ctx, s, train.CheckpointsDir, (last.Token/Tokens+1)*Tokens, owner)
	if err != nil {
		return 0, err
	}
	return ours.Token, nil
}

// corpus prepares the corpus of a run, or finds that the one that was prepared before is whole, and checks that there is enough of it.
func (t *Trainer) corpus(ctx context.Context, run spec.Run, before string) (string, error) {
	warn := func(what string) { activity.GetLogger(ctx).Warn(what) }
	if before != "" {
		c, err := data.Open(filepath.Join(t.cache(), before))
		if err == nil {
			return before, c.Close()
		}
		warn(err.Error())
	}
	dir, err := data.Prepare(run.Pretrain.Data, t.DataDir, t.cache(), warn)
	var c *data.Corpus
	if err == nil {
		c, err = data.Open(dir)
	}
	if err == nil {
		err = errors.Join(c.Check(run.Pretrain.Model.Context), c.Close())
	}
	if err != nil && !full(err) {
		return "", final(BadData, err)
	}
	return filepath.Base(dir), classify(err)
}

// cache is where prepared corpora lie, for all runs.
func (t *Trainer) cache() string { return filepath.Join(t.Home, "cache") }

// claim writes the spec to path, or compares it with the one that is there. The spec of a run that goes on may have other settings.
func claim(path string, run spec.Run, goesOn bool) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run directory: %w", err)
	}
	if err == nil {
		var there spec.Run
		if err := json.Unmarshal(old, &there); err != nil {
			return final(Damaged, fmt.Errorf("%s is damaged (%w): choose another name, or delete that file if what lies beside it is this run's", path, err))
		}
		if there.Hash() == run.Hash() {
			return nil
		}
		if !goesOn || !there.SameRun(&run) {
			return final(Conflict, fmt.Errorf("%s holds another run's spec: choose another name, or move that directory away", filepath.Dir(path)))
		}
	}
	text, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return final(BadSpec, err)
	}
	return classify(writeWhole(path, append(text, '\n')))
}
