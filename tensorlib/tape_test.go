package tensorlib

import (
	"math"
	"runtime"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

func TestBackwardAdds(t *testing.T) {
	w := New([]float64{1, 2, 3}).SetRequiresGrad(true)
	if w.Grad() != nil {
		t.Error("a new leaf has a gradient")
	}
	loss := w.Square().Sum()
	loss.Backward()
	loss.Backward()
	if got := w.Grad().Float32s(); got[2] != 12 {
		t.Errorf("two backwards give %v, want twice 2w", got)
	}
	w.ZeroGrad()
	if w.Grad() != nil {
		t.Error("ZeroGrad leaves a gradient")
	}
	w.Sum().Backward()
	if got := w.Grad().Float32s(); got[0] != 1 || got[2] != 1 {
		t.Errorf("after ZeroGrad the gradient is %v, want ones", got)
	}
}

func TestBackwardOfLeaf(t *testing.T) {
	w := Full(3).SetRequiresGrad(true)
	w.Backward()
	if got := w.Grad().Item(); got != 1 {
		t.Errorf("dw/dw = %v, want 1", got)
	}
}

// A value that is used along many paths gets one gradient, and its own history is visited once.
func TestDiamond(t *testing.T) {
	w := Full(0.5).SetRequiresGrad(true)
	x := w
	for range 20 { // 2^20 paths
		x = x.Add(x).Scale(0.5)
	}
	x.Backward()
	if got := w.Grad().Item(); got != 1 {
		t.Errorf("gradient through 20 diamonds is %v, want 1", got)
	}
}

// Gradients that several nodes share must not be written to by one of them.
func TestSharedGradient(t *testing.T) {
	a := New([]float64{1, 2}).SetRequiresGrad(true)
	b := New([]float64{3, 4}).SetRequiresGrad(true)
	x, y := a.Scale(1), b.Scale(1) // inner nodes that Add gives one block
	x.Add(y).Add(x).Add(x.Mul(y)).Sum().Backward()
	for i, want := range []float64{5, 6} { // 2 + y
		if got := a.Grad().At(i); got != want {
			t.Errorf("da[%d] = %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{2, 3} { // 1 + x
		if got := b.Grad().At(i); got != want {
			t.Errorf("db[%d] = %v, want %v", i, got, want)
		}
	}
}

// Add gives both operands one block; the older Square then adds to its operand's gradient, and not to the other's.
func TestSharedGradientIsCopiedBeforeAdding(t *testing.T) {
	a, b := New([]float64{1, 2}).SetRequiresGrad(true), Zeros(2).SetRequiresGrad(true)
	x, y := a.Scale(1), b.Scale(1)
	square := x.Square()
	x.Add(y).Mul(New([]float64{3, 5})).Sum().Add(square.Sum()).Backward()
	if got := a.Grad().Float32s(); got[0] != 3+2 || got[1] != 5+4 {
		t.Errorf("da = %v, want [5 9]", got)
	}
	if got := b.Grad().Float32s(); got[0] != 3 || got[1] != 5 {
		t.Errorf("db = %v, want [3 5]", got)
	}
}

// Sum gives its operand one number with strides of 0; what is added later must not be added to that one number.
func TestExpandedGradientIsCopiedBeforeAdding(t *testing.T) {
	a := New([]float64{1, 2, 3}).SetRequiresGrad(true)
	x := a.Scale(1)
	product := x.Mul(New([]float64{10, 20, 30}))
	sum := x.Sum().Scale(2) // the gradient of Sum has a block of its own
	product.Sum().Add(sum).Backward()
	if got := a.Grad().Float32s(); got[0] != 12 || got[1] != 22 || got[2] != 32 {
		t.Errorf("da = %v, want [12 22 32]", got)
	}
}

func TestDetachAndPartialGradients(t *testing.T) {
	a, b := Ones(3).SetRequiresGrad(true), Ones(3)
	a.Mul(b).Add(a.Square().Detach()).Sum().Backward()
	if got := a.Grad().At(0); got != 1 {
		t.Errorf("gradient is %v, want 1: Detach lets something through", got)
	}
	if b.Grad() != nil {
		t.Error("a tensor that did not ask for it has a gradient")
	}
}

func TestBackwardMistakes(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	mustFail(t, func() { w.Square().Backward() }, "Backward: wants one number: (3); Sum or Mean it first")
	mustFail(t, func() { Ones(1).Backward() }, "requires a gradient")
	mustFail(t, func() { w.Square().SetRequiresGrad(true) }, "result of Square")
	mustFail(t, func() { Arange(3).SetRequiresGrad(true) }, "int64, want float32")
}

// A gradient computed from values that are gone would be silently wrong.
func TestChangeInPlaceIsSeen(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	loss := w.Slice(0, 0, 2).Square().Sum()
	loss.Backward()
	w.CopyFrom(Zeros(3))
	mustFail(t, func() { loss.Backward() }, "result of Square was changed in place since")
	y := w.Exp()
	y.SetFloat32s([]float32{1, 2, 3})
	mustFail(t, func() { y.Sum().Backward(); y.Square().Sum().Backward() }, "result of Exp was changed in place since")
	loss = w.Square().Sum()
	loss.Backward()
	UpdateAdamW(w, Zeros(3), Zeros(3), nil, AdamWOptions{LR: 1, Eps: 1e-8, Step: 1})
	mustFail(t, func() { loss.Backward() }, "changed in place")
}

// Backward returns all memory it takes, also in a graph outside of any Scope.
func TestBackwardReturnsMemory(t *testing.T) {
	useDevice(t, cpu.New()) // on which the collector finds nothing of other tests
	w := Ones(64, 64).SetRequiresGrad(true)
	loss := w.MatMul(w).GELU().Softmax().Square().Sum()
	loss.Backward()
	before := Memory().InUse
	for range 3 {
		loss.Backward()
	}
	grown := Memory().InUse - before
	runtime.KeepAlive(loss)
	if grown != 0 {
		t.Errorf("three more backwards leave %d bytes in use, want 0", grown)
	}
}

func TestCheckFinite(t *testing.T) {
	defer CheckFinite(CheckFinite(true))
	x := New([]float64{1, 0, -1}).SetRequiresGrad(true)
	mustFail(t, func() { x.Scale(2).Log().Exp() }, "Log: the result holds NaN or infinities: (3)")
	mustFail(t, func() { New([]float64{0}).SetRequiresGrad(true).Sqrt().Sum().Backward() }, "Backward: the gradient that Sqrt gives a parameter")
	mustFail(t, func() { x.Abs().AddScalar(0).Sqrt().Sum().Backward() }, "the gradient of the result of AddScalar holds NaN")
	CheckFinite(false)
	if got := x.Log().At(0); got != 0 || !math.IsNaN(x.Log().At(2)) {
		t.Errorf("with the check off Log(1) = %v", got)
	}
}

func TestDropout(t *testing.T) {
	x := Ones(100, 100).SetRequiresGrad(true)
	key := Key{Seed: 1, Stream: 2}
	y := x.Dropout(0.3, key)
	y.Sum().Backward()
	if n := y.Ne(x.Grad()).Sum().Item(); n != 0 {
		t.Errorf("the gradient's mask differs from the result's in %v places", n)
	}
	if mean := y.Mean().Item(); math.Abs(mean-1) > 0.03 {
		t.Errorf("mean is %v, want about 1", mean)
	}
	if n := y.Ne(x.Dropout(0.3, key)).Sum().Item(); n != 0 {
		t.Errorf("one key gives two masks: %v places differ", n)
	}
	mustFail(t, func() { x.Dropout(1, key) }, "not in [0, 1)")
}
