package tensorlib

// Concat joins tensors along dimension dim; all other sizes and the dtypes are equal.
func Concat(dim int, ts ...*Tensor) *Tensor {
	if len(ts) == 0 {
		panic(&OpError{Op: "Concat", Msg: "of no tensors"})
	}
	dev := use("Concat", ts...)
	first := ts[0]
	dim = axis("Concat", first, dim)
	want("Concat", first.v.DType, ts...)
	dims := first.v.Dims
	dims[dim] = 0
	for _, t := range ts {
		same := t.v
		if t.v.Rank == first.v.Rank {
			same.Dims[dim] = first.v.Dims[dim]
		}
		if !sameDims(&same, &first.v) {
			fail("Concat", "sizes differ outside of dimension "+itoa(dim), ts...)
		}
		dims[dim] += t.v.Dims[dim]
	}
	out := empty(dev, first.v.DType, dims[:first.v.Rank])
	at := 0
	for _, t := range ts {
		dev.Copy(sliced(out.v, dim, at, at+t.v.Dims[dim]), t.v)
		at += t.v.Dims[dim]
	}
	if first.v.DType == Float32 {
		if n := record(opConcat, out, ts...); n != nil {
			n.num[0] = dim
		}
	}
	return out
}

var opConcat = &op{"Concat", func(s *sweep, n *node) {
	at, dim := 0, n.num[0]
	for _, t := range n.in {
		size := t.v.Dims[dim]
		if t.wants() {
			s.give(t, s.share(n.grad, sliced(n.grad.v, dim, at, at+size)))
		}
		at += size
	}
}}

// Stack joins tensors of one shape along a new dimension dim.
func Stack(dim int, ts ...*Tensor) *Tensor {
	if len(ts) == 0 {
		panic(&OpError{Op: "Stack", Msg: "of no tensors"})
	}
	use("Stack", ts...)
	if dim < 0 {
		dim += ts[0].v.Rank + 1
	}
	parts := make([]*Tensor, len(ts))
	for i, t := range ts {
		if !sameDims(&t.v, &ts[0].v) {
			fail("Stack", "shapes differ", ts...)
		}
		parts[i] = t.Unsqueeze(dim)
	}
	return Concat(dim, parts...)
}
