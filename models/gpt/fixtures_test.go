package gpt

import (
	"math"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/optim"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// The fixtures were written by testdata/make_fixtures.py; their metadata names the version of PyTorch.

// fixture opens a fixture and returns a function that reads its tensors.
func fixture(t *testing.T, name string) func(string) *tensorlib.Tensor {
	t.Helper()
	f, err := safetensors.Open("testdata/" + name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if f.Meta()["torch"] == "" {
		t.Fatalf("%s does not say which PyTorch made it", name)
	}
	return func(name string) *tensorlib.Tensor {
		t.Helper()
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func closeTo(t *testing.T, what string, got, want *tensorlib.Tensor, tol float64) {
	t.Helper()
	if got == nil || !got.Shape().Equal(want.Shape()) {
		t.Errorf("%s: got %v, want shape %v", what, got, want.Shape())
		return
	}
	scale := max(want.Abs().Max().Item(), 1e-3)
	worst := got.Sub(want).Abs().Max().Item()
	if !(worst <= tol*scale) {
		t.Errorf("%s is off by %.3g, allowed %.3g of %.3g\n got %v\nwant %v", what, worst, tol, scale, got, want)
	}
}

func TestLikePyTorch(t *testing.T) {
	for _, c := range []struct {
		name string
		bias bool
	}{{"gpt_bias", true}, {"gpt_nobias", false}} {
		t.Run(c.name, func(t *testing.T) {
			want := fixture(t, c.name)
			m := New(Config{Vocab: 11, Context: 8, Layers: 2, Heads: 2, Embed: 16, Bias: c.bias}, 0)
			for _, p := range m.Params() {
				p.Value.CopyFrom(want("param." + p.Name))
			}
			idx, targets := want("idx"), want("targets")
			closeTo(t, "logits", m.Forward(lm.Batch{Tokens: idx}), want("logits"), 1e-5)
			loss := m.Loss(idx, targets)
			closeTo(t, "loss", loss, want("loss"), 1e-6)
			loss.Backward()
			for _, p := range m.Params() {
				closeTo(t, "gradient of "+p.Name, p.Value.Grad(), want("grad."+p.Name), 1e-4)
			}
			trainThreeSteps(t, m, idx, targets, want)
		})
	}
}

// trainThreeSteps repeats the script's steps, clipping as it does, and compares the weights.
func trainThreeSteps(t *testing.T, m *Model, idx, targets *tensorlib.Tensor, want func(string) *tensorlib.Tensor) {
	opt := optim.NewAdamW(m.Params(), optim.AdamWConfig{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1})
	for step, name := range []string{"norm0", "norm1", "norm2"} {
		tensorlib.Scope(func() {
			opt.ZeroGrad()
			m.Loss(idx, targets).Backward()
			norm := opt.Clip(0.5).Item()
			if w := want(name).Item(); math.Abs(norm-w) > 1e-4*w {
				t.Errorf("step %d: gradient norm %v, want %v", step, norm, w)
			}
			opt.Step(1e-2)
		})
	}
	for _, p := range m.Params() {
		got, after := p.Value, want("after."+p.Name)
		if strings.HasSuffix(p.Name, "c_attn.bias") {
			// Adding one vector to all keys shifts every score of a query alike: the true gradient of the keys' bias is 0, and
			// Adam divides its rounding noise by itself. Queries and values are compared.
			got, after = withoutKeys(got), withoutKeys(after)
		}
		closeTo(t, p.Name+" after three steps", got, after, 1e-4)
	}
}

func withoutKeys(bias *tensorlib.Tensor) *tensorlib.Tensor {
	parts := bias.Split(0, 3)
	return tensorlib.Concat(0, parts[0], parts[2])
}

func TestLayersLikePyTorch(t *testing.T) {
	want := fixture(t, "layers")
	type tensors = []*tensorlib.Tensor
	for name, f := range map[string]func(x tensors) *tensorlib.Tensor{
		"layernorm":        func(x tensors) *tensorlib.Tensor { return tensorlib.LayerNorm(x[0], x[1], x[2], 1e-5) },
		"gelu":             func(x tensors) *tensorlib.Tensor { return x[0].GELU() },
		"gelu_new":         func(x tensors) *tensorlib.Tensor { return x[0].GELUTanh() },
		"attention":        func(x tensors) *tensorlib.Tensor { return tensorlib.Attention(x[0], x[1], x[2], true) },
		"attention_cached": func(x tensors) *tensorlib.Tensor { return tensorlib.Attention(x[0], x[1], x[2], true) },
		"crossentropy": func(x tensors) *tensorlib.Tensor {
			return tensorlib.CrossEntropy(x[0], want("crossentropy.targets"))
		},
	} {
		n := 1
		if strings.HasPrefix(name, "attention") || name == "layernorm" {
			n = 3
		}
		var in tensors
		for i := range n {
			in = append(in, want(name+".x"+string(rune('0'+i))).SetRequiresGrad(true))
		}
		y := f(in)
		closeTo(t, name, y, want(name+".y"), 1e-5)
		y.Mul(want(name + ".dy")).Sum().Backward()
		for i, x := range in {
			closeTo(t, name+" gradient "+string(rune('0'+i)), x.Grad(), want(name+".dx"+string(rune('0'+i))), 1e-4)
		}
	}
}

// A cache must give exactly what the whole sequence gives, whatever pieces it is fed in.
func TestCacheEqualsForward(t *testing.T) {
	m := New(Config{Vocab: 17, Context: 33, Layers: 2, Heads: 2, Embed: 24, Bias: true}, 3)
	r := tensorlib.NewRand(5)
	ids := make([]int, 2*33)
	for i := range ids {
		ids[i] = r.Intn(17)
	}
	idx := tensorlib.New(ids, 2, 33)
	whole := m.Forward(lm.Batch{Tokens: idx}) // (B, T, V)
	for _, pieces := range [][]int{{33}, {1, 1, 1, 1, 1, 28}, {20, 1, 5, 7}, slicesOf(33)} {
		cache, at := m.NewCache(2), 0
		for _, n := range pieces {
			got := m.Next(idx.Slice(1, at, at+n), nil, cache)
			at += n
			want := whole.Select(1, at-1)
			if got.Ne(want).Sum().Item() != 0 {
				t.Fatalf("pieces %v: logits after %d tokens are off by %v", pieces, at, got.Sub(want).Abs().Max())
			}
		}
	}
	err := tensorlib.Try(func() {
		cache := m.NewCache(2)
		m.Next(idx, nil, cache)
		m.Next(idx.Slice(1, 0, 1), nil, cache)
	})
	if err == nil || !strings.Contains(err.Error(), "context of 33") {
		t.Errorf("Next past the context: %v", err)
	}
}

func slicesOf(n int) []int {
	ones := make([]int, n)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

var _ lm.LM = (*Model)(nil)
