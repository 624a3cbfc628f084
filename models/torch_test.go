package models

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/gpt"
)

// python runs a script of testdata with the Python that has PyTorch and Hugging Face's libraries.
func python(t *testing.T, args ...string) {
	t.Helper()
	exe := os.Getenv("ATHANOR_PYTHON_TORCH")
	if exe == "" {
		t.Skip("SKIPPED: not compared with the real library: ATHANOR_PYTHON_TORCH names no Python that has torch, transformers, peft and safetensors")
	}
	out, err := exec.CommandContext(t.Context(), exe, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// transformers opens what Save writes, finds no tensor missing or unexpected, and computes the same.
func TestTransformersOpensWhatWeSave(t *testing.T) {
	models, args := map[string]LM{}, []string{"testdata/hf.py", "logits"}
	for i, cfg := range []gpt.Config{
		{Bias: true}, {}, {Bias: true, Activation: gpt.GELUNew, Dropout: 0.5},
	} {
		cfg.Vocab, cfg.Context, cfg.Layers, cfg.Heads, cfg.Embed = 21, 16, 3, 4, 24
		m := gpt.New(cfg, uint64(i))
		for j, p := range m.Params() { // biases that are not zero, norms that are not one, logits that are not small
			if p.Value.Rank() == 1 {
				p.Value.CopyFrom(p.Value.AddScalar(0.1 * float64(j%5)))
			} else {
				p.Value.ScaleInPlace(2)
			}
		}
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
		models[dir], args = m, append(args, dir)
	}
	python(t, args...)
	for dir, m := range models {
		checkLogits(t, m, dir, 1e-4)
	}
}

// The folders of testdata, written anew by the library that is installed.
func TestOpenWhatTransformersWrites(t *testing.T) {
	dir := t.TempDir()
	python(t, "testdata/hf.py", "write", dir)
	for _, kind := range []string{"whole", "sharded", "headless", "bfloat16", "float16", "old"} {
		m, err := Open(filepath.Join(dir, kind))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		checkLogits(t, m, filepath.Join(dir, kind), 1e-4)
	}
	if shards, err := filepath.Glob(filepath.Join(dir, "sharded", "model-*")); err != nil || len(shards) < 2 {
		t.Errorf("%d shards, %v", len(shards), err)
	}
	if _, err := Open(filepath.Join(dir, "untied")); err == nil || !strings.Contains(err.Error(), "tie_word_embeddings") {
		t.Errorf("a model whose head is its own: error %v", err)
	}
}
