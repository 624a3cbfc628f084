// Package lora fine-tunes a language model by low-rank adapters (Hu et al., 2021): the model's own weights stay as they are, and beside the
// chosen linear layers stand products of two narrow matrices, which are all that is trained.
//
// [Attach] puts adapters of a [Config] on a model; the [Adapter] that it returns is what an optimizer and a checkpoint take in place of the
// model. [Adapter.Save] writes it as PEFT does, and [Open] reads it back onto a model; [Adapter.Merge] makes it part of the model's weights. Until
// then the model's own Params and Save are those of the base, without adapters.
package lora

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// The files of an adapter's folder.
const (
	ConfigFile  = "adapter_config.json"
	WeightsFile = "adapter_model.safetensors"
)

const (
	prefix = "base_model.model." // PEFT's, before the names of layers
	stream = 0x4c6f5241 << 16    // of random numbers: the first layer's; far from those that a model's own weights take
)

// Adapter is the adapters on the layers of one model. It is an nn.Module of the trainable parameters, under PEFT's names.
type Adapter struct {
	Config Config
	layers []nn.NamedLinear
	frozen []*tensorlib.Tensor // the model's parameters that collected gradients before
}

// Attach puts adapters on the layers of m whose names end in one of the targets, and freezes all weights of m. The model computes what it did
// until the adapters are trained.
func Attach(m lm.LM, cfg Config, seed uint64) (*Adapter, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &Adapter{Config: cfg}
	if err := a.choose(m); err != nil {
		return nil, fmt.Errorf("attach adapters: %w", err)
	}
	random, scale := tensorlib.NewRand(seed), cfg.alpha()/float64(cfg.Rank)
	tensorlib.Scope(func() { // gives the numbers before they are scaled back
		for i, l := range a.layers {
			l.Layer.LoRA = nn.NewLoRA(l.Layer, cfg.Rank, scale, cfg.Dropout, random.Split(stream+uint64(i)))
		}
	})
	for _, p := range m.Params() {
		if p.Value.RequiresGrad() {
			a.frozen = append(a.frozen, p.Value.SetRequiresGrad(false))
		}
	}
	return a, nil
}

// choose finds the layers that the targets name.
func (a *Adapter) choose(m lm.LM) error {
	has, ok := m.(interface{ Linears() []nn.NamedLinear })
	if !ok {
		return fmt.Errorf("%s has no linear layers that can be adapted", m.Describe())
	}
	used, all := map[string]bool{}, []string{}
	for _, l := range has.Linears() {
		all = append(all, l.Name)
		found := false
		for _, target := range a.Config.Targets {
			if strings.HasSuffix("."+l.Name, "."+target) {
				found, used[target] = true, true
			}
		}
		switch {
		case found && l.Layer.LoRA != nil:
			return fmt.Errorf("layer %s has an adapter: merge it first", l.Name)
		case found:
			a.layers = append(a.layers, l)
		}
	}
	for _, target := range a.Config.Targets {
		if !used[target] {
			return fmt.Errorf("no layer's name ends in target %q; the layers are %s", target, strings.Join(all, ", "))
		}
	}
	return nil
}

// Params are the two matrices of each layer, "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight" (r, In) and "….lora_B.weight" (Out, r).
func (a *Adapter) Params() []nn.Param {
	var ps []nn.Param
	for _, l := range a.layers {
		ps = append(ps, nn.Named(prefix+l.Name, l.Layer.LoRA)...)
	}
	return ps
}

// Merge adds the adapters to the model's weights, which collect gradients again as before. Nothing is left of the Adapter.
func (a *Adapter) Merge() { a.detach((*nn.Linear).Merge) }

// detach takes the adapters off the layers.
func (a *Adapter) detach(by func(*nn.Linear)) {
	for _, l := range a.layers {
		by(l.Layer)
	}
	for _, t := range a.frozen {
		t.SetRequiresGrad(true)
	}
	a.layers, a.frozen = nil, nil
}

// Save writes adapter_config.json and adapter_model.safetensors into dir, which it makes where there is none, as PEFT wants them.
func (a *Adapter) Save(dir string) error {
	if len(a.layers) == 0 {
		return errors.New("save adapters: they have been merged: save the model")
	}
	config, err := a.Config.marshal(a.layers[0].Conv1D)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = lm.SaveJSON(filepath.Join(dir, ConfigFile), config)
	}
	if err == nil {
		err = lm.SaveWeights(filepath.Join(dir, WeightsFile), a.Params())
	}
	if err != nil {
		return fmt.Errorf("save adapters: %w", err)
	}
	return nil
}

// Open reads adapters that Save or PEFT wrote, and attaches them to m. On an error m is as before.
func Open(dir string, m lm.LM) (a *Adapter, err error) {
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		return nil, fmt.Errorf("open adapters: %w", err)
	}
	var cfg Config
	if err := json.Unmarshal(text, &cfg); err != nil {
		return nil, fmt.Errorf("open adapters: %s: %w", filepath.Join(dir, ConfigFile), err)
	}
	f, err := safetensors.Open(filepath.Join(dir, WeightsFile))
	if err != nil {
		return nil, fmt.Errorf("open adapters: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if a, err = Attach(m, cfg, 0); err != nil {
		return nil, fmt.Errorf("open adapters %s: %w", dir, err)
	}
	tensorlib.Scope(func() { err = nn.Fill(a.Params(), f) })
	if err != nil {
		a.detach(func(l *nn.Linear) { l.LoRA = nil })
		return nil, fmt.Errorf("open adapters %s: %w", dir, err)
	}
	return a, nil
}

// String says the size of the adapters in one line.
func (a *Adapter) String() string {
	return fmt.Sprintf("LoRA of rank %d and alpha %v on %d layers: %d parameters", a.Config.Rank, a.Config.alpha(), len(a.layers), nn.NumParams(a))
}
