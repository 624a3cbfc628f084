package tensorlib

import (
	"encoding/binary"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Float32s copies the elements, converted to float32, in row-major order.
func (t *Tensor) Float32s() []float32 { return download[float32](t, Float32) }

// Float64s copies the elements, converted to float64, in row-major order.
func (t *Tensor) Float64s() []float64 { return download[float64](t, Float64) }

// Int64s copies the elements, converted to int64 (towards zero), in row-major order.
func (t *Tensor) Int64s() []int64 { return download[int64](t, Int64) }

// Bools copies the elements, as x != 0, in row-major order.
func (t *Tensor) Bools() []bool {
	u := download[uint8](t, Bool)
	bs := make([]bool, len(u))
	for i, x := range u {
		bs[i] = x != 0
	}
	return bs
}

// Item is the one element of t, of any shape with one element.
func (t *Tensor) Item() float64 {
	use("Item", t)
	if t.Numel() != 1 {
		failFix("Item", "wants one element", "use At, or Sum or Mean first", t)
	}
	return t.number()
}

// Items is the one element of each of ts, read in one go: where [Tensor.Item] would wait for the device several times, Items waits once.
func Items(ts ...*Tensor) []float64 {
	if len(ts) == 0 {
		return nil
	}
	dev := use("Items", ts...)
	v := dense(Float64, []int{len(ts)})
	allocate(dev, &v)
	defer dev.Free(v.Buf)
	for i, t := range ts {
		if t.Numel() != 1 {
			failFix("Items", "wants tensors of one element", "Sum or Mean them first", t)
		}
		to := v
		to.Rank, to.Offset = 0, i
		dev.Copy(to, alone(t.v))
	}
	out := make([]float64, len(ts))
	read(dev, asBytes(out), v.Buf, 0)
	return out
}

// alone is v, which has one element, without dimensions.
func alone(v backend.View) backend.View {
	v.Rank = 0
	return v
}

// At is the element with these indices; negative ones count from the end.
func (t *Tensor) At(i ...int) float64 {
	use("At", t)
	if len(i) != t.v.Rank {
		fail("At", itoa(len(i))+" indices for "+itoa(t.v.Rank)+" dimensions", t)
	}
	one := t.v
	one.Rank = 0
	for d, j := range i {
		if j < 0 {
			j += t.v.Dims[d]
		}
		if j < 0 || j >= t.v.Dims[d] {
			fail("At", "index "+itoa(i[d])+" is outside of dimension "+itoa(d), t)
		}
		one.Offset += j * t.v.Strides[d]
	}
	return alias(t, one).number()
}

// number reads the single element of t exactly: an integer does not pass through float32.
func (t *Tensor) number() float64 {
	use("Item", t)
	var bits [8]byte
	size := t.v.DType.Size()
	read(t.mem.dev, bits[:size], t.v.Buf, t.v.Offset*size)
	return t.v.DType.Decode(binary.LittleEndian.Uint64(bits[:]))
}

// download copies t to the host as elements of dt, which E is the Go type of.
func download[E element](t *Tensor, dt DType) []E {
	dev := use("read", t)
	out := make([]E, t.Numel())
	v := t.v
	if v.DType != dt || !v.Contiguous() {
		v = dense(dt, t.v.Dims[:t.v.Rank])
		allocate(dev, &v)
		defer dev.Free(v.Buf)
		dev.Copy(v, t.v)
	}
	read(dev, asBytes(out), v.Buf, v.Offset*dt.Size())
	return out
}

// CopyFrom replaces the elements of t, in place, by those of src, converted to t's type; every view on the memory sees it.
// The shapes are equal. Nothing is recorded for gradients: it is meant for weights and caches. It returns t.
func (t *Tensor) CopyFrom(src *Tensor) *Tensor {
	dev := use("CopyFrom", t, src)
	if !sameDims(&t.v, &src.v) {
		fail("CopyFrom", "shapes differ", t, src)
	}
	if overlaps(&t.v) {
		failFix("CopyFrom", "destination is an expanded view", "Clone it first", t)
	}
	v := src.v
	if t.mem == src.mem && t.v != src.v { // the views may overlap
		v = dense(src.v.DType, src.v.Dims[:src.v.Rank])
		allocate(dev, &v)
		defer dev.Free(v.Buf)
		dev.Copy(v, src.v)
	}
	dev.Copy(t.v, v)
	t.mem.written++
	return t
}

// SetFloat32s replaces the elements of t, in place, by x in row-major order. It returns t.
func (t *Tensor) SetFloat32s(x []float32) *Tensor {
	dev := use("SetFloat32s", t)
	if len(x) != t.Numel() {
		fail("SetFloat32s", itoa(len(x))+" numbers for the shape", t)
	}
	t.mem.written++
	if t.v.DType == Float32 && t.v.Contiguous() {
		dev.Upload(t.v.Buf, t.v.Offset*Float32.Size(), asBytes(x))
		return t
	}
	v := dense(Float32, t.v.Dims[:t.v.Rank])
	allocate(dev, &v)
	defer dev.Free(v.Buf)
	dev.Upload(v.Buf, 0, asBytes(x))
	dev.Copy(t.v, v)
	return t
}

// Bytes copies the elements in row-major order as they lie in memory: little-endian, Bool as one byte 0 or 1.
func (t *Tensor) Bytes() []byte {
	dev := use("Bytes", t)
	v := t.v
	if !v.Contiguous() {
		v = dense(t.v.DType, t.v.Dims[:t.v.Rank])
		allocate(dev, &v)
		defer dev.Free(v.Buf)
		dev.Copy(v, t.v)
	}
	size := v.DType.Size()
	out := make([]byte, t.Numel()*size)
	read(dev, out, v.Buf, v.Offset*size)
	return out
}
