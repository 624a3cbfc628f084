package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// dataDir is where the tests find corpora; "" when there are none.
func dataDir() string {
	return data.FindDir(os.Getenv("ATHANOR_DATA"), filepath.Join("..", "..", "shared", "data"))
}

// trainer makes the trainer of a preset.
func trainer(tb testing.TB, preset string) *Trainer {
	tb.Helper()
	run, err := spec.Preset(preset)
	if err != nil {
		tb.Fatal(err)
	}
	p := run.Pretrain
	c, err := data.Load(p.Data.Source, data.Options{Tokenizer: p.Data.Tokenizer, Vocab: p.Data.Vocab, Dir: dataDir()})
	if err != nil {
		tb.Fatal(err)
	}
	m := p.Model
	model := gpt.New(gpt.Config{Vocab: c.Vocab(), Context: m.Context, Layers: m.Layers, Heads: m.Heads, Embed: m.Embed}, run.Seed)
	return New(model, c, Config{Steps: p.Steps, Batch: p.Batch, Seed: run.Seed, Optim: p.Optim, EvalBatches: p.Eval.Batches})
}

// BenchmarkStep is one training step of the preset char-gpt.
func BenchmarkStep(b *testing.B) {
	t := trainer(b, "char-gpt")
	t.Step()
	b.ReportAllocs()
	for b.Loop() {
		t.Step()
	}
}

// BenchmarkEval is one evaluation on the whole held-out text.
func BenchmarkEval(b *testing.B) {
	t := trainer(b, "char-gpt")
	for b.Loop() {
		t.Eval()
	}
}
