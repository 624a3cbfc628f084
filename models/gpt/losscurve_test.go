package gpt

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/optim"
)

// lossCurve trains a small GPT on a sequence it can learn, and returns the loss before each of 50 steps.
func lossCurve() (losses []float64) {
	const B, T, V = 4, 16, 13
	m := New(Config{Vocab: V, Context: T, Layers: 2, Heads: 2, Embed: 32, Bias: true, Dropout: 0.1}, 42)
	opt := optim.NewAdamW(m.Params(), optim.AdamWConfig{Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1})
	r := tensorlib.NewRand(7)
	for step := range uint64(50) {
		ids := make([]int, B*(T+1))
		for b := range B {
			x, by := r.Intn(V), 1+r.Intn(3) // counts up from x by 1, 2 or 3
			for t := range T + 1 {
				ids[b*(T+1)+t] = (x + t*by) % V
			}
		}
		all := tensorlib.New(ids, B, T+1)
		tensorlib.Scope(func() {
			m.Train(1, step)
			loss := m.Loss(all.Slice(1, 0, T), all.Slice(1, 1, T+1))
			loss.Backward()
			opt.Clip(1)
			opt.Step(3e-3)
			opt.ZeroGrad()
			losses = append(losses, loss.Item())
		})
	}
	return losses
}

// goldenLosses is every fifth loss and the last, on AVX2. On the plain Go kernels, which sum in float64 and in another order, none is off
// by more than 3e-7; the tolerance is thirty times that. A wrong gradient, constant, mask or learning rate shows at 1e-3 and more.
var goldenLosses = map[int]float64{
	0: 2.5624287, 5: 2.4693127, 10: 2.3635683, 15: 2.2158456, 20: 2.0162716, 25: 1.7829318, 30: 1.5748253, 35: 1.5352018,
	40: 1.7259252, 45: 1.1708843, 49: 1.3126464,
}

// TestLossCurve: fifty steps with a fixed seed, dropout, clipping and weight decay give the losses they always gave.
func TestLossCurve(t *testing.T) {
	const tol = 1e-5
	losses := lossCurve()
	for step, want := range goldenLosses {
		if got := losses[step]; !(math.Abs(got-want) <= tol) {
			t.Errorf("the loss of step %d is %.7f, want %.7f within %v", step, got, want, tol)
		}
	}
}

// TestCurveIsTheSameOnAnyCores: whole training steps, dropout among them, have the same bits whatever GOMAXPROCS is.
func TestCurveIsTheSameOnAnyCores(t *testing.T) {
	want := lossCurve()
	for _, procs := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(procs)
		got := lossCurve()
		runtime.GOMAXPROCS(before)
		if !slices.Equal(got, want) {
			t.Errorf("with GOMAXPROCS %d the losses are %v, with %d %v", procs, got, before, want)
		}
	}
}
