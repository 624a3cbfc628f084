package optim

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

func leaf(name string, x []float64, shape ...int) nn.Param {
	return nn.Param{Name: name, Value: tensorlib.New(x, shape...).SetRequiresGrad(true)}
}

// The update as Loshchilov and Hutter write it, in float64, for a matrix that decays and a vector that does not.
func TestAdamW(t *testing.T) {
	cfg := AdamWConfig{Beta1: 0.9, Beta2: 0.95, WeightDecay: 0.2}
	params := []nn.Param{leaf("w", []float64{1, -2}, 1, 2), leaf("b", []float64{0.5, 3}, 2)}
	opt := NewAdamW(params, cfg)
	want := [][]float64{{1, -2}, {0.5, 3}}
	m, v := [2][2]float64{}, [2][2]float64{}
	for step := 1; step <= 5; step++ {
		lr := 0.1 / float64(step)
		opt.ZeroGrad()
		params[0].Value.Square().Sum().Add(params[1].Value.Exp().Sum()).Backward()
		opt.Step(lr)
		for i := range want {
			for j, x := range want[i] {
				g, decay := 2*x, cfg.WeightDecay
				if i == 1 {
					g, decay = math.Exp(x), 0
				}
				m[i][j] = cfg.Beta1*m[i][j] + (1-cfg.Beta1)*g
				v[i][j] = cfg.Beta2*v[i][j] + (1-cfg.Beta2)*g*g
				mh := m[i][j] / (1 - math.Pow(cfg.Beta1, float64(step)))
				vh := v[i][j] / (1 - math.Pow(cfg.Beta2, float64(step)))
				want[i][j] = x - lr*decay*x - lr*mh/(math.Sqrt(vh)+1e-8)
			}
		}
	}
	for i, p := range params {
		for j, w := range want[i] {
			if got := p.Value.Float32s()[j]; math.Abs(float64(got)-w) > 1e-5 {
				t.Errorf("after 5 steps %s[%d] = %v, want %v", p.Name, j, got, w)
			}
		}
	}
	if opt.Steps() != 5 {
		t.Errorf("Steps() = %d, want 5", opt.Steps())
	}
}

func TestParameterWithoutGradientStays(t *testing.T) {
	p := leaf("w", []float64{1, 2}, 2, 1)
	NewAdamW([]nn.Param{p}, AdamWConfig{Beta1: 0.9, Beta2: 0.99, WeightDecay: 1}).Step(0.5)
	if got := p.Value.Float32s(); got[0] != 1 || got[1] != 2 {
		t.Errorf("parameter became %v", got)
	}
}

// Both ways to clip give the same weights, and return the norm before clipping.
func TestClip(t *testing.T) {
	run := func(clip func(*AdamW, []nn.Param) float64) (float64, []float32) {
		params := []nn.Param{leaf("a", []float64{3}, 1), leaf("b", []float64{2, 0}, 2)}
		opt := NewAdamW(params, AdamWConfig{Beta1: 0.9, Beta2: 0.99})
		params[0].Value.Square().Scale(0.5).Sum().Add(params[1].Value.Square().Sum()).Backward() // gradients 3 and 4, 0
		norm := clip(opt, params)
		opt.Step(0.1)
		params[0].Value.ZeroGrad()
		params[1].Value.ZeroGrad()
		params[0].Value.Sum().Backward() // a second step shows the moments of the first, and that the scale is gone
		opt.Step(0.1)
		return norm, append(params[0].Value.Float32s(), opt.State()[0].Value.Float32s()...)
	}
	n1, w1 := run(func(o *AdamW, _ []nn.Param) float64 { return o.Clip(1).Item() })
	n2, w2 := run(func(_ *AdamW, ps []nn.Param) float64 { return ClipGradNorm(ps, 1) })
	n3, w3 := run(func(o *AdamW, _ []nn.Param) float64 { return o.Clip(0).Item() })
	if n1 != 5 || n2 != 5 || n3 != 5 {
		t.Errorf("norms are %v, %v and %v, want 5", n1, n2, n3)
	}
	for i := range w1 {
		if math.Abs(float64(w1[i]-w2[i])) > 1e-6 {
			t.Errorf("fused clipping gives %v, the other %v", w1, w2)
		}
	}
	if got, want := float64(w1[1]), 0.9*0.1*0.6+0.1; math.Abs(got-want) > 1e-6 {
		t.Errorf("moment is %v, want %v", got, want)
	}
	if got, want := float64(w3[1]), 0.9*0.1*3+0.1; math.Abs(got-want) > 1e-6 {
		t.Errorf("moment without clipping is %v, want %v", got, want)
	}
}

// A loss or a gradient that is not finite changes nothing, to the last bit, and the step does not count.
func TestSkippedStep(t *testing.T) {
	p := leaf("w", []float64{1, -2, 3}, 3)
	opt := NewAdamW([]nn.Param{p}, AdamWConfig{WeightDecay: 0.1})
	step := func(f func(w *tensorlib.Tensor) *tensorlib.Tensor) (numbers []float64) {
		tensorlib.Scope(func() {
			opt.ZeroGrad()
			loss := f(p.Value)
			loss.Backward()
			norm := opt.Clip(1, loss)
			opt.Step(0.1)
			numbers = tensorlib.Items(loss, norm)
		})
		return numbers
	}
	all := func() string {
		s := string(p.Value.Bytes())
		for _, m := range opt.State() {
			s += string(m.Value.Bytes())
		}
		return s
	}
	good := func(w *tensorlib.Tensor) *tensorlib.Tensor { return w.Square().Sum() }
	if got := step(good); got[0] != 14 || math.Abs(got[1]-math.Sqrt(56)) > 1e-6 || opt.FoundInf() {
		t.Errorf("loss and norm are %v, found %t", got, opt.FoundInf())
	}
	before := all()
	for name, bad := range map[string]func(w *tensorlib.Tensor) *tensorlib.Tensor{
		"loss": func(w *tensorlib.Tensor) *tensorlib.Tensor { // whose gradient is finite
			return w.Sum().Add(tensorlib.New(math.Inf(1)))
		},
		"gradient": func(w *tensorlib.Tensor) *tensorlib.Tensor { return w.Sub(w.Detach()).Sqrt().Sum() },
	} {
		step(bad)
		if !opt.FoundInf() || opt.Steps() != 1 || all() != before {
			t.Errorf("after a bad %s FoundInf is %t, Steps %d, weights and moments changed: %t", name, opt.FoundInf(), opt.Steps(), all() != before)
		}
		step(bad)
	}
	if step(good); opt.FoundInf() || opt.Steps() != 2 || all() == before {
		t.Errorf("after a good step FoundInf is %t, Steps %d", opt.FoundInf(), opt.Steps())
	}
}

// Parts of a step add up to the gradient of the whole, when each is divided by the targets of all.
func TestAccumulation(t *testing.T) {
	w := leaf("w", []float64{0.1, -0.2, 0.3, 0.5, 0.7, -1}, 2, 3).Value
	x := tensorlib.NewRand(1).Normal(6, 2)
	targets := tensorlib.New([]int{0, 2, tensorlib.IgnoreTarget, 1, 1, tensorlib.IgnoreTarget})
	tensorlib.CrossEntropy(x.MatMul(w), targets).Backward()
	want := w.Grad().Clone().Float32s()
	for _, cut := range []int{1, 2, 3} {
		w.ZeroGrad()
		for i := 0; i < 6; i += cut {
			part := tensorlib.CrossEntropySum(x.Slice(0, i, i+cut).MatMul(w), targets.Slice(0, i, i+cut))
			part.Scale(1.0 / 4).Backward()
		}
		for i, g := range w.Grad().Float32s() {
			if math.Abs(float64(g-want[i])) > 1e-6 {
				t.Errorf("parts of %d give the gradients %v, want %v", cut, w.Grad(), want)
				break
			}
		}
	}
}

// A zero field is Adam's default, and Exactly(0) is 0.
func TestDefaults(t *testing.T) {
	after := func(cfg AdamWConfig) []float32 {
		p := leaf("w", []float64{1, -2}, 2)
		opt := NewAdamW([]nn.Param{p}, cfg)
		for range 3 {
			opt.ZeroGrad()
			p.Value.Exp().Sum().Backward()
			opt.Step(0.1)
		}
		return append(p.Value.Float32s(), opt.State()[0].Value.Float32s()...)
	}
	if got, want := after(AdamWConfig{}), after(AdamWConfig{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}); !slices.Equal(got, want) {
		t.Errorf("with zero settings %v, with Adam's %v", got, want)
	}
	got := after(AdamWConfig{Beta1: Exactly(0), Beta2: Exactly(0.999), Eps: Exactly(1e-8)})
	if slices.Equal(got, after(AdamWConfig{})) || got[2] < 2 { // the last gradient alone, exp(1-0.2)
		t.Errorf("with a beta1 of exactly 0 weights and moments are %v", got)
	}
}

// Storing and restoring in the middle changes nothing, to the last bit.
func TestStateRestores(t *testing.T) {
	cfg := AdamWConfig{Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1}
	step := func(o *AdamW, p nn.Param) {
		o.ZeroGrad()
		p.Value.Square().Sum().Backward()
		o.Step(0.1)
	}
	p := leaf("w", []float64{1, -2, 3}, 3)
	opt := NewAdamW([]nn.Param{p}, cfg)
	step(opt, p)
	step(opt, p)
	saved := map[string]*tensorlib.Tensor{}
	for _, s := range opt.State() {
		saved[s.Name] = s.Value.Clone()
	}
	q := nn.Param{Name: "w", Value: p.Value.Detach().Clone().SetRequiresGrad(true)}
	resumed := NewAdamW([]nn.Param{q}, cfg)
	if err := resumed.Restore(opt.Steps(), func(name string) (*tensorlib.Tensor, error) { return saved[name], nil }); err != nil {
		t.Fatal(err)
	}
	step(opt, p)
	step(resumed, q)
	if n := p.Value.Ne(q.Value).Sum().Item(); n != 0 {
		t.Errorf("resumed weights are %v, want %v", q.Value, p.Value)
	}
	lost := errors.New("lost")
	if err := resumed.Restore(1, func(string) (*tensorlib.Tensor, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("error is %v, want the loader's", err)
	}
	err := resumed.Restore(1, func(string) (*tensorlib.Tensor, error) { return tensorlib.Zeros(2), nil })
	if err == nil || !strings.Contains(err.Error(), `"m.w": shape (2), the parameter's is (3)`) {
		t.Errorf("error is %v, want the shapes", err)
	}
}

// The values of nanoGPT's get_lr for its CPU recipe, at steps that tell the branches apart.
func TestCosine(t *testing.T) {
	c := Cosine{LR: 1e-3, MinLR: 1e-4, Warmup: 100, Decay: 2000}
	for step, want := range map[int]float64{
		0: 1e-3 / 101, 99: 1e-3 * 100 / 101, 100: 1e-3, 1050: 5.5e-4, 2000: 1e-4, 2001: 1e-4, 9999: 1e-4,
		575: 1e-4 + 0.5*(1+math.Sqrt2/2)*9e-4,
	} {
		if got := c.At(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("At(%d) = %v, want %v", step, got, want)
		}
	}
	if got := (Cosine{LR: 1, MinLR: 0.5}).At(0); got != 1 {
		t.Errorf("a schedule without length starts at %v, want its peak", got)
	}
}
