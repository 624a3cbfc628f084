package train

import (
	"context"
	"fmt"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// checkpointsKey is where the checkpoints of a Trainer lie in its directory, as those of a run in the run's.
const checkpointsKey = "checkpoints"

// Save writes the model, its optimizer and the number of steps done as a checkpoint under dir, beside those that are there; the newest three
// stay. Resume goes on from it, and OpenModel reads the model.
func (t *Trainer) Save(dir string) error {
	ctx := context.Background()
	lease, err := ckpt.Acquire(ctx, local.New(dir), checkpointsKey, 0, owner())
	if err != nil {
		return err
	}
	p := pretraining{Trainer: t}
	parts := p.Checkpoint()
	parts.Cursor = t.cfg
	if _, err := ckpt.Save(ctx, lease, parts, ckpt.Meta{Step: t.done, Steps: t.cfg.Steps, Seed: t.cfg.Seed}); err != nil {
		return err
	}
	_, err = ckpt.Prune(ctx, lease, 3)
	return err
}

// Resume makes a trainer of what Save has written under dir: the steps after it give the same weights, bit by bit, as if nothing had come
// between. The corpus must be the one that was trained on.
func Resume(dir string, c *data.Corpus) (*Trainer, error) {
	l, _, err := ckpt.Latest(context.Background(), local.New(dir), checkpointsKey)
	if err != nil {
		return nil, fmt.Errorf("resume from %s: %w", dir, err)
	}
	var cfg Config
	if err := l.Cursor(&cfg); err != nil {
		return nil, fmt.Errorf("resume from %s: %w", l.Path, err)
	}
	folder, err := l.Module(modelPart)
	if err != nil {
		return nil, err
	}
	m, err := models.Open(folder)
	if err == nil {
		err = fits(m, c)
	}
	if err != nil {
		return nil, fmt.Errorf("resume from %s: %w", l.Path, err)
	}
	t := New(m, c, cfg)
	p := pretraining{Trainer: t}
	if err := l.Restore(p.Checkpoint()); err != nil {
		return nil, err
	}
	t.done = l.Step
	return t, nil
}
