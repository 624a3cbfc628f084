package models

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// tokens are those of testdata/hf.py, (2, T).
func tokens(m LM) *tensorlib.Tensor {
	T, ids := m.Context(), []int32{}
	for b := range 2 {
		for t := range T {
			ids = append(ids, int32((7*b+3*t+t*t)%m.Vocab()))
		}
	}
	return tensorlib.New(ids, 2, T)
}

// checkLogits compares m with the logits that transformers wrote into a folder.
func checkLogits(t *testing.T, m LM, dir string, tol float64) {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(dir, "logits.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := f.Tensor("logits")
	if err != nil {
		t.Fatal(err)
	}
	got := m.Forward(Batch{Tokens: tokens(m)})
	if !got.Shape().Equal(want.Shape()) {
		t.Fatalf("%s: logits %v, want %v", dir, got.Shape(), want.Shape())
	}
	if worst, most := got.Sub(want).Abs().Max().Item(), want.Abs().Max().Item(); !(worst <= tol) || most < 0.5 {
		t.Errorf("%s: logits are off by %.3g, allowed %.3g; the largest is %.3g", dir, worst, tol, most)
	}
}

// What transformers wrote: in one file and in several, with the head and without, in 16 bits, and as older versions did.
func TestOpenWhatTransformersWrote(t *testing.T) {
	for _, kind := range []string{"whole", "sharded", "headless", "bfloat16", "float16", "old"} {
		dir := filepath.Join("testdata", kind)
		m, err := Open(dir)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if m.Describe() != "gpt2-L2-H2-C8-T8" || m.Vocab() != 13 {
			t.Errorf("%s is %s", kind, m)
		}
		checkLogits(t, m, dir, 1e-5)
	}
	if _, err := Open("testdata/untied"); err == nil || !strings.Contains(err.Error(), "tie_word_embeddings") {
		t.Errorf("a model whose head is its own: error %v", err)
	}
}

// Save, then Open: the same weights, with biases and without; and the same bytes when saved again.
func TestSaveThenOpen(t *testing.T) {
	for _, bias := range []bool{true, false} {
		m := gpt.New(gpt.Config{Vocab: 13, Context: 8, Layers: 2, Heads: 2, Embed: 8, Bias: bias}, 1)
		dir, again := filepath.Join(t.TempDir(), "new"), t.TempDir()
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
		back, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := back.(*gpt.Model).Config; got.Bias != bias || len(back.Params()) != len(m.Params()) {
			t.Errorf("with bias %t: read back %+v", bias, got)
		}
		for i, p := range back.Params() {
			if want := m.Params()[i]; p.Name != want.Name || p.Value.Ne(want.Value).Sum().Item() != 0 {
				t.Errorf("with bias %t: %s changed", bias, p.Name)
			}
		}
		if err := back.Save(again); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"config.json", "model.safetensors"} {
			if read(t, dir, name) != read(t, again, name) {
				t.Errorf("with bias %t: saved again, %s differs", bias, name)
			}
		}
		if names := namesIn(t, filepath.Join(dir, "model.safetensors")); strings.Contains(names, "lm_head") || !strings.Contains(names, "ln_f.bias") {
			t.Errorf("saved tensors are %s: want no head, and biases that transformers finds", names)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func namesIn(t *testing.T, path string) string {
	t.Helper()
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return strings.Join(f.Names(), " ")
}

// altered copies a folder of testdata, with changes to its tensors and to its configuration.
func altered(t *testing.T, kind string, tensors func(map[string]*tensorlib.Tensor), config map[string]any) string {
	t.Helper()
	dir, to := filepath.Join("testdata", kind), t.TempDir()
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]*tensorlib.Tensor{}
	for _, name := range f.Names() {
		if all[name], err = f.Tensor(name); err != nil {
			t.Fatal(err)
		}
	}
	if tensors != nil {
		tensors(all)
	}
	var named []safetensors.Named
	for name, x := range all {
		named = append(named, safetensors.Named{Name: name, Tensor: x})
	}
	c := map[string]any{}
	if err := json.Unmarshal([]byte(read(t, dir, "config.json")), &c); err != nil {
		t.Fatal(err)
	}
	maps.Copy(c, config)
	text, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "config.json"), text, 0o600)
	}
	if err == nil {
		err = safetensors.WriteFile(filepath.Join(to, "model.safetensors"), named, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// Either of two tied tensors is enough: writers differ in which they leave out.
func TestTiedWeightsArePutBack(t *testing.T) {
	dir := altered(t, "old", func(x map[string]*tensorlib.Tensor) { delete(x, "transformer.wte.weight") }, nil)
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	checkLogits(t, m, "testdata/old", 1e-5)
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	type tensors = map[string]*tensorlib.Tensor
	for _, c := range []struct {
		what    string
		tensors func(tensors)
		config  map[string]any
		says    []string
	}{
		{"another family", nil, map[string]any{"model_type": "llama"}, []string{`model_type "llama"`, "known are: gpt2"}},
		{"no biases, yet there are", nil, map[string]any{"bias": false}, []string{`"bias": false`, "is not zero"}},
		{"another head", func(x tensors) { x["lm_head.weight"] = tensorlib.Zeros(13, 8) }, nil, []string{"only tied embeddings"}},
		{"twice", func(x tensors) { x["ln_f.bias"] = tensorlib.Zeros(8) }, nil, []string{"tensor ln_f.bias is there as transformer.ln_f.bias, too"}},
		{"whole numbers", func(x tensors) { x["transformer.ln_f.bias"] = tensorlib.Arange(8) }, nil, []string{"transformer.ln_f.bias is int64"}},
		{"all at once", func(x tensors) {
			delete(x, "transformer.ln_f.bias")
			x["score.weight"] = tensorlib.Zeros(1)
			x["transformer.wte.weight"] = tensorlib.Zeros(12, 8)
			x["transformer.wpe.weight"] = tensorlib.Zeros(9, 8)
		}, nil, []string{
			"1 tensor is missing: transformer.ln_f.bias", "1 tensor is unexpected: transformer.score.weight",
			"2 tensors are misshapen: transformer.wte.weight is (12, 8), not (13, 8), transformer.wpe.weight is (9, 8), not (8, 8)",
		}},
	} {
		dir := altered(t, "whole", c.tensors, c.config)
		m, err := Open(dir)
		if err == nil || m != nil {
			t.Errorf("%s: opened %v, %v", c.what, m, err)
			continue
		}
		for _, says := range append(c.says, dir) {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: error %v, want one with %q", c.what, err, says)
			}
		}
	}
}

// A folder that lacks files, and an index that leads astray.
func TestOpenDamagedFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(says string) {
		t.Helper()
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
	wants("config.json: no such file")
	write("config.json", "{")
	wants("config.json: unexpected end")
	write("config.json", read(t, "testdata/sharded", "config.json"))
	wants("neither model.safetensors nor model.safetensors.index.json")
	index := read(t, "testdata/sharded", "model.safetensors.index.json")
	write("model.safetensors.index.json", index)
	wants("model-00001-of-00003.safetensors: no such file")
	for _, n := range []string{"1", "2", "3"} {
		name := "model-0000" + n + "-of-00003.safetensors"
		write(name, read(t, "testdata/sharded", name))
	}
	if _, err := Open(dir); err != nil {
		t.Error(err)
	}
	write("model.safetensors.index.json", strings.ReplaceAll(index, "model-00001", "../model-00001"))
	wants("is not the name of a file beside it")
	write("model.safetensors.index.json", strings.Replace(index, "00001-of", "00003-of", 1))
	wants("which does not have it")
	write("model.safetensors.index.json", "[]")
	wants("model.safetensors.index.json: json")
	write("model.safetensors", "short")
	wants("corrupt or truncated")
}
