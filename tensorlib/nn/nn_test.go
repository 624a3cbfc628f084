package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
)

func newAttention(C, heads int, r *tensorlib.Rand) *SelfAttention {
	return &SelfAttention{QKV: NewLinear(C, 3*C, true, 0.3, r), Proj: NewLinear(C, C, true, 0.3, r), Heads: heads}
}

func TestParams(t *testing.T) {
	r := tensorlib.NewRand(1)
	a := newAttention(4, 2, r)
	var names []string
	for _, p := range Named("attn", a) {
		if !p.Value.RequiresGrad() {
			t.Errorf("%s collects no gradient", p.Name)
		}
		names = append(names, p.Name)
	}
	if want := []string{"attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight", "attn.c_proj.bias"}; !slices.Equal(names, want) {
		t.Errorf("names are %v, want %v", names, want)
	}
	if got := NumParams(a); got != 4*12+12+4*4+4 {
		t.Errorf("NumParams = %d, want %d", got, 4*12+12+4*4+4)
	}
	if got := len(NewLinear(3, 2, false, 1, r).Params()); got != 1 {
		t.Errorf("a linear layer without bias has %d parameters", got)
	}
}

// The path that stores the attention weights, for dropout, must agree with the fused one when nothing is dropped.
func TestAttentionPathsAgree(t *testing.T) {
	r := tensorlib.NewRand(2)
	a := newAttention(12, 3, r)
	x := r.Normal(2, 7, 12)
	fused := a.Forward(x, nil, nil)
	qkv := a.QKV.Forward(x)
	stored := a.Proj.Forward(a.withDropout(qkv, nil, &Pass{}))
	if d := fused.Sub(stored).Abs().Max().Item(); d > 1e-5 {
		t.Errorf("the two paths differ by %v", d)
	}
	a.Dropout = 0.5
	if d := fused.Sub(a.Forward(x, nil, &Pass{Seed: 1})).Abs().Max().Item(); d < 1e-3 {
		t.Error("dropout changes nothing")
	}
}

func TestPassCountsSites(t *testing.T) {
	x := tensorlib.Ones(1000)
	p := &Pass{Seed: 3, Step: 4}
	a, b := p.Dropout(x, 0.5), p.Dropout(x, 0.5)
	if a.Ne(b).Sum().Item() == 0 {
		t.Error("two places of one pass have the same mask")
	}
	if again := (&Pass{Seed: 3, Step: 4}).Dropout(x, 0.5); again.Ne(a).Sum().Item() != 0 {
		t.Error("the same place of the same pass has another mask")
	}
	if other := (&Pass{Seed: 3, Step: 5}).Dropout(x, 0.5); other.Ne(a).Sum().Item() == 0 {
		t.Error("two steps have the same mask")
	}
	if (*Pass)(nil).Dropout(x, 0.5) != x {
		t.Error("dropout without a pass changes something")
	}
}

func TestMLP(t *testing.T) {
	r := tensorlib.NewRand(5)
	m := &MLP{Up: NewLinear(3, 12, true, 1, r), Down: NewLinear(12, 3, false, 1, r)}
	x := r.Normal(2, 3)
	exact := m.Forward(x, nil)
	m.Tanh = true
	if d := exact.Sub(m.Forward(x, nil)).Abs().Max().Item(); d == 0 || d > 0.01 {
		t.Errorf("exact and approximate GELU differ by %v, want a little", d)
	}
	h := x.MatMul(m.Up.Weight).Add(m.Up.Bias).Float32s()
	for i, v := range h {
		h[i] = float32(float64(v) * (1 + math.Erf(float64(v)/math.Sqrt2)) / 2)
	}
	if d := tensorlib.New(h, 2, 12).MatMul(m.Down.Weight).Sub(exact).Abs().Max().Item(); d > 1e-5 {
		t.Errorf("MLP is off by %v", d)
	}
}

func TestEmbeddingAndNorm(t *testing.T) {
	r := tensorlib.NewRand(6)
	e, n := NewEmbedding(5, 8, 1, r), NewLayerNorm(8, true)
	y := n.Forward(e.Forward(tensorlib.New([]int{4, 0, 4}))) // (3, 8)
	if y.Slice(0, 0, 1).Ne(y.Slice(0, 2, 3)).Sum().Item() != 0 {
		t.Error("one token has two vectors")
	}
	if m, v := y.Mean(1).Abs().Max().Item(), y.Var(1).AddScalar(-1).Abs().Max().Item(); m > 1e-6 || v > 1e-3 {
		t.Errorf("a normalised row has mean %v and variance off by %v", m, v)
	}
}
