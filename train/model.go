package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// LoadModel reads the model and the tokenizer of a checkpoint. dir is the checkpoint's directory, or that of a run,
// whose newest whole checkpoint is taken.
func LoadModel(dir string) (*gpt.Model, tokenizer.Tokenizer, error) {
	l, err := openCheckpoint(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("load model: %w", err)
	}
	defer l.Close()
	var cfg gpt.Config
	if err := json.Unmarshal(l.Config, &cfg); err != nil {
		return nil, nil, fmt.Errorf("load model %s: %w", l.Path, err)
	}
	if cfg.Vocab < l.Tokenizer.Size() {
		return nil, nil, fmt.Errorf("load model %s: the tokenizer has %d ids, the model %d", l.Path, l.Tokenizer.Size(), cfg.Vocab)
	}
	m := gpt.New(cfg, 0)
	tensorlib.Scope(func() { err = loadWeights(m, l) })
	if err != nil {
		return nil, nil, fmt.Errorf("load model %s: %w", l.Path, err)
	}
	return m, l.Tokenizer, nil
}

func openCheckpoint(dir string) (*ckpt.Loaded, error) {
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
		return ckpt.Load(dir)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	l, err := ckpt.Latest(Checkpoints(dir), nil)
	if errors.Is(err, ckpt.ErrNone) {
		return nil, fmt.Errorf("%s is neither a checkpoint nor a run with one: %w", dir, err)
	}
	return l, err
}
