package tensorlib

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// mustFail runs f and wants an OpError that says all of these.
func mustFail(t *testing.T, f func(), says ...string) {
	t.Helper()
	err := Try(f)
	var op *OpError
	if !errors.As(err, &op) {
		t.Errorf("got %v, want an OpError with %q", err, says)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error is %q, want it to say %q", err, s)
		}
	}
}

func TestStepReleases(t *testing.T) {
	var made, view, saved, leaf *Tensor
	before := Memory().InUse
	Scope(func() {
		made = Ones(1000)
		view = made.Slice(0, 1, 3)
		saved = made.Scale(2).Keep()
		leaf = Ones(3).SetRequiresGrad(true)
		leaf.Square().Sum().Backward()
	})
	mustFail(t, func() { made.Add(made) }, "Add: tensor was released at the end of its Scope: (1000); Keep it")
	mustFail(t, func() { view.Item() }, "Item: tensor was released")
	mustFail(t, func() { view.Float32s() }, "released")
	if s := view.String(); !strings.Contains(s, "released") {
		t.Errorf("a released tensor prints as %s", s)
	}
	if got := saved.At(999); got != 2 {
		t.Errorf("kept tensor holds %v, want 2", got)
	}
	if got := leaf.Grad().At(2); got != 2 {
		t.Errorf("gradient of a leaf made in the step is %v, want 2", got)
	}
	if grown := Memory().InUse - before; grown > 8192 { // saved, leaf and its gradient stay
		t.Errorf("the step left %d bytes in use, want little more than 4000", grown)
	}
}

// Nodes are used again from step to step, with few inputs and with many.
func TestNodesAreUsedAgain(t *testing.T) {
	parts := make([]*Tensor, 9)
	for i := range parts {
		parts[i] = Full(float64(i), 2).SetRequiresGrad(true)
	}
	for step := range 6 {
		n := []int{9, 2, 9, 5, 1, 9}[step]
		Scope(func() {
			for _, p := range parts {
				p.ZeroGrad()
			}
			y := Concat(0, parts[:n]...).Square()
			Concat(0, y, y, y).Sum().Backward()
			for i, p := range parts[:n] {
				if got := p.Grad().At(1); got != float64(6*i) {
					t.Errorf("step %d: gradient of part %d of %d is %v, want %d", step, i, n, got, 6*i)
				}
			}
		})
	}
}

func TestStepsNest(t *testing.T) {
	Scope(func() {
		outer := Ones(3)
		var inner *Tensor
		Scope(func() { inner = outer.Scale(2) })
		mustFail(t, func() { inner.Neg() }, "released")
		if got := outer.Sum().Item(); got != 3 {
			t.Errorf("the inner step changed the outer one's tensor: sum %v", got)
		}
	})
	if local() != nil {
		t.Error("the goroutine is still inside something after its last Scope")
	}
}

func TestStepReleasesOnPanic(t *testing.T) {
	var x *Tensor
	mustFail(t, func() {
		Scope(func() {
			x = Ones(2, 3)
			x.MatMul(x)
		})
	}, "tensorlib: MatMul: inner dimensions differ: (2, 3) x (2, 3)")
	mustFail(t, func() { x.Neg() }, "released")
	if local() != nil {
		t.Error("the goroutine is still inside something after a panic in Scope")
	}
}

// A kept tensor outlives the nodes of its step: going back through it must say so, not lose the gradient silently.
func TestHistoryEndsWithStep(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	var y *Tensor
	Scope(func() { y = w.Square().Keep() })
	mustFail(t, func() { y.Sum().Backward() }, "history of an operand of Sum was released at the end of its Scope", "Detach")
	y.Detach().Mul(w).Sum().Backward()
	if got := w.Grad().At(0); got != 1 {
		t.Errorf("gradient is %v, want 1", got)
	}
}

// The same when the operation was recorded outside of the step by another goroutine.
func TestOperandEndsWithStep(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	loss := make(chan *Tensor, 1)
	Scope(func() {
		x := Ones(3)
		done := make(chan bool)
		go func() { loss <- w.Mul(x).Sum(); close(done) }()
		<-done
	})
	mustFail(t, func() { (<-loss).Backward() }, "an operand of Mul was released at the end of its Scope: (3); Keep it")
}

func TestNoGrad(t *testing.T) {
	w := Ones(3).SetRequiresGrad(true)
	NoGrad(func() {
		NoGrad(func() {})
		if w.Square().RequiresGrad() {
			t.Error("an operation inside NoGrad was recorded")
		}
	})
	if !w.Square().RequiresGrad() {
		t.Error("an operation after NoGrad was not recorded")
	}
}

// Many goroutines, each in steps and NoGrad of its own, do not see each other's.
func TestGoroutinesAreApart(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			w := Full(float64(g), 5).SetRequiresGrad(true)
			for range 20 {
				var y *Tensor
				Scope(func() {
					w.ZeroGrad()
					y = w.Square().Sum()
					NoGrad(func() {
						if w.Neg().RequiresGrad() {
							t.Error("recorded inside NoGrad")
						}
					})
					y.Backward()
					if got := w.Grad().At(4); got != 2*float64(g) {
						t.Errorf("goroutine %d: gradient %v, want %v", g, got, 2*g)
					}
				})
				if err := Try(func() { y.Item() }); err == nil {
					t.Error("a tensor outlived its step")
				}
				if local() != nil {
					t.Error("state left behind")
				}
			}
		})
	}
	wg.Wait()
	if n := inside.Load(); n != 0 {
		t.Errorf("%d goroutines are counted as inside something, want 0", n)
	}
}

// A goroutine started in a step is not part of it.
func TestStepIsOfOneGoroutine(t *testing.T) {
	made := make(chan *Tensor)
	Scope(func() {
		go func() { made <- Ones(2) }()
		x := <-made
		defer func() { go func() { made <- x }() }()
	})
	if got := (<-made).Sum().Item(); got != 2 {
		t.Errorf("sum is %v, want 2", got)
	}
}

func TestTryLeavesOtherPanics(t *testing.T) {
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v, want the panic of the function", p)
		}
	}()
	err := Try(func() { panic("mine") })
	t.Errorf("Try returned %v, want the panic to go on", err)
}

func TestTryOutOfMemory(t *testing.T) {
	full := &backend.OutOfMemory{Device: "cuda:0", Want: 3 << 20, InUse: 5 << 20, Size: 7 << 20}
	err := Try(func() { panic(full) })
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "3 MiB more wanted, 5 MiB in use of at most 7 MiB; use smaller sizes") {
		t.Errorf("a device without room gave %v", err)
	}
	mustFail(t, func() { Zeros(1<<30, 1<<30) }, "too many elements")
}
