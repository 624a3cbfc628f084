package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// Softmax is exp(t) divided by its sum, along the last dimension.
func (t *Tensor) Softmax() *Tensor { return softmax(opSoftmax, t, false) }

// LogSoftmax is the logarithm of Softmax, computed without leaving the range of float32.
func (t *Tensor) LogSoftmax() *Tensor { return softmax(opLogSoftmax, t, true) }

func softmax(o *op, t *Tensor, log bool) *Tensor {
	dev := use(o.name, t)
	want(o.name, Float32, t)
	if t.v.Rank == 0 || t.v.Dims[t.v.Rank-1] == 0 {
		fail(o.name, "the last dimension is missing or empty", t)
	}
	out := like(t, Float32)
	dev.Softmax(out.v, t.v, log)
	record(o, out, t)
	guard(o.name, out)
	return out
}

var (
	opSoftmax    = &op{"Softmax", func(s *sweep, n *node) { s.softmax(n, false) }}
	opLogSoftmax = &op{"LogSoftmax", func(s *sweep, n *node) { s.softmax(n, true) }}
)

func (s *sweep) softmax(n *node, log bool) {
	s.into(n.in[0], func(dst backend.View) { s.dev.SoftmaxGrad(dst, n.grad.v, n.out.v, log) })
}

// LayerNorm is
//
//	y = (x - mean(x)) / sqrt(var(x) + eps) * w + b
//
// along the last dimension C of x (…, C), with w and b (C); b may be nil (Ba et al., 2016).
func LayerNorm(x, w, b *Tensor, eps float64) *Tensor {
	dev := use("LayerNorm", x, w)
	want("LayerNorm", Float32, x, w)
	if x.v.Rank == 0 || w.v.Rank != 1 || w.v.Dims[0] != x.v.Dims[x.v.Rank-1] {
		fail("LayerNorm", "the weight does not fit the last dimension", x, w)
	}
	var bias backend.View
	if b != nil {
		use("LayerNorm", x, b)
		want("LayerNorm", Float32, b)
		if !sameDims(&b.v, &w.v) {
			fail("LayerNorm", "the bias does not fit the weight", b, w)
		}
		bias = b.v
	}
	x = x.Contiguous()
	out := like(x, Float32)
	xs, _ := rows(&x.v)
	ys, _ := rows(&out.v)
	mean, rstd := scratch(dev, xs.Dims[0]), scratch(dev, xs.Dims[0])
	dev.LayerNorm(ys, mean, rstd, xs, w.v, bias, float32(eps))
	saveIn(record(opLayerNorm, out, x, w, b), dev, mean, rstd)
	guard("LayerNorm", out)
	return out
}

var opLayerNorm = &op{"LayerNorm", func(s *sweep, n *node) {
	n.grad = s.contiguous(n.grad)
	x, w, b := n.in[0], n.in[1], n.in[2]
	g, _ := rows(&n.grad.v)
	xs, _ := rows(&x.v)
	dw := s.sumOrScrap(w)
	var db gradient
	if b != nil {
		db = s.sumOrScrap(b)
	}
	if x.wants() {
		dst, add := s.target(x)
		if flat, ok := rows(&dst); ok {
			s.dev.LayerNormGrad(flat, dw.v, db.v, g, xs, w.v, n.saved[0], n.saved[1], add)
		} else { // the gradient that x has is in some other order
			dx := s.layerNormGrad(x, dw, db, g, n)
			s.dev.Binary(backend.Add, dst, dst, dx.v)
			s.drop(dx)
		}
	} else {
		s.drop(s.layerNormGrad(x, dw, db, g, n))
	}
	for _, scrap := range [...]gradient{dw, db} {
		if scrap.b != nil {
			s.drop(scrap)
		}
	}
}}

// layerNormGrad is the gradient of x by itself.
func (s *sweep) layerNormGrad(x *Tensor, dw, db gradient, g backend.View, n *node) gradient {
	dx := s.like(&x.v)
	xs, _ := rows(&x.v)
	flat, _ := rows(&dx.v)
	s.dev.LayerNormGrad(flat, dw.v, db.v, g, xs, n.in[1].v, n.saved[0], n.saved[1], false)
	return dx
}

// sumOrScrap is where gradients of t are added, or a block to throw away (its b is present) when t wants none.
func (s *sweep) sumOrScrap(t *Tensor) gradient {
	if t.wants() {
		return gradient{v: s.sum(t)}
	}
	return s.like(&t.v)
}
