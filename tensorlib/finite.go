package tensorlib

import "sync/atomic"

var checkFinite atomic.Bool

// CheckFinite makes every operation of all goroutines, and every gradient in Backward, look for NaN and infinities in its
// result, and panic with an [*OpError] that names the first operation that made one. It costs a pass over each result.
// It returns the setting that was in force before.
func CheckFinite(on bool) bool { return checkFinite.Swap(on) }

// guard checks the result of an operation when that is switched on.
func guard(op string, out *Tensor) {
	if checkFinite.Load() && out.v.DType == Float32 && !out.Finite() {
		failFix(op, "the result holds NaN or infinities", "lower the learning rate, or look at the inputs", out)
	}
}

// Finite reports whether all elements are numbers other than infinities.
func (t *Tensor) Finite() bool {
	dev := use("Finite", t)
	if t.v.DType != Float32 {
		return true
	}
	v := dense(Float32, nil)
	allocate(dev, &v)
	defer dev.Free(v.Buf)
	dev.Finite(v, t.v)
	var x [1]float32
	read(dev, asBytes(x[:]), v.Buf, 0)
	return x[0] == 1
}

// guard checks the gradient that has arrived at a node.
func (s *sweep) guard(n *node) {
	if checkFinite.Load() && !(&Tensor{v: n.grad.v, mem: n.out.mem}).Finite() {
		failFix("Backward", "the gradient of the result of "+n.op.name+" holds NaN or infinities",
			"look at the operations that used it", n.out)
	}
}

// guardLeaves checks what n has added to the gradients of leaves.
func (s *sweep) guardLeaves(n *node) {
	if !checkFinite.Load() {
		return
	}
	for _, t := range n.in {
		if t != nil && t.leaf && t.has && !t.grad.Finite() {
			failFix("Backward", "the gradient that "+n.op.name+" gives a parameter holds NaN or infinities", "", t)
		}
	}
}
