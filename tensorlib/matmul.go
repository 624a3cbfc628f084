package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// MatMul is the matrix product of the last two dimensions: (…, M, K) by (…, K, N) is (…, M, N). Leading dimensions
// broadcast. An operand of one dimension is a row on the left, a column on the right, and that dimension disappears.
func (t *Tensor) MatMul(o *Tensor) *Tensor {
	dev := use("MatMul", t, o)
	want("MatMul", Float32, t, o)
	switch {
	case t.v.Rank == 0 || o.v.Rank == 0:
		fail("MatMul", "an operand has no dimensions", t, o)
	case t.v.Dims[t.v.Rank-1] != o.v.Dims[max(o.v.Rank-2, 0)]:
		fail("MatMul", "inner dimensions differ", t, o)
	case t.v.Rank == 1:
		return t.Unsqueeze(0).MatMul(o).Squeeze(-min(o.v.Rank, 2))
	case o.v.Rank == 1:
		return t.MatMul(o.Unsqueeze(1)).Squeeze(-1)
	case o.v.Rank == 2:
		if flat, ok := rows(&t.v); ok {
			return matMulRows(dev, t, o, flat)
		}
	}
	dims, rank, ok := batchDims(&t.v, &o.v)
	if !ok {
		fail("MatMul", "leading dimensions do not broadcast", t, o)
	}
	out := empty(dev, Float32, dims[:rank])
	dev.MatMul(out.v, expandBatch(&t.v, &out.v), expandBatch(&o.v, &out.v), backend.MatMulOptions{})
	record(opMatMul, out, t, o)
	guard("MatMul", out)
	return out
}

// rows sees v as one matrix of all its rows; ok is false when the strides do not allow that.
func rows(v *backend.View) (m backend.View, ok bool) {
	width := v.Dims[v.Rank-1]
	n := 1
	for _, d := range v.Dims[:v.Rank-1] {
		n *= d
	}
	return reshaped(v, []int{n, width})
}

// matMulRows is the product of many rows, seen as the matrix flat, with one matrix.
func matMulRows(dev backend.Ops, t, o *Tensor, flat backend.View) *Tensor {
	dims := t.v.Dims
	dims[t.v.Rank-1] = o.v.Dims[1]
	out := empty(dev, Float32, dims[:t.v.Rank])
	c, _ := rows(&out.v)
	dev.MatMul(c, flat, o.v, backend.MatMulOptions{})
	record(opMatMulRows, out, t, o)
	guard("MatMul", out)
	return out
}

// batchDims is the shape of a batched product: the leading dimensions broadcast.
func batchDims(a, b *backend.View) (dims [backend.MaxRank]int, rank int, ok bool) {
	la, lb := *a, *b
	la.Rank, lb.Rank = a.Rank-2, b.Rank-2
	dims, rank, ok = broadcastDims(&la, &lb)
	if rank+2 > backend.MaxRank {
		return dims, rank, false
	}
	dims[rank], dims[rank+1] = a.Dims[a.Rank-2], b.Dims[b.Rank-1]
	return dims, rank + 2, ok
}

// expandBatch stretches the leading dimensions of v to those of out.
func expandBatch(v, out *backend.View) backend.View {
	dims := out.Dims
	dims[out.Rank-2], dims[out.Rank-1] = v.Dims[v.Rank-2], v.Dims[v.Rank-1]
	return expandTo(v, dims[:out.Rank])
}

// With c = a·b: da = dc·bᵀ and db = aᵀ·dc, summed over the dimensions that were broadcast.
var opMatMul = &op{"MatMul", func(s *sweep, n *node) {
	a, b := n.in[0], n.in[1]
	ea, eb := expandBatch(&a.v, &n.out.v), expandBatch(&b.v, &n.out.v)
	if a.wants() {
		da := s.like(&ea)
		s.dev.MatMul(da.v, n.grad.v, lastSwapped(eb), backend.MatMulOptions{})
		s.giveReduced(a, da)
	}
	if b.wants() {
		db := s.like(&eb)
		s.dev.MatMul(db.v, lastSwapped(ea), n.grad.v, backend.MatMulOptions{})
		s.giveReduced(b, db)
	}
}}

var opMatMulRows = &op{"MatMul", func(s *sweep, n *node) {
	n.grad = s.contiguous(n.grad)
	g, _ := rows(&n.grad.v)
	s.matMulGrads(n.in[0], n.in[1], g)
}}

// matMulGrads adds the gradients of rows x (…, K) times matrix w (K, N), given that of the product as a matrix.
func (s *sweep) matMulGrads(x, w *Tensor, g backend.View) {
	s.intoRows(x, g, lastSwapped(w.v))
	if w.wants() {
		flat, _ := rows(&x.v)
		dst, add := s.target(w)
		s.dev.MatMul(dst, lastSwapped(flat), g, backend.MatMulOptions{Accumulate: add})
	}
}

// intoRows adds the product of the matrices g and w to the gradient of x (…, K).
func (s *sweep) intoRows(x *Tensor, g, w backend.View) {
	if !x.wants() {
		return
	}
	dst, add := s.target(x)
	if flat, ok := rows(&dst); ok {
		s.dev.MatMul(flat, g, w, backend.MatMulOptions{Accumulate: add})
		return
	}
	dx := s.like(&x.v) // the gradient that x has is in some other order
	flat, _ := rows(&dx.v)
	s.dev.MatMul(flat, g, w, backend.MatMulOptions{})
	s.dev.Binary(backend.Add, dst, dst, dx.v)
	s.drop(dx)
}

func lastSwapped(v backend.View) backend.View { return swapAxes(v, v.Rank-2, v.Rank-1) }

// AddMatMul is t + a·b, of the same bits for any number of rows, in one pass: a residual connection around a linear layer. a is
// (…, K), b (K, N) and t (…, N), of equal leading dimensions.
func (t *Tensor) AddMatMul(a, b *Tensor) *Tensor {
	dev := use("AddMatMul", t, a, b)
	want("AddMatMul", Float32, t, a, b)
	if a.v.Rank == 0 || b.v.Rank != 2 || a.v.Dims[a.v.Rank-1] != b.v.Dims[0] {
		failFix("AddMatMul", "inner dimensions differ", "a is (…, K) and b (K, N)", a, b)
	}
	dims := a.v.Dims
	dims[a.v.Rank-1] = b.v.Dims[1]
	out := empty(dev, Float32, dims[:a.v.Rank])
	if !sameDims(&t.v, &out.v) {
		fail("AddMatMul", "the sum's first term does not have the product's shape "+shapeOf(&out.v).String(), t)
	}
	if _, ok := rows(&a.v); !ok {
		a = a.Contiguous()
	}
	t = t.Contiguous()
	flat, _ := rows(&a.v)
	add, _ := rows(&t.v)
	c, _ := rows(&out.v)
	dev.MatMul(c, flat, b.v, backend.MatMulOptions{Add: add})
	record(opAddMatMul, out, a, b, t)
	guard("AddMatMul", out)
	return out
}

var opAddMatMul = &op{"AddMatMul", func(s *sweep, n *node) {
	n.grad = s.contiguous(n.grad)
	g, _ := rows(&n.grad.v)
	s.give(n.in[2], s.share(n.grad, n.grad.v))
	s.matMulGrads(n.in[0], n.in[1], g)
}}

// Linear is x·w + b for x (…, In), w (In, Out) and b (Out), which may be nil; the sum is part of the product.
func Linear(x, w, b *Tensor) *Tensor {
	if b == nil {
		return x.MatMul(w)
	}
	dev := use("Linear", x, w, b)
	want("Linear", Float32, x, w, b)
	if x.v.Rank == 0 || w.v.Rank != 2 || x.v.Dims[x.v.Rank-1] != w.v.Dims[0] {
		failFix("Linear", "inner dimensions differ", "weights are (in, out)", x, w)
	}
	if b.v.Rank != 1 || b.v.Dims[0] != w.v.Dims[1] {
		fail("Linear", "the bias does not fit the weights", b, w)
	}
	if _, ok := rows(&x.v); !ok {
		x = x.Contiguous()
	}
	dims := x.v.Dims
	dims[x.v.Rank-1] = w.v.Dims[1]
	out := empty(dev, Float32, dims[:x.v.Rank])
	flat, _ := rows(&x.v)
	c, _ := rows(&out.v)
	dev.MatMul(c, flat, w.v, backend.MatMulOptions{Bias: b.v})
	record(opLinear, out, x, w, b)
	guard("Linear", out)
	return out
}

var opLinear = &op{"Linear", func(s *sweep, n *node) {
	n.grad = s.contiguous(n.grad)
	g, _ := rows(&n.grad.v)
	s.into(n.in[2], func(dst backend.View) {
		row, _ := reshaped(&dst, []int{1, dst.Dims[0]})
		s.dev.Reduce(backend.Sum, row, g)
	})
	s.matMulGrads(n.in[0], n.in[1], g)
}}

// LinearT is x·wᵀ for x (…, In) and w (Out, In): a linear layer whose weight is stored the other way round, such as the
// output head that shares GPT's token embedding.
func LinearT(x, w *Tensor) *Tensor {
	dev := use("LinearT", x, w)
	want("LinearT", Float32, x, w)
	if x.v.Rank == 0 || w.v.Rank != 2 || x.v.Dims[x.v.Rank-1] != w.v.Dims[1] {
		failFix("LinearT", "inner dimensions differ", "weights are (out, in)", x, w)
	}
	if _, ok := rows(&x.v); !ok {
		x = x.Contiguous()
	}
	dims := x.v.Dims
	dims[x.v.Rank-1] = w.v.Dims[0]
	out := empty(dev, Float32, dims[:x.v.Rank])
	flat, _ := rows(&x.v)
	c, _ := rows(&out.v)
	dev.MatMul(c, flat, lastSwapped(w.v), backend.MatMulOptions{})
	record(opLinearT, out, x, w)
	guard("LinearT", out)
	return out
}

// With y = x·wᵀ: dx = dy·w and dw = dyᵀ·x.
var opLinearT = &op{"LinearT", func(s *sweep, n *node) {
	x, w := n.in[0], n.in[1]
	n.grad = s.contiguous(n.grad)
	g, _ := rows(&n.grad.v)
	s.intoRows(x, g, w.v)
	if w.wants() {
		flat, _ := rows(&x.v)
		dst, add := s.target(w)
		s.dev.MatMul(dst, lastSwapped(g), flat, backend.MatMulOptions{Accumulate: add})
	}
}}
