package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// LoadModel reads the model and the tokenizer of a checkpoint. dir is the checkpoint's directory, or that of a run,
// whose newest whole checkpoint is taken.
func LoadModel(dir string) (*gpt.Model, tokenizer.Tokenizer, error) {
	l, err := openCheckpoint(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("load model: %w", err)
	}
	tok, err := l.Tokenizer()
	if err == nil && tok == nil {
		err = fmt.Errorf("checkpoint %s has no tokenizer", l.Path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load model: %w", err)
	}
	cfg, err := readConfig(l)
	if err == nil && cfg.Vocab < tok.Size() {
		err = fmt.Errorf("the tokenizer has %d ids, the model %d", tok.Size(), cfg.Vocab)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load model %s: %w", l.Path, err)
	}
	m := gpt.New(cfg, 0)
	if err := l.Restore(ckpt.Parts{Modules: map[string]ckpt.Module{modelPart: folder{m}}}); err != nil {
		return nil, nil, fmt.Errorf("load model: %w", err)
	}
	return m, tok, nil
}

// modelPart is the name of the model, and of its optimizer, in a checkpoint.
const modelPart = "model"

// folder is a model that saves itself as a Hugging Face folder.
type folder struct{ *gpt.Model }

// Save writes config.json and model.safetensors.
func (f folder) Save(dir string) error {
	text, err := json.MarshalIndent(f.Config, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	var ts []safetensors.Named
	for _, p := range f.Params() {
		ts = append(ts, safetensors.Named{Name: p.Name, Tensor: p.Value})
	}
	return safetensors.WriteFile(filepath.Join(dir, "model.safetensors"), ts, map[string]string{"format": "pt"})
}

func readConfig(l *ckpt.Loaded) (cfg gpt.Config, err error) {
	dir, err := l.Module(modelPart)
	if err != nil {
		return cfg, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return cfg, err
	}
	return cfg, json.Unmarshal(text, &cfg)
}

func openCheckpoint(dir string) (*ckpt.Loaded, error) {
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
		return ckpt.Load(dir)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	l, _, err := ckpt.Latest(context.Background(), local.New(dir), CheckpointsDir)
	if errors.Is(err, ckpt.ErrNone) {
		return nil, fmt.Errorf("%s is neither a checkpoint nor a run with one: %w", dir, err)
	}
	return l, err
}
