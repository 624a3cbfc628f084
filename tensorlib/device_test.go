package tensorlib

import (
	"errors"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// second is another device of this machine.
type second struct{ *cpu.Device }

func (second) Name() string { return "second" }

// twoDevices gives the machine a second device until the test ends.
func twoDevices(t *testing.T) {
	before, chosen := devices, current.Load()
	both := []backend.Ops{before()[0], second{cpu.New()}}
	devices = func() []backend.Ops { return both }
	t.Cleanup(func() {
		devices = before
		current.Store(chosen)
	})
}

func TestToDevice(t *testing.T) {
	twoDevices(t)
	x := New([][]float64{{1, 2, 3}, {4, 5, 6}}).SetRequiresGrad(true)
	y := x.T().ToDevice("second")
	if y.Device() != "second" || y.At(2, 1) != 6 || x.ToDevice("cpu") != x {
		t.Errorf("on %s: %v", y.Device(), y)
	}
	mustFail(t, func() { x.Add(y.T()) }, "operands are on different devices, cpu and second")
	mustFail(t, func() { x.ToDevice("third") }, `ToDevice: no such device: "third"; this machine has: cpu, second`)
	w := y.Detach().Clone().SetRequiresGrad(true)
	loss := y.Mul(w).Square().Sum().ToDevice("cpu").Add(x.Sum())
	loss.Backward() // d/dx of x⁴ is 2x*x² where w = x is a constant
	for i, v := range []float64{1, 2, 3, 4, 5, 6} {
		if got := x.Grad().Reshape(6).At(i); got != 2*v*v*v+1 {
			t.Errorf("the gradient at %v is %v, want %v", v, got, 2*v*v*v+1)
		}
	}
	if g := w.Grad(); g.Device() != "second" || g.At(1, 0) != 16 {
		t.Errorf("the gradient on the second device is %v on %s", g, g.Device())
	}
	if got := New([]byte{7}).ToDevice("second").Int64s()[0]; got != 7 {
		t.Errorf("bytes arrive as %d", got)
	}
}

func TestSetSecondDevice(t *testing.T) {
	twoDevices(t)
	if err := SetDevice("third"); !errors.Is(err, ErrNoDevice) {
		t.Errorf("error is %v, want ErrNoDevice", err)
	}
	if err := SetDevice("second"); err != nil || Zeros(1).Device() != "second" || len(Devices()) != 2 {
		t.Errorf("error is %v; new tensors are on %s", err, Zeros(1).Device())
	}
}
