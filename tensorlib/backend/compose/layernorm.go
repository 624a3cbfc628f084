package compose

import "github.com/athanor-ml/athanor/tensorlib/backend"

type layerNorms struct{ core backend.Device }

// LayerNorm implements backend.LayerNorms.
func (l layerNorms) LayerNorm(y, mean, rstd, x, weight, bias backend.View, eps float32) {
	w := begin(l.core)
	defer w.end()
	m, r := column(mean), column(rstd)
	w.Reduce(backend.Mean, m, x)
	d := w.binary(backend.Sub, x, m)
	variance := w.reduce(backend.Mean, w.unary(backend.Square, d), 1)
	w.Unary(backend.Rsqrt, r, w.affine(variance, 1, float64(eps)))
	h := w.binary(backend.Mul, d, r)
	w.Binary(backend.Mul, y, h, stretched(weight, y))
	if bias.Present() {
		w.Binary(backend.Add, y, y, stretched(bias, y))
	}
}

// LayerNormGrad implements backend.LayerNorms: with h = (x-mean)*rstd and g = dy*w,
//
//	dx = rstd * (g - mean(g) - h*mean(g*h)),  dw += Σ dy*h,  db += Σ dy
func (l layerNorms) LayerNormGrad(dx, dw, db, dy, x, weight, mean, rstd backend.View, add bool) {
	w := begin(l.core)
	defer w.end()
	r := column(rstd)
	h := w.binary(backend.Mul, w.binary(backend.Sub, x, column(mean)), r)
	w.addRows(dw, w.binary(backend.Mul, dy, h))
	if db.Present() {
		w.addRows(db, dy)
	}
	g := w.binary(backend.Mul, dy, weight)
	along := w.reduce(backend.Mean, w.binary(backend.Mul, g, h), 1)
	d := w.binary(backend.Sub, g, w.reduce(backend.Mean, g, 1))
	d = w.binary(backend.Sub, d, w.binary(backend.Mul, h, along))
	d = w.binary(backend.Mul, d, r)
	if add {
		w.Binary(backend.Add, dx, dx, d)
	} else {
		w.Copy(dx, d)
	}
}

// addRows adds the sum of the rows of x to the vector v.
func (w *work) addRows(v, x backend.View) {
	sum := w.reduce(backend.Sum, x, 0)
	w.Binary(backend.Add, v, v, shaped(sum, v.Dims[0]))
}
