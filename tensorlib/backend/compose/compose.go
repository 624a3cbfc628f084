// Package compose makes the families of operations that a device has no kernels for out of its core, [backend.Device]. [Complete] asks the
// device once, by type assertion, which families it has; what is missing is composed: right to a few units in the last place, and slower.
//
// One file is one family. A composed operation queues core operations and waits for none.
package compose

import (
	"encoding/binary"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Complete is d with all families: d itself when it has them.
func Complete(d backend.Device) backend.Ops {
	if all, ok := d.(backend.Ops); ok {
		return all
	}
	return &completed{
		Device:         d,
		Scans:          or[backend.Scans](d, scans{d}),
		Softmaxes:      or[backend.Softmaxes](d, softmaxes{d}),
		LayerNorms:     or[backend.LayerNorms](d, layerNorms{d}),
		CrossEntropies: or[backend.CrossEntropies](d, crossEntropies{d}),
		Attentions:     or[backend.Attentions](d, attentions{d}),
		Dropouts:       or[backend.Dropouts](d, dropouts{d}),
		Optimizers:     or[backend.Optimizers](d, optimizers{d}),
	}
}

type completed struct {
	backend.Device
	backend.Scans
	backend.Softmaxes
	backend.LayerNorms
	backend.CrossEntropies
	backend.Attentions
	backend.Dropouts
	backend.Optimizers
}

// or is the family F of d, or the composed one.
func or[F any](d backend.Device, composed F) F {
	if own, ok := d.(F); ok {
		return own
	}
	return composed
}

// work is one composed operation under way: the core, and the blocks it has taken, which end gives back.
type work struct {
	backend.Device
	taken []backend.Buffer
}

func begin(d backend.Device) *work { return &work{Device: d} }

func (w *work) end() {
	for _, b := range w.taken {
		w.Free(b)
	}
}

// blank is a dense view of undefined contents.
func (w *work) blank(dt backend.DType, dims ...int) backend.View {
	v := backend.View{DType: dt, Rank: len(dims)}
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.Dims[i], v.Strides[i] = dims[i], step
		step *= dims[i]
	}
	v.Buf = w.Alloc(max(step, 1) * dt.Size())
	w.taken = append(w.taken, v.Buf)
	return v
}

// like is a blank of v's shape.
func (w *work) like(v backend.View) backend.View { return w.blank(v.DType, v.Dims[:v.Rank]...) }

// number is a constant, of any shape by broadcasting.
func (w *work) number(dt backend.DType, x float64) backend.View {
	v := w.blank(dt)
	w.Fill(v, x)
	return v
}

// count is the Int32 vector 0, 1, …, n-1.
func (w *work) count(n int) backend.View {
	v := w.blank(backend.Int32, n)
	data := make([]byte, 0, 4*n)
	for i := range n {
		data = binary.LittleEndian.AppendUint32(data, uint32(i))
	}
	w.Upload(v.Buf, 0, data)
	return v
}

// unary is op(x).
func (w *work) unary(op backend.UnaryOp, x backend.View) backend.View {
	y := w.like(x)
	w.Unary(op, y, x)
	return y
}

// binary is op(a, b), of a's shape, to which b is stretched.
func (w *work) binary(op backend.BinaryOp, a, b backend.View) backend.View {
	dt := a.DType
	if op.Compares() {
		dt = backend.Bool
	}
	y := w.blank(dt, a.Dims[:a.Rank]...)
	w.Binary(op, y, a, stretched(b, a))
	return y
}

// affine is x*scale + shift.
func (w *work) affine(x backend.View, scale, shift float64) backend.View {
	y := w.like(x)
	w.Affine(y, x, float32(scale), float32(shift))
	return y
}

// where is a where cond is true and b elsewhere, of cond's shape, to which a and b are stretched.
func (w *work) where(cond, a, b backend.View) backend.View {
	y := w.blank(a.DType, cond.Dims[:cond.Rank]...)
	w.Where(y, cond, stretched(a, cond), stretched(b, cond))
	return y
}

// converted is x in another dtype.
func (w *work) converted(x backend.View, dt backend.DType) backend.View {
	y := w.blank(dt, x.Dims[:x.Rank]...)
	w.Copy(y, x)
	return y
}

// reduce folds one axis, which stays with size 1.
func (w *work) reduce(op backend.ReduceOp, x backend.View, axis int) backend.View {
	dims := x.Dims
	dims[axis] = 1
	y := w.blank(x.DType, dims[:x.Rank]...)
	w.Reduce(op, y, x)
	return y
}

// matMul is a·b.
func (w *work) matMul(a, b backend.View) backend.View {
	dims := a.Dims
	dims[a.Rank-1] = b.Dims[b.Rank-1]
	c := w.blank(backend.Float32, dims[:a.Rank]...)
	w.MatMul(c, a, b, backend.MatMulOptions{})
	return c
}

// finite is whether each element is a finite number: x-x is 0.
func (w *work) finite(x backend.View) backend.View {
	return w.binary(backend.Eq, w.binary(backend.Sub, x, x), w.number(backend.Float32, 0))
}

// stretched sees v, with dimensions missing at the left or of size 1, in the shape of like.
func stretched(v, like backend.View) backend.View {
	r := v
	r.Rank, r.Dims = like.Rank, like.Dims
	lead := like.Rank - v.Rank
	for i := range like.Rank {
		r.Strides[i] = 0
		if i >= lead && v.Dims[i-lead] == like.Dims[i] {
			r.Strides[i] = v.Strides[i-lead]
		}
	}
	return r
}

// column is a vector with a second dimension of size 1.
func column(v backend.View) backend.View {
	v.Dims[v.Rank], v.Strides[v.Rank] = 1, 1
	v.Rank++
	return v
}

// swapped is v with its last two dimensions exchanged.
func swapped(v backend.View) backend.View {
	i, j := v.Rank-2, v.Rank-1
	v.Dims[i], v.Dims[j] = v.Dims[j], v.Dims[i]
	v.Strides[i], v.Strides[j] = v.Strides[j], v.Strides[i]
	return v
}

// shaped is a dense view in another shape.
func shaped(v backend.View, dims ...int) backend.View {
	v.Rank = len(dims)
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.Dims[i], v.Strides[i] = dims[i], step
		step *= dims[i]
	}
	return v
}
