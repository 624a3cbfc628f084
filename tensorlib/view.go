package tensorlib

import (
	"slices"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Reshape is t with other sizes and the elements in the same row-major order. One size may be -1: it is computed. The memory
// is shared where the strides allow, else copied.
func (t *Tensor) Reshape(shape ...int) *Tensor {
	use("Reshape", t)
	var dims [backend.MaxRank]int
	n := inferShape(t, shape, &dims)
	v, ok := reshaped(&t.v, dims[:n])
	if !ok {
		return t.Contiguous().Reshape(dims[:n]...)
	}
	out := alias(t, v)
	record(opReshape, out, t)
	return out
}

func inferShape(t *Tensor, shape []int, dims *[backend.MaxRank]int) int {
	free, known := -1, 1
	if len(shape) > backend.MaxRank {
		fail("Reshape", "more than "+itoa(backend.MaxRank)+" dimensions wanted", t)
	}
	for i, d := range shape {
		dims[i] = d
		switch {
		case d == -1 && free < 0:
			free = i
		case d < 0:
			failShape("Reshape", "one size at most may be -1, none less", shape, t)
		default:
			known *= d
		}
	}
	if free >= 0 && known > 0 {
		dims[free] = t.Numel() / known
		known *= dims[free]
	}
	if known != t.Numel() {
		failShape("Reshape", "the numbers of elements differ", shape, t)
	}
	return len(shape)
}

// failShape panics with t's shape and another that is wanted of it.
func failShape(op, msg string, shape []int, t *Tensor) {
	panic(&OpError{Op: op, Msg: msg, Shapes: []Shape{t.Shape(), slices.Clone(Shape(shape))}})
}

var opReshape = &op{"Reshape", func(s *sweep, n *node) {
	in := n.in[0]
	g := n.grad
	v, ok := reshaped(&g.v, in.v.Dims[:in.v.Rank])
	if ok {
		s.give(in, s.share(g, v))
		return
	}
	s.into(in, func(dst backend.View) {
		dst, _ = reshaped(&dst, n.grad.v.Dims[:n.grad.v.Rank])
		s.dev.Copy(dst, n.grad.v)
	})
}}

// Transpose is t with dimensions i and j exchanged, on the same memory.
func (t *Tensor) Transpose(i, j int) *Tensor {
	use("Transpose", t)
	i, j = axis("Transpose", t, i), axis("Transpose", t, j)
	out := alias(t, swapAxes(t.v, i, j))
	if n := record(opTranspose, out, t); n != nil {
		n.num[0], n.num[1] = i, j
	}
	return out
}

// T is the transposed matrix: t with its last two dimensions exchanged.
func (t *Tensor) T() *Tensor { return t.Transpose(-2, -1) }

var opTranspose = &op{"Transpose", func(s *sweep, n *node) {
	s.give(n.in[0], s.share(n.grad, swapAxes(n.grad.v, n.num[0], n.num[1])))
}}

// Permute is t with its dimensions in another order: dimension i of the result is dimension order[i] of t.
func (t *Tensor) Permute(order ...int) *Tensor {
	use("Permute", t)
	if len(order) != t.v.Rank {
		fail("Permute", itoa(len(order))+" dimensions named of "+itoa(t.v.Rank), t)
	}
	axes("Permute", t, order) // each once
	out := t
	at := make([]int, t.v.Rank) // where dimension i of t is now
	for i := range at {
		at[i] = i
	}
	for i, d := range order {
		j := slices.Index(at, axis("Permute", t, d))
		if i != j {
			out = out.Transpose(i, j)
			at[i], at[j] = at[j], at[i]
		}
	}
	return out
}

// Slice is the part [from, to) of dimension dim, on the same memory.
func (t *Tensor) Slice(dim, from, to int) *Tensor {
	use("Slice", t)
	dim = axis("Slice", t, dim)
	if from < 0 || to < from || to > t.v.Dims[dim] {
		fail("Slice", "["+itoa(from)+", "+itoa(to)+") is not inside of dimension "+itoa(dim), t)
	}
	out := alias(t, sliced(t.v, dim, from, to))
	if n := record(opSlice, out, t); n != nil {
		n.num = [3]int{dim, from, to}
	}
	return out
}

func sliced(v backend.View, dim, from, to int) backend.View {
	v.Offset += from * v.Strides[dim]
	v.Dims[dim] = to - from
	return v
}

var opSlice = &op{"Slice", func(s *sweep, n *node) {
	part := sliced(s.sum(n.in[0]), n.num[0], n.num[1], n.num[2])
	s.dev.Binary(backend.Add, part, part, n.grad.v)
}}

// Select is t at index i of dimension dim, which the result no longer has; -1 is the last index.
func (t *Tensor) Select(dim, i int) *Tensor {
	use("Select", t)
	dim = axis("Select", t, dim)
	j := i
	if j < 0 {
		j += t.v.Dims[dim]
	}
	if j < 0 || j >= t.v.Dims[dim] {
		fail("Select", "no index "+itoa(i)+" in dimension "+itoa(dim), t)
	}
	return t.Slice(dim, j, j+1).Squeeze(dim)
}

// Split cuts dimension dim into n parts of equal size.
func (t *Tensor) Split(dim, n int) []*Tensor {
	use("Split", t)
	dim = axis("Split", t, dim)
	if n <= 0 || t.v.Dims[dim]%n != 0 || n > max(t.v.Dims[dim], 1) { // 0 divides by everything
		fail("Split", "dimension "+itoa(dim)+" does not divide by "+itoa(n), t)
	}
	size := t.v.Dims[dim] / n
	parts := make([]*Tensor, n)
	for i := range parts {
		parts[i] = t.Slice(dim, i*size, (i+1)*size)
	}
	return parts
}

// Unsqueeze is t with a new dimension of size 1 before dimension dim; -1 puts it last.
func (t *Tensor) Unsqueeze(dim int) *Tensor {
	use("Unsqueeze", t)
	if dim < 0 {
		dim += t.v.Rank + 1
	}
	if dim < 0 || dim > t.v.Rank || t.v.Rank == backend.MaxRank {
		fail("Unsqueeze", "no place for dimension "+itoa(dim), t)
	}
	return t.Reshape(slices.Insert(t.Shape(), dim, 1)...)
}

// Squeeze is t without the named dimensions, which have size 1; without all of size 1 when none are named.
func (t *Tensor) Squeeze(dims ...int) *Tensor {
	use("Squeeze", t)
	drop := axes("Squeeze", t, dims)
	shape := make([]int, 0, backend.MaxRank)
	for i, d := range t.v.Dims[:t.v.Rank] {
		switch {
		case !drop[i] || d != 1 && len(dims) == 0:
			shape = append(shape, d)
		case d != 1:
			fail("Squeeze", "dimension "+itoa(i)+" is not of size 1", t)
		}
	}
	return t.Reshape(shape...)
}

// Expand stretches dimensions of size 1, and adds new ones at the left, without copying. -1 keeps a size.
func (t *Tensor) Expand(shape ...int) *Tensor {
	use("Expand", t)
	checked := slices.Clone(shape)
	lead := len(shape) - t.v.Rank
	for i, d := range shape {
		if d == -1 && i >= lead && lead >= 0 {
			checked[i] = t.v.Dims[i-lead]
		}
		if lead < 0 || checked[i] < 0 || i >= lead && t.v.Dims[i-lead] != checked[i] && t.v.Dims[i-lead] != 1 {
			failShape("Expand", "only sizes of 1 stretch", shape, t)
		}
	}
	checkShape("Expand", checked)
	if lead < 0 {
		failShape("Expand", "the result has fewer dimensions", shape, t)
	}
	out := alias(t, expandTo(&t.v, checked))
	record(opExpand, out, t)
	return out
}

var opExpand = &op{"Expand", func(s *sweep, n *node) {
	s.giveReduced(n.in[0], s.share(n.grad, n.grad.v))
}}

// Contiguous is t in row-major order without gaps: t itself when it is so already, else a copy.
func (t *Tensor) Contiguous() *Tensor {
	use("Contiguous", t)
	if t.v.Contiguous() {
		return t
	}
	return t.Clone()
}

// Clone is a copy of t, in row-major order.
func (t *Tensor) Clone() *Tensor {
	use("Clone", t)
	return t.To(t.v.DType)
}

// To is a copy of t converted to dt: floats to the nearest, of two the even one; floats to integers towards zero, to the nearest integer there
// is when they do not fit, NaN to 0; integers to smaller ones by wrapping around; all to Bool as x != 0. Gradients flow through Float32 to
// Float32 only.
func (t *Tensor) To(dt DType) *Tensor {
	dev := use("To", t)
	known("To", dt)
	out := like(t, dt)
	dev.Copy(out.v, t.v)
	if dt == Float32 && t.v.DType == Float32 {
		record(opClone, out, t)
	}
	return out
}

var opClone = &op{"Clone", func(s *sweep, n *node) { s.give(n.in[0], s.share(n.grad, n.grad.v)) }}
