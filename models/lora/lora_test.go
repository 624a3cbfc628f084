package lora

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/optim"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

const base = "../testdata/whole" // a small GPT-2 that transformers wrote

func open(t *testing.T) *gpt.Model {
	t.Helper()
	m, err := gpt.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func attach(t *testing.T, m lm.LM, cfg Config) *Adapter {
	t.Helper()
	a, err := Attach(m, cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// batch is the tokens of testdata/adapters.py.
func batch() lm.Batch {
	var ids []int32
	for b := range 2 {
		for t := range 8 {
			ids = append(ids, int32((7*b+3*t+t*t)%13))
		}
	}
	return lm.Batch{Tokens: tensorlib.New(ids, 2, 8)}
}

func same(t *testing.T, what string, got, want *tensorlib.Tensor) {
	t.Helper()
	if got.Ne(want).Sum().Item() != 0 {
		t.Errorf("%s: differs by %v, want the same bits", what, got.Sub(want).Abs().Max())
	}
}

func closeTo(t *testing.T, what string, got, want *tensorlib.Tensor, tol float64) {
	t.Helper()
	if got == nil || !got.Shape().Equal(want.Shape()) {
		t.Errorf("%s: got %v, want shape %v", what, got, want.Shape())
		return
	}
	if worst, most := got.Sub(want).Abs().Max().Item(), want.Abs().Max().Item(); !(worst <= tol*most) || most == 0 {
		t.Errorf("%s is off by %.3g, allowed %.3g of %.3g", what, worst, tol, most)
	}
}

// learn does some steps towards a fixed next token, and returns the losses before them.
func learn(m *gpt.Model, a *Adapter, steps int) (losses []float64) {
	opt := optim.NewAdamW(a.Params(), optim.AdamWConfig{Beta1: 0.9, Beta2: 0.99})
	targets := tensorlib.New(make([]int32, 16), 2, 8)
	for i := range steps {
		tensorlib.Scope(func() {
			m.Train(3, uint64(i))
			loss := tensorlib.CrossEntropy(m.Forward(batch()), targets)
			loss.Backward()
			opt.Step(1e-2)
			opt.ZeroGrad()
			losses = append(losses, loss.Item())
		})
	}
	m.Eval()
	return losses
}

// Before the first step the model computes what it did; training changes only the adapters; merged, the weights compute what both did.
func TestTrainThenMerge(t *testing.T) {
	m, original := open(t), open(t)
	want := m.Forward(batch())
	a := attach(t, m, Config{Rank: 2, Alpha: 6, Dropout: 0.1, Targets: []string{"c_attn", "c_proj", "c_fc"}})
	same(t, "logits at step 0", m.Forward(batch()), want)
	if got, want := a.String(), "LoRA of rank 2 and alpha 6 on 8 layers: 512 parameters"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
	losses := learn(m, a, 12)
	if last := losses[len(losses)-1]; last > losses[0]-0.5 {
		t.Errorf("losses are %v: want them to fall", losses)
	}
	for i, p := range m.Params() {
		if p.Value.RequiresGrad() || p.Value.Grad() != nil {
			t.Errorf("%s is trained, too", p.Name)
		}
		same(t, p.Name, p.Value, original.Params()[i].Value)
	}
	tuned := m.Forward(batch())
	a.Merge()
	closeTo(t, "merged logits", m.Forward(batch()), tuned, 1e-5)
	for _, p := range m.Params() {
		if !p.Value.RequiresGrad() {
			t.Errorf("%s collects no gradient after Merge", p.Name)
		}
	}
	if ps := a.Params(); ps != nil {
		t.Errorf("a merged adapter has parameters %v", ps)
	}
	if err := a.Save(t.TempDir()); err == nil || !strings.Contains(err.Error(), "merged") {
		t.Errorf("saved what is merged: %v", err)
	}
	attach(t, m, Config{Rank: 2, Targets: []string{"c_attn"}}) // the layers are free again
}

// The numbers are those of the seed, and of the pass: dropout of the adapters' inputs needs no dropout of the model.
func TestRandomNumbers(t *testing.T) {
	cfg := Config{Rank: 2, Dropout: 0.5, Targets: []string{"mlp.c_fc"}}
	m, other := open(t), open(t)
	a, b := attach(t, m, cfg), attach(t, other, cfg)
	for i, p := range a.Params() {
		same(t, p.Name, p.Value, b.Params()[i].Value)
	}
	first, second := a.Params()[0].Value, a.Params()[2].Value // A of two layers, (2, 8)
	if first.Ne(second).Sum().Item() == 0 {
		t.Error("two layers have the same numbers")
	}
	if most := first.Abs().Max().Item(); most > 0.3536 || most < 0.2 {
		t.Errorf("A goes up to %v, want at most 1/sqrt(8) and not much less", most)
	}
	m.Config.Dropout = 0
	for _, block := range m.Blocks {
		block.Attn.Dropout, block.MLP.Dropout = 0, 0
	}
	a.Params()[1].Value.CopyFrom(tensorlib.Ones(32, 2)) // else it adds nothing
	at := func(step uint64) *tensorlib.Tensor { m.Train(1, step); return m.Forward(batch()) }
	same(t, "a step repeated", at(2), at(2))
	if at(2).Ne(at(3)).Sum().Item() == 0 {
		t.Error("two steps drop the same")
	}
}

// outputs is what PEFT computed with the adapters of a folder.
func outputs(t *testing.T, dir string) func(name string) *tensorlib.Tensor {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(dir, "outputs.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return func(name string) *tensorlib.Tensor {
		t.Helper()
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

// likePEFT compares logits and gradients with those that PEFT wrote into dir.
func likePEFT(t *testing.T, m *gpt.Model, a *Adapter, dir string) {
	t.Helper()
	want := outputs(t, dir)
	logits := m.Forward(batch())
	closeTo(t, "logits", logits, want("logits"), 1e-5)
	logits.Square().Sum().Backward()
	for _, p := range a.Params() {
		closeTo(t, "gradient of "+p.Name, p.Value.Grad(), want("grad."+p.Name), 1e-4)
	}
}

func TestOpenWhatPEFTWrote(t *testing.T) {
	m := open(t)
	a, err := Open("testdata/adapter", m)
	if err != nil {
		t.Fatal(err)
	}
	if c := a.Config; c.Rank != 3 || c.Alpha != 5 || c.Dropout != 0.1 || len(c.Targets) != 2 || !strings.HasSuffix(c.Base, "whole") {
		t.Errorf("the configuration is %+v", c)
	}
	likePEFT(t, m, a, "testdata/adapter")
	all := m.Forward(batch())
	same(t, "logits while generating", m.Next(batch().Tokens, nil, m.NewCache(2)), all.Select(1, -1))
}

func TestSaveThenOpen(t *testing.T) {
	m, dir := open(t), filepath.Join(t.TempDir(), "new")
	a := attach(t, m, Config{Rank: 2, Targets: []string{"c_attn", "mlp.c_fc"}})
	learn(m, a, 2)
	if err := a.Save(dir); err != nil {
		t.Fatal(err)
	}
	other := open(t)
	b, err := Open(dir, other)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "logits", other.Forward(batch()), m.Forward(batch()))
	if c := b.Config; c.Alpha != 2 || c.Base != "" || len(c.Targets) != 2 {
		t.Errorf("the configuration is %+v", c)
	}
	if err := a.Save(filepath.Join(dir, ConfigFile)); err == nil {
		t.Error("saved below a file")
	}
}

// plain is a language model that shows no linear layers.
type plain struct{ lm.LM }

func TestAttachNamesWhatIsWrong(t *testing.T) {
	m := open(t)
	adapted := open(t)
	attach(t, adapted, Config{Rank: 1, Targets: []string{"h.1.attn.c_attn"}})
	for _, c := range []struct {
		m    lm.LM
		cfg  Config
		says []string
	}{
		{m, Config{Dropout: 1, Alpha: -1}, []string{"rank is 0", "dropout is 1", "alpha is -1", "targets are []"}},
		{m, Config{Rank: 1, Targets: []string{"c_attn", "proj"}}, []string{`target "proj"`, "transformer.h.1.mlp.c_proj"}},
		{plain{m}, Config{Rank: 1, Targets: []string{"c_attn"}}, []string{"gpt2-L2-H2-C8-T8 has no linear layers"}},
		{adapted, Config{Rank: 1, Targets: []string{"c_attn"}}, []string{"transformer.h.1.attn.c_attn has an adapter"}},
	} {
		_, err := Attach(c.m, c.cfg, 1)
		for _, says := range c.says {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%+v: error %v, want one with %q", c.cfg, err, says)
			}
		}
	}
	for _, p := range m.Params() {
		if !p.Value.RequiresGrad() {
			t.Fatalf("%s is frozen though nothing was attached", p.Name)
		}
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	m, dir := open(t), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(says string) {
		t.Helper()
		if _, err := Open(dir, m); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
		if m.Linears()[0].Layer.LoRA != nil || !m.Params()[0].Value.RequiresGrad() {
			t.Errorf("%s: the model has changed", says)
		}
	}
	wants("adapter_config.json: no such file")
	for text, says := range map[string]string{
		`{"peft_type":"IA3"}`: `peft_type is "IA3"`,
		`[]`:                  "lora config",
		`{"peft_type":"LORA","target_modules":".*attn"}`:                               "want a list",
		`{"peft_type":"LORA","target_modules":["c_attn"],"bias":"all"}`:                `bias is "all"`,
		`{"peft_type":"LORA","target_modules":["c_attn"],"use_rslora":true}`:           "use_rslora is true",
		`{"peft_type":"LORA","target_modules":["c_attn"],"rank_pattern":{"x":1}}`:      "rank_pattern",
		`{"peft_type":"LORA","target_modules":["c_attn"],"r":0}`:                       "rank is 0",
		`{"peft_type":"LORA","target_modules":["c_attn"],"init_lora_weights":"olora"}`: "init_lora_weights",
	} {
		write(ConfigFile, text)
		wants(says)
	}
	write(ConfigFile, `{"peft_type":"LORA","target_modules":["c_attn"],"r":2}`)
	wants("adapter_model.safetensors: no such file")
	if err := nn.Save(filepath.Join(dir, WeightsFile), m.Norm); err != nil {
		t.Fatal(err)
	}
	wants("4 tensors are missing: base_model.model.transformer.h.0.attn.c_attn.lora_A.weight")
	wants("2 tensors are unexpected: bias, weight")
	write(ConfigFile, `{"peft_type":"LORA","target_modules":["q_proj"],"r":2}`)
	wants(`no layer's name ends in target "q_proj"`)
}
