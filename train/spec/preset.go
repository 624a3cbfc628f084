package spec

import (
	"fmt"
	"maps"
	"slices"
)

// presets are complete runs that are known to work. Each call makes a fresh one.
var presets = map[string]func() *Run{
	"char-gpt": charGPT,
	"bpe-gpt":  bpeGPT,
	"tiny-gpt": tinyGPT,
}

// Presets lists the names of the presets in alphabetical order.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// Preset returns the preset of that name, or an error that suggests the nearest names.
func Preset(name string) (*Run, error) {
	if f := presets[name]; f != nil {
		r := f()
		r.Preset = name
		return r, nil
	}
	return nil, fmt.Errorf("unknown preset %q%s", name, suggest(name, Presets()))
}

// Defaults is the run that a spec without a preset starts from: the settings of char-gpt.
func Defaults() *Run { return charGPT() }

// charGPT is nanoGPT's recipe for a CPU (Karpathy, 2022): 0.8 million parameters on characters, validation loss 1.88
// on tinyshakespeare after 2000 steps.
func charGPT() *Run {
	return &Run{
		Kind: "pretrain",
		Seed: 1337,
		Pretrain: &Pretrain{
			Data:  Data{Source: "auto", Tokenizer: "char", Train: 0.9},
			Model: GPT{Layers: 4, Heads: 4, Embed: 128, Context: 64},
			Optim: Optim{
				LR: 1e-3, MinLR: 1e-4, Warmup: 100,
				Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, Clip: 1,
			},
			Steps: 2000, Batch: 12,
			Eval:       Eval{Every: 250},
			Checkpoint: Checkpoint{Every: 250, Keep: 3},
		},
	}
}

// bpeGPT is char-gpt on tokens of about two characters: byte-level BPE trained on the corpus itself.
func bpeGPT() *Run {
	r := charGPT()
	r.Pretrain.Data.Tokenizer, r.Pretrain.Data.Vocab = "bpe", 512
	return r
}

// tinyGPT trains in seconds, for demonstrations and tests.
func tinyGPT() *Run {
	r := charGPT()
	p := r.Pretrain
	p.Model = GPT{Layers: 2, Heads: 2, Embed: 32, Context: 32}
	p.Optim.LR, p.Optim.MinLR, p.Optim.Warmup = 5e-3, 5e-4, 20
	p.Steps, p.Batch = 200, 8
	p.Eval = Eval{Every: 50, Batches: 20}
	p.Checkpoint = Checkpoint{Every: 50, Keep: 3}
	return r
}
