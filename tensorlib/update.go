package tensorlib

import (
	"math"
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// AdamWOptions are the settings of one [UpdateAdamW].
type AdamWOptions = backend.AdamW

// UpdateAdamW changes the leaf p in place by its gradient and the moments m and v, which it updates too; see
// [backend.AdamW] for the formula. It does nothing when p has no gradient. All are contiguous Float32 of one size.
func UpdateAdamW(p, m, v *Tensor, o AdamWOptions) {
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
	flat := []int{p.Numel()}
	pv, _ := reshaped(&p.v, flat)
	gv, _ := reshaped(&p.grad.v, flat)
	mv, _ := reshaped(&m.v, flat)
	vv, _ := reshaped(&v.v, flat)
	dev.AdamW(pv, gv, mv, vv, o)
	p.mem.written++
}

var viewLists = sync.Pool{New: func() any { return new([]backend.View) }}

// Norm is the Euclidean length of all elements of all ts together, in one pass.
func Norm(ts ...*Tensor) float64 {
	list := viewLists.Get().(*[]backend.View)
	defer viewLists.Put(list)
	*list = (*list)[:0]
	if len(ts) == 0 {
		return 0
	}
	dev := use("Norm", ts...)
	for _, t := range ts {
		want("Norm", Float32, t)
		*list = append(*list, t.v)
	}
	v := dense(Float32, nil)
	allocate(dev, &v)
	defer dev.Free(v.Buf)
	dev.SumSquares(v, *list)
	clear(*list) // keeps no memory alive
	var x [1]float32
	dev.Download(asBytes(x[:]), v.Buf, 0)
	return math.Sqrt(float64(x[0]))
}

// ScaleInPlace multiplies the elements of t by a number, in place; nothing is recorded. It is meant for gradients.
func (t *Tensor) ScaleInPlace(by float64) {
	dev := use("ScaleInPlace", t)
	want("ScaleInPlace", Float32, t)
	dev.Affine(t.v, t.v, float32(by), 0)
	t.mem.written++
}
