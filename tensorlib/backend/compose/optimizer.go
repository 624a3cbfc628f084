package compose

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type optimizers struct{ core backend.Device }

// AdamW implements backend.Optimizers.
func (o optimizers) AdamW(p, g, m, v, scale backend.View, a backend.AdamW) {
	w := begin(o.core)
	defer w.end()
	if scale.Present() {
		g = w.binary(backend.Mul, g, scale)
	}
	newM := w.binary(backend.Add, m, w.affine(w.binary(backend.Sub, g, m), 1-a.Beta1, 0))
	newV := w.binary(backend.Add, v, w.affine(w.binary(backend.Sub, w.unary(backend.Square, g), v), 1-a.Beta2, 0))
	step := float64(a.Step)
	below := w.affine(w.unary(backend.Sqrt, newV), 1/math.Sqrt(1-math.Pow(a.Beta2, step)), a.Eps)
	change := w.affine(w.binary(backend.Div, newM, below), a.LR/(1-math.Pow(a.Beta1, step)), 0)
	newP := w.binary(backend.Sub, w.affine(p, 1-a.LR*a.WeightDecay, 0), change)
	for _, pair := range [][2]backend.View{{m, newM}, {v, newV}, {p, newP}} {
		old, changed := pair[0], pair[1]
		if scale.Present() {
			changed = w.where(stretched(w.finite(scale), old), changed, old)
		}
		w.Copy(old, changed)
	}
}

// ClipScale implements backend.Optimizers.
func (o optimizers) ClipScale(norm, scale, squares, loss backend.View, limit float64) {
	w := begin(o.core)
	defer w.end()
	w.Unary(backend.Sqrt, norm, squares)
	by := w.number(backend.Float32, 1)
	if limit > 0 {
		share := w.affine(w.unary(backend.Recip, w.affine(norm, 1, 1e-6)), limit, 0)
		by = w.binary(backend.Minimum, share, by)
	}
	good := w.finite(norm)
	if loss.Present() {
		good = w.binary(backend.And, good, w.finite(loss))
	}
	w.Where(scale, good, by, w.number(backend.Float32, math.NaN()))
}
