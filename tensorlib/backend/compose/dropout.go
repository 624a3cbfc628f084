package compose

import "github.com/athanor-ml/athanor/tensorlib/backend"

type dropouts struct{ core backend.Device }

// Dropout implements backend.Dropouts.
func (d dropouts) Dropout(y, x backend.View, p float32, key backend.Key) {
	w := begin(d.core)
	defer w.end()
	u := w.like(x)
	w.Uniform(u, key, 0)
	keep := w.binary(backend.Ge, u, w.number(backend.Float32, float64(p)))
	w.Where(y, keep, w.affine(x, 1/float64(1-p), 0), stretched(w.number(backend.Float32, 0), x))
}
