package tensorlib

import (
	"math"
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// AdamWOptions are the settings of one [UpdateAdamW].
type AdamWOptions = backend.AdamW

// UpdateAdamW changes the leaf p in place by its gradient and the moments m and v, which it updates too; see
// [backend.AdamW] for the formula. scale, of one element, multiplies the gradient, 1 when it is nil; when it is not finite, as [ClipScale]
// makes it, nothing changes. UpdateAdamW does nothing when p has no gradient. All others are contiguous Float32 of one size.
func UpdateAdamW(p, m, v, scale *Tensor, o AdamWOptions) {
	given("UpdateAdamW", p)
	if !p.has {
		return
	}
	dev := use("UpdateAdamW", p, p.grad, m, v)
	want("UpdateAdamW", Float32, p, m, v)
	if !sameDims(&p.v, &m.v) || !sameDims(&p.v, &v.v) {
		fail("UpdateAdamW", "moments do not fit the parameter", p, m, v)
	}
	if !p.v.Contiguous() || !m.v.Contiguous() || !v.v.Contiguous() {
		failFix("UpdateAdamW", "a tensor is not contiguous", "Clone it", p, m, v)
	}
	var by backend.View
	if scale != nil {
		use("UpdateAdamW", p, scale)
		by = number("UpdateAdamW", scale)
	}
	flat := []int{p.Numel()}
	pv, _ := reshaped(&p.v, flat)
	gv, _ := reshaped(&p.grad.v, flat)
	mv, _ := reshaped(&m.v, flat)
	vv, _ := reshaped(&v.v, flat)
	dev.AdamW(pv, gv, mv, vv, by, o)
	p.mem.written++
	m.mem.written++
	v.mem.written++
}

// number is t, which holds one Float32, as a view without dimensions.
func number(op string, t *Tensor) backend.View {
	want(op, Float32, t)
	if t.Numel() != 1 {
		fail(op, "wants one number", t)
	}
	v := t.v
	v.Rank = 0
	return v
}

var viewLists = sync.Pool{New: func() any { return new([]backend.View) }}

// Norm is the Euclidean length of all elements of all ts together, in one pass. It waits for the result.
func Norm(ts ...*Tensor) float64 {
	if len(ts) == 0 {
		return 0
	}
	dev := use("Norm", ts...)
	v := squares("Norm", dev, ts)
	defer dev.Free(v.Buf)
	var x [1]float32
	read(dev, asBytes(x[:]), v.Buf, 0)
	return math.Sqrt(float64(x[0]))
}

// squares is the sum of the squares of all elements, in a block to be freed.
func squares(op string, dev backend.Ops, ts []*Tensor) backend.View {
	list := viewLists.Get().(*[]backend.View)
	defer viewLists.Put(list)
	*list = (*list)[:0]
	for _, t := range ts {
		want(op, Float32, t)
		*list = append(*list, t.v)
	}
	v := scratch(dev)
	dev.SumSquares(v, *list)
	clear(*list) // keeps no memory alive
	return v
}

// ClipScale is what [UpdateAdamW] needs to clip the gradients of a step, and to skip it when something in it is not finite, without waiting
// for the numbers. norm, of one element, is the Euclidean length of all grads together. It writes to scale, of one element: min(1,
// limit/(norm+1e-6)), 1 when limit is 0, and NaN when norm or loss, of one element or nil, is not finite.
func ClipScale(scale, loss *Tensor, limit float64, grads ...*Tensor) (norm *Tensor) {
	dev := use("ClipScale", scale)
	var x backend.View
	if loss != nil {
		use("ClipScale", scale, loss)
		x = number("ClipScale", loss)
	}
	for _, g := range grads {
		use("ClipScale", scale, g)
	}
	out := number("ClipScale", scale)
	v := squares("ClipScale", dev, grads)
	defer dev.Free(v.Buf)
	norm = empty(dev, Float32, nil)
	dev.ClipScale(norm.v, out, v, x, limit)
	scale.mem.written++
	return norm
}

// ScaleInPlace multiplies the elements of t by a number, in place; nothing is recorded. It is meant for gradients.
func (t *Tensor) ScaleInPlace(by float64) {
	dev := use("ScaleInPlace", t)
	want("ScaleInPlace", Float32, t)
	dev.Affine(t.v, t.v, float32(by), 0)
	t.mem.written++
}
