package gpt

import (
	"encoding/json"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/optim"
)

// charGPT is nanoGPT's recipe for a CPU.
var charGPT = Config{Vocab: 65, Context: 64, Layers: 4, Heads: 4, Embed: 128}

func TestNumParams(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want int
	}{
		{charGPT, 804096},
		{Config{Vocab: 50257, Context: 1024, Layers: 1, Heads: 12, Embed: 768, Bias: true}, 124439808 - 11*7087872}, // GPT-2's 124M, less 11 of its 12 blocks
	} {
		if got := nn.NumParams(New(c.cfg, 1)); got != c.want {
			t.Errorf("%+v has %d parameters, want %d", c.cfg, got, c.want)
		}
	}
}

func TestParamNamesAndLayouts(t *testing.T) {
	m := New(Config{Vocab: 11, Context: 8, Layers: 1, Heads: 2, Embed: 4, Bias: true}, 1)
	var got []string
	for _, p := range m.Params() {
		got = append(got, p.Name+p.Value.Shape().String())
	}
	want := []string{
		"transformer.wte.weight(11, 4)", "transformer.wpe.weight(8, 4)",
		"transformer.h.0.ln_1.weight(4)", "transformer.h.0.ln_1.bias(4)",
		"transformer.h.0.attn.c_attn.weight(4, 12)", "transformer.h.0.attn.c_attn.bias(12)",
		"transformer.h.0.attn.c_proj.weight(4, 4)", "transformer.h.0.attn.c_proj.bias(4)",
		"transformer.h.0.ln_2.weight(4)", "transformer.h.0.ln_2.bias(4)",
		"transformer.h.0.mlp.c_fc.weight(4, 16)", "transformer.h.0.mlp.c_fc.bias(16)",
		"transformer.h.0.mlp.c_proj.weight(16, 4)", "transformer.h.0.mlp.c_proj.bias(4)",
		"transformer.ln_f.weight(4)", "transformer.ln_f.bias(4)",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parameters are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Exported without biases and loaded into a model with biases, the weights compute the same.
func TestExportHF(t *testing.T) {
	cfg := Config{Vocab: 11, Context: 8, Layers: 2, Heads: 2, Embed: 4}
	m := New(cfg, 1)
	exported := map[string]*tensorlib.Tensor{}
	for _, p := range m.ExportHF() {
		exported[p.Name] = p.Value
	}
	cfg.Bias = true
	hf := New(cfg, 2)
	if len(exported) != len(hf.Params()) {
		t.Errorf("%d tensors exported, want %d", len(exported), len(hf.Params()))
	}
	for _, p := range hf.Params() {
		if exported[p.Name] == nil {
			t.Fatalf("no %q was exported", p.Name)
		}
		p.Value.CopyFrom(exported[p.Name])
	}
	idx := tensorlib.New([]int{1, 2, 3, 10}, 1, 4)
	if d := m.Forward(lm.Batch{Tokens: idx}).Sub(hf.Forward(lm.Batch{Tokens: idx})).Abs().Max().Item(); d > 1e-6 {
		t.Errorf("logits differ by %v", d)
	}
}

func TestModelString(t *testing.T) {
	want := "GPT of 0.80 million parameters: 4 layers, 4 heads, width 128, context 64, vocabulary 65"
	if got := New(charGPT, 1).String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInit(t *testing.T) {
	m := New(charGPT, 7)
	for _, p := range m.Params() {
		want := 0.02 * math.Sqrt(6) // width 128
		switch {
		case strings.HasSuffix(p.Name, "c_proj.weight"):
			want /= math.Sqrt(8)
		case strings.HasSuffix(p.Name, "wte.weight"), strings.HasSuffix(p.Name, "wpe.weight"):
			want = 0.02
		case p.Value.Rank() == 1:
			continue
		}
		if std := math.Sqrt(p.Value.Var().Item()); math.Abs(std/want-1) > 0.03 {
			t.Errorf("%s has deviation %v, want %v", p.Name, std, want)
		}
	}
	again, other := New(charGPT, 7), New(charGPT, 8)
	for i, p := range m.Params() {
		if p.Value.Rank() > 1 {
			if n := p.Value.Ne(again.Params()[i].Value).Sum().Item(); n != 0 {
				t.Errorf("%s differs in %v places between two models of one seed", p.Name, n)
			}
			if p.Value.Ne(other.Params()[i].Value).Sum().Item() == 0 {
				t.Errorf("%s is the same for two seeds", p.Name)
			}
		}
	}
}

func TestConfigJSON(t *testing.T) {
	want := Config{Vocab: 11, Context: 8, Layers: 2, Heads: 2, Embed: 4, Dropout: 0.25, Activation: GELUNew}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Errorf("%s is read as %+v, %v; want %+v", data, got, err, want)
	}
	// What Hugging Face publishes as gpt2, in short.
	const hf = `{"model_type":"gpt2","activation_function":"gelu_new","attn_pdrop":0.1,"embd_pdrop":0.1,"resid_pdrop":0.1,
		"layer_norm_epsilon":1e-05,"n_ctx":1024,"n_embd":768,"n_head":12,"n_layer":12,"n_positions":1024,"vocab_size":50257}`
	want = Config{Vocab: 50257, Context: 1024, Layers: 12, Heads: 12, Embed: 768, Dropout: 0.1, Bias: true, Activation: GELUNew}
	if err := json.Unmarshal([]byte(hf), &got); err != nil || got != want {
		t.Errorf("Hugging Face's config is read as %+v, %v; want %+v", got, err, want)
	}
	for bad, says := range map[string]string{
		`{"model_type":"llama"}`:                            "model_type",
		`{"n_head":7}`:                                      "does not divide",
		`{"n_head":0,"n_layer":-1}`:                         "layers is -1",
		`{"activation_function":"relu"}`:                    "relu",
		`{"tie_word_embeddings":false}`:                     "tie_word_embeddings",
		`{"n_inner":7}`:                                     "n_inner is 7",
		`{"scale_attn_weights":false}`:                      "scale_attn_weights",
		`{"scale_attn_by_inverse_layer_idx":true}`:          "scale_attn_by_inverse_layer_idx",
		`{"add_cross_attention":true}`:                      "add_cross_attention",
		`{"n_embd":"big"}`:                                  "gpt config",
		`{"attn_pdrop":0,"embd_pdrop":0,"resid_pdrop":0.5}`: "differ",
	} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one with %q", bad, err, says)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	m := New(Config{Vocab: 11, Context: 8, Layers: 1, Heads: 2, Embed: 4}, 1)
	for says, f := range map[string]func(){
		"context of 8":                   func() { m.Forward(lm.Batch{Tokens: tensorlib.New(make([]int, 9), 1, 9)}) },
		"not (batch, time)":              func() { m.Forward(lm.Batch{Tokens: tensorlib.New(make([]int, 9))}) },
		"is not in [0, 11)":              func() { m.Forward(lm.Batch{Tokens: tensorlib.New([]int{1, 11}, 1, 2)}) },
		"does not divide":                func() { New(Config{Vocab: 1, Context: 1, Layers: 1, Heads: 3, Embed: 4}, 1) },
		"cache has 2 rows, the tokens 1": func() { m.Next(tensorlib.New([]int{1}, 1, 1), nil, m.NewCache(2)) },
	} {
		if err := tensorlib.Try(f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, want one with %q", err, says)
		}
	}
}

func TestDropoutDependsOnStepOnly(t *testing.T) {
	cfg := Config{Vocab: 11, Context: 8, Layers: 2, Heads: 2, Embed: 16, Dropout: 0.3, Bias: true}
	m := New(cfg, 1)
	idx := tensorlib.New([]int{1, 2, 3, 4, 5, 6, 7, 8}, 1, 8)
	eval := m.Forward(lm.Batch{Tokens: idx}).Float32s()
	at := func(step uint64) []float32 { m.Train(9, step); return m.Forward(lm.Batch{Tokens: idx}).Float32s() }
	three := at(3)
	if !reflect.DeepEqual(three, at(3)) {
		t.Error("two passes of one step differ")
	}
	if reflect.DeepEqual(three, at(4)) || reflect.DeepEqual(three, eval) {
		t.Error("dropout does not change with the step, or is off")
	}
	m.Eval()
	if !reflect.DeepEqual(eval, m.Forward(lm.Batch{Tokens: idx}).Float32s()) {
		t.Error("Eval leaves dropout on")
	}
}

// trainer is a char-gpt with one fixed batch.
type trainer struct {
	m            *Model
	opt          *optim.AdamW
	idx, targets *tensorlib.Tensor
}

func newTrainer(B int) *trainer {
	m := New(charGPT, 1)
	r := tensorlib.NewRand(2)
	ids := make([]int32, B*65)
	for i := range ids {
		ids[i] = int32(r.Intn(65))
	}
	all := tensorlib.New(ids, B, 65)
	return &trainer{
		m: m, opt: optim.NewAdamW(m.Params(), optim.AdamWConfig{Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1}),
		idx: all.Slice(1, 0, 64).Contiguous(), targets: all.Slice(1, 1, 65).Contiguous(),
	}
}

func (tr *trainer) step() (loss float64) {
	tensorlib.Scope(func() {
		tr.opt.ZeroGrad()
		l := tr.m.Loss(tr.idx, tr.targets)
		l.Backward()
		tr.opt.Clip(1)
		tr.opt.Step(1e-3)
		loss = l.Item()
	})
	return loss
}

func TestTrainingLearnsAndRepeats(t *testing.T) {
	run := func() (losses []float64) {
		tr := newTrainer(2)
		for range 12 {
			losses = append(losses, tr.step())
		}
		return losses
	}
	first := run()
	if d := math.Abs(first[0] - math.Log(65)); d > 0.1 {
		t.Errorf("the loss starts at %v, want about log 65 = %v", first[0], math.Log(65))
	}
	if first[11] > first[0]-0.3 {
		t.Errorf("losses are %v: twelve steps on one batch should take off 0.3", first)
	}
	if again := run(); !reflect.DeepEqual(first, again) {
		t.Errorf("a second run has losses %v, the first %v", again, first)
	}
}

// A step after warm-up allocates less than 64 KiB of Go heap, and nothing from the system for the device.
func TestStepAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too")
	}
	tr := newTrainer(12)
	for range 3 {
		tr.step()
	}
	const steps = 10
	pool := tensorlib.Memory().Allocs
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range steps {
		tr.step()
	}
	runtime.ReadMemStats(&after)
	perStep := (after.TotalAlloc - before.TotalAlloc) / steps
	t.Logf("%d bytes in %d allocations a step", perStep, (after.Mallocs-before.Mallocs)/steps)
	if perStep > 64<<10 {
		t.Errorf("a step allocates %d bytes, want less than %d", perStep, 64<<10)
	}
	if grown := tensorlib.Memory().Allocs - pool; grown != 0 {
		t.Errorf("%d steps took %d buffers from the system, want 0", steps, grown)
	}
}

func BenchmarkCharGPTStep(b *testing.B) {
	tr := newTrainer(12)
	tr.step()
	b.ReportAllocs()
	for b.Loop() {
		tr.step()
	}
}

func BenchmarkCharGPTForward(b *testing.B) {
	tr := newTrainer(12)
	for b.Loop() {
		tensorlib.NoGrad(func() { tensorlib.Scope(func() { tr.m.Loss(tr.idx, tr.targets) }) })
	}
}

// Sixteen rows, of one length and of many.
func BenchmarkCharGPTNextRows(b *testing.B) {
	m, ids := New(charGPT, 1), make([]int32, 16)
	for name, step := range map[string]int{"even": 0, "ragged": 1} {
		b.Run(name, func(b *testing.B) {
			cache := m.NewCache(16)
			lengths := make([]int, 16)
			for i := range lengths {
				lengths[i] = 32 + step*(i-8)
			}
			m.Next(tensorlib.Zeros(16, 40).To(tensorlib.Int32), lengths, cache)
			for b.Loop() {
				tensorlib.Scope(func() { m.Next(tensorlib.New(ids, 16, 1), nil, cache) })
				for i, n := range lengths {
					cache.Truncate(i, n)
				}
			}
		})
	}
}

func BenchmarkCharGPTNext(b *testing.B) {
	tr := newTrainer(12)
	cache := tr.m.NewCache(1)
	one := tr.idx.Slice(0, 0, 1).Slice(1, 0, 1).Contiguous()
	for b.Loop() {
		if cache.Lens()[0] == charGPT.Context {
			cache.Truncate(0, 0)
		}
		tensorlib.Scope(func() { tr.m.Next(one, nil, cache) })
	}
}
