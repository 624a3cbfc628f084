package gpt

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// Open reads a model from a folder, as [Model.Save] or Hugging Face's GPT2LMHeadModel or GPT2Model writes it.
func Open(dir string) (m *Model, err error) {
	f, err := lm.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var cfg Config
	if err := json.Unmarshal(f.Config, &cfg); err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	m = New(cfg, 0)
	tensorlib.Scope(func() { err = m.fill(f) })
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	return m, nil
}

const (
	prefix    = "transformer."
	embedding = prefix + "wte.weight"
	head      = "lm_head.weight" // the same tensor as the embedding; files have either or both
)

// fill replaces the weights by those of a folder.
func (m *Model) fill(f *lm.Folder) error {
	w := weights{Folder: f, names: map[string]string{}}
	for _, name := range f.Names() {
		ours := name
		if name != head && !strings.HasPrefix(name, prefix) { // written from a GPT2Model, without its head
			ours = prefix + name
		}
		if strings.HasSuffix(ours, ".attn.bias") || strings.HasSuffix(ours, ".attn.masked_bias") {
			continue // the causal mask, which older versions wrote
		}
		if !m.Config.Bias && strings.HasSuffix(ours, ".bias") {
			if err := w.checkZero(name); err != nil {
				return err
			}
			continue
		}
		if twice := w.names[ours]; twice != "" {
			return fmt.Errorf("tensor %s is there as %s, too", twice, name)
		}
		w.names[ours] = name
	}
	if err := w.tie(); err != nil {
		return err
	}
	return nn.Fill(m.Params(), w)
}

// weights is a folder whose tensors have our names.
type weights struct {
	*lm.Folder
	names map[string]string // in the folder, by ours
}

// Names lists the tensors.
func (w weights) Names() []string {
	var names []string
	for ours := range w.names {
		names = append(names, ours)
	}
	return names
}

// Shape is the shape of a tensor.
func (w weights) Shape(name string) (tensorlib.Shape, bool) { return w.Folder.Shape(w.names[name]) }

// Tensor reads a tensor.
func (w weights) Tensor(name string) (*tensorlib.Tensor, error) {
	return w.Folder.Tensor(w.names[name])
}

// checkZero makes sure that a bias, of a model that has none, is one that Save wrote for others to read.
func (w weights) checkZero(name string) error {
	bias, err := w.Folder.Tensor(name)
	if err != nil {
		return err
	}
	if bias.Ne(tensorlib.Zeros(bias.Shape()...).To(bias.DType())).Sum().Item() != 0 {
		return fmt.Errorf("config.json has \"bias\": false, but tensor %s is not zero", name)
	}
	return nil
}

// tie makes the embedding of the head where only that was written, and else drops the head, which must be the embedding.
func (w weights) tie() error {
	if w.names[head] == "" {
		return nil
	}
	defer delete(w.names, head)
	if w.names[embedding] == "" {
		w.names[embedding] = head
		return nil
	}
	e, err := w.Tensor(embedding)
	if err != nil {
		return err
	}
	h, err := w.Tensor(head)
	if err != nil {
		return err
	}
	if !e.Shape().Equal(h.Shape()) || e.Ne(h).Sum().Item() != 0 {
		return fmt.Errorf("%s is not %s: only tied embeddings are supported", head, embedding)
	}
	return nil
}
