package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

var (
	opEq  = &binaryOp{op{name: "Eq"}, backend.Eq}
	opNe  = &binaryOp{op{name: "Ne"}, backend.Ne}
	opLt  = &binaryOp{op{name: "Lt"}, backend.Lt}
	opLe  = &binaryOp{op{name: "Le"}, backend.Le}
	opGt  = &binaryOp{op{name: "Gt"}, backend.Gt}
	opGe  = &binaryOp{op{name: "Ge"}, backend.Ge}
	opAnd = &binaryOp{op{name: "And"}, backend.And}
	opOr  = &binaryOp{op{name: "Or"}, backend.Or}
)

// Eq is t == o, a Bool tensor; the shapes broadcast.
func (t *Tensor) Eq(o *Tensor) *Tensor { return opEq.apply(t, o) }

// Ne is t != o.
func (t *Tensor) Ne(o *Tensor) *Tensor { return opNe.apply(t, o) }

// Lt is t < o.
func (t *Tensor) Lt(o *Tensor) *Tensor { return opLt.apply(t, o) }

// Le is t <= o.
func (t *Tensor) Le(o *Tensor) *Tensor { return opLe.apply(t, o) }

// Gt is t > o.
func (t *Tensor) Gt(o *Tensor) *Tensor { return opGt.apply(t, o) }

// Ge is t >= o.
func (t *Tensor) Ge(o *Tensor) *Tensor { return opGe.apply(t, o) }

// And is t and o, of Bool tensors.
func (t *Tensor) And(o *Tensor) *Tensor { return opAnd.apply(t, o) }

// Or is t or o, of Bool tensors.
func (t *Tensor) Or(o *Tensor) *Tensor { return opOr.apply(t, o) }

// Not is the opposite of a Bool tensor.
func (t *Tensor) Not() *Tensor {
	dev := use("Not", t)
	want("Not", Bool, t)
	out := like(t, Bool)
	dev.Unary(backend.Not, out.v, t.v)
	return out
}

// Where is a where cond is true and b elsewhere; the three shapes broadcast. cond is Bool, a and b have one dtype.
func Where(cond, a, b *Tensor) *Tensor {
	dev := use("Where", cond, a, b)
	want("Where", Bool, cond)
	want("Where", a.v.DType, b)
	dims, rank, ok := broadcastDims(&a.v, &b.v)
	whole := dense(Bool, dims[:rank])
	if ok {
		dims, rank, ok = broadcastDims(&cond.v, &whole)
	}
	if !ok {
		fail("Where", "shapes do not broadcast", cond, a, b)
	}
	out := empty(dev, a.v.DType, dims[:rank])
	dev.Where(out.v, expandTo(&cond.v, dims[:rank]), expandTo(&a.v, dims[:rank]), expandTo(&b.v, dims[:rank]))
	if a.v.DType == Float32 && recording(a, b) {
		record(opWhere, out, a, b, cond)
	}
	return out
}

var opWhere = &op{"Where", func(s *sweep, n *node) {
	dims := n.out.v.Dims[:n.out.v.Rank]
	zero := s.temp(nil)
	s.dev.Fill(zero.v, 0)
	none, cond := expandTo(&zero.v, dims), expandTo(&n.in[2].v, dims)
	for i, t := range n.in[:2] {
		if !t.wants() {
			continue
		}
		g := s.temp(dims)
		if i == 0 {
			s.dev.Where(g.v, cond, n.grad.v, none)
		} else {
			s.dev.Where(g.v, cond, none, n.grad.v)
		}
		s.accumulateReduced(t, g)
	}
	s.drop(zero)
}}

// MaskedFill is t with value wherever mask (Bool, broadcast to t's shape) is true.
func (t *Tensor) MaskedFill(mask *Tensor, value float64) *Tensor {
	dev := use("MaskedFill", t, mask)
	fill := empty(dev, t.v.DType, nil)
	dev.Fill(fill.v, value)
	out := Where(mask, fill, t)
	if !sameDims(&out.v, &t.v) {
		fail("MaskedFill", "the mask does not broadcast to the tensor", t, mask)
	}
	return out
}
