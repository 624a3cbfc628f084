package compose

import "github.com/athanor-ml/athanor/tensorlib/backend"

type softmaxes struct{ core backend.Device }

// Softmax implements backend.Softmaxes.
func (s softmaxes) Softmax(y, x backend.View, log bool) {
	w := begin(s.core)
	defer w.end()
	last := x.Rank - 1
	shifted := w.binary(backend.Sub, x, w.peak(x))
	e := w.unary(backend.Exp, shifted)
	sum := w.reduce(backend.Sum, e, last)
	if log {
		w.Binary(backend.Sub, y, shifted, stretched(w.unary(backend.Log, sum), x))
		return
	}
	w.Binary(backend.Div, y, e, stretched(sum, x))
}

// SoftmaxGrad implements backend.Softmaxes: dx = y*(dy - Σ dy*y), or dy - exp(y)*Σ dy for the logarithm.
func (s softmaxes) SoftmaxGrad(dx, dy, y backend.View, log bool) {
	w := begin(s.core)
	defer w.end()
	last := y.Rank - 1
	if log {
		w.Binary(backend.Sub, dx, dy, w.binary(backend.Mul, w.unary(backend.Exp, y), w.reduce(backend.Sum, dy, last)))
		return
	}
	dot := w.reduce(backend.Sum, w.binary(backend.Mul, dy, y), last)
	w.Binary(backend.Mul, dx, y, w.binary(backend.Sub, dy, dot))
}

// peak is what is subtracted along the last axis before exponentials are taken: the maximum when that is finite, else 0.
func (w *work) peak(x backend.View) backend.View {
	m := w.reduce(backend.Max, x, x.Rank-1)
	return w.where(w.finite(m), m, w.number(backend.Float32, 0))
}
