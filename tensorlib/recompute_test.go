package tensorlib

import (
	"runtime"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// tower is a small network of residual blocks with dropout. Each block uses the skip connection, though it is no argument of it.
type tower struct{ weights []*Tensor }

func newTower(depth int) *tower {
	t, r := new(tower), NewRand(7)
	for range 2 * depth {
		t.weights = append(t.weights, r.Normal(32, 32).Scale(0.1).SetRequiresGrad(true))
	}
	return t
}

// direct runs a block as Recompute does, but once.
func direct(f func(xs ...*Tensor) *Tensor, xs ...*Tensor) *Tensor { return f(xs...) }

func (t *tower) loss(x *Tensor, run func(func(...*Tensor) *Tensor, ...*Tensor) *Tensor) *Tensor {
	skip := x.Sin()
	for i := 0; i < len(t.weights); i += 2 {
		x = run(func(xs ...*Tensor) *Tensor {
			h := xs[0].MatMul(t.weights[i]).GELU().Dropout(0.2, Key{Seed: 3, Stream: uint64(i)})
			return xs[0].Add(h.MatMul(t.weights[i+1])).Add(skip.Mul(h))
		}, x)
	}
	return x.Square().Mean()
}

// step is the bytes of the loss and of all gradients.
func (t *tower) step(x *Tensor, run func(func(...*Tensor) *Tensor, ...*Tensor) *Tensor) (all []string) {
	leaves := append([]*Tensor{x}, t.weights...)
	Scope(func() {
		for _, leaf := range leaves {
			leaf.ZeroGrad()
		}
		loss := t.loss(x, run)
		loss.Backward()
		all = append(all, string(loss.Bytes()))
		for _, leaf := range leaves {
			if leaf.RequiresGrad() {
				all = append(all, string(leaf.Grad().Bytes()))
			}
		}
	})
	return all
}

// inHalves recomputes in halves what is recomputed as a whole, too.
func inHalves(f func(xs ...*Tensor) *Tensor, xs ...*Tensor) *Tensor {
	return Recompute(func(xs ...*Tensor) *Tensor {
		return Recompute(func(xs ...*Tensor) *Tensor { return xs[0].Reshape(16, 32) }, Recompute(f, xs...))
	}, xs...)
}

func TestRecomputeSameBits(t *testing.T) {
	net := newTower(4)
	for _, leaf := range []bool{true, false} { // of false the parameters alone want gradients
		x := NewRand(8).Normal(16, 32).SetRequiresGrad(leaf)
		want := net.step(x, direct)
		for name, run := range map[string]func(func(...*Tensor) *Tensor, ...*Tensor) *Tensor{"Recompute": Recompute, "in halves": inHalves} {
			got := net.step(x, run)
			if len(got) != len(want) {
				t.Fatalf("%s: %d results, want %d", name, len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s, input wants gradients: %t: result %d of loss and gradients differs", name, leaf, i)
				}
			}
		}
	}
}

// Blocks that are recomputed hold less memory at a time, and give back all of it.
func TestRecomputeMemory(t *testing.T) {
	peaks := map[string]backend.MemoryStats{}
	for name, run := range map[string]func(func(...*Tensor) *Tensor, ...*Tensor) *Tensor{"direct": direct, "again": Recompute} {
		useDevice(t, cpu.New())
		net, x := newTower(16), NewRand(8).Normal(256, 32)
		net.step(x, run)
		before := Memory().InUse
		net.step(x, run)
		peaks[name] = Memory()
		if grown := peaks[name].InUse - before; grown > 0 { // less when the collector has come by
			t.Errorf("%s: a step leaves %d bytes in use", name, grown)
		}
		runtime.KeepAlive(net)
	}
	if a, d := peaks["again"].Peak, peaks["direct"].Peak; a > d/2 {
		t.Errorf("recomputed: at most %d bytes in use, want less than half of %d", a, d)
	}
}

func TestRecomputeResults(t *testing.T) {
	w := New([]float64{1, 2, 3}).SetRequiresGrad(true)
	self := func(xs ...*Tensor) *Tensor { return xs[0] }
	Recompute(self, w).Sum().Backward()
	if got := w.Grad().Sum().Item(); got != 3 {
		t.Errorf("through a function that returns its leaf the gradient sums to %v, want 3", got)
	}
	y := w.Square()
	Recompute(self, y).Add(y).Sum().Backward()
	if got := w.Grad().At(2); got != 1+12 {
		t.Errorf("through a function that returns its argument the gradient is %v, want 13", got)
	}
	if Recompute(func(...*Tensor) *Tensor { return Ones(2) }).RequiresGrad() {
		t.Error("a function of no leaves gives a tensor that wants gradients")
	}
	NoGrad(func() {
		if Recompute(square, w).RequiresGrad() {
			t.Error("inside NoGrad Recompute records")
		}
	})
	loss := Recompute(square, w).Sum()
	NoGrad(loss.Backward)
	if got := w.Grad().At(2); got != 13+6 {
		t.Errorf("Backward inside NoGrad adds up to %v, want 19", got)
	}
	if n := inside.Load(); n != 0 {
		t.Errorf("%d goroutines are counted as inside something, want 0", n)
	}
}

func square(xs ...*Tensor) *Tensor { return xs[0].Square() }

func TestRecomputeMistakes(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	mustFail(t, func() { Recompute(func(...*Tensor) *Tensor { return nil }, w) }, "Recompute: operand is nil")
	times := 0
	y := Recompute(func(...*Tensor) *Tensor { times++; return w.Slice(0, 0, times).Exp() })
	mustFail(t, func() { y.Sum().Backward() }, "another shape the second time")
	y = Recompute(func(...*Tensor) *Tensor { return w.Exp() })
	w.SetFloat32s([]float32{1, 2, 3})
	mustFail(t, func() { y.Sum().Backward() }, "an operand or the result of Recompute was changed in place")
	func() {
		defer func() {
			if p := recover(); p != "stop" {
				t.Errorf("recovered %v, want what f panicked with", p)
			}
		}()
		Scope(func() { Recompute(func(...*Tensor) *Tensor { w.Exp(); panic("stop") }) })
	}()
	w.ZeroGrad()
	Recompute(func(...*Tensor) *Tensor { return w.Square() }).Sum().Backward()
	if got := w.Grad().At(2); got != 6 {
		t.Errorf("after mistakes the gradient is %v, want 6", got)
	}
}
