package lora

import (
	"os"
	"os/exec"
	"strings"
	"testing"
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

// PEFT opens what Save writes, and computes the same logits and gradients.
func TestPEFTOpensWhatWeSave(t *testing.T) {
	m, dir := open(t), t.TempDir()
	a := attach(t, m, Config{Rank: 3, Alpha: 7, Dropout: 0.2, Targets: []string{"attn.c_attn", "c_fc"}, Base: base})
	learn(m, a, 5)
	if err := a.Save(dir); err != nil {
		t.Fatal(err)
	}
	python(t, "testdata/adapters.py", "outputs", base, dir)
	likePEFT(t, m, a, dir)
}

// The folder of testdata, written anew by the library that is installed.
func TestOpenWhatPEFTWrites(t *testing.T) {
	m, dir := open(t), t.TempDir()
	python(t, "testdata/adapters.py", "write", base, dir)
	a, err := Open(dir, m)
	if err != nil {
		t.Fatal(err)
	}
	likePEFT(t, m, a, dir)
}
