package tensorlib

import (
	"slices"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// DType is the type of a tensor's elements.
type DType = backend.DType

// The element types. Operations compute on Float32, Int32, Int64 and Bool; the others are for storage, and are converted with
// [Tensor.To].
const (
	Float32  = backend.Float32
	Int32    = backend.Int32
	Int64    = backend.Int64
	Bool     = backend.Bool
	Float16  = backend.Float16
	BFloat16 = backend.BFloat16
	Float64  = backend.Float64
	Int8     = backend.Int8
	Uint8    = backend.Uint8
)

// Tensor is a shaped, strided view on a block of a device's memory. Tensors are made by functions such as [New] and by
// operations; the zero Tensor is of no use. Several tensors may view one block.
type Tensor struct {
	v    backend.View
	mem  *memory // the block that v looks into: own, or that of the tensor this one is a view of
	own  memory
	node *node // the operation that made it, when gradients flow through it

	leaf bool    // SetRequiresGrad(true) was called
	grad *Tensor // of a leaf, once there was one
	has  bool    // grad holds a gradient; false after ZeroGrad
}

// memory is one block of a device, and what has become of it.
type memory struct {
	buf   backend.Buffer
	dev   backend.Ops
	state memoryState
	// written counts the changes in place. A gradient is computed from what an operation read, so Backward refuses operands
	// that were written to since.
	written uint32
}

type memoryState uint8

const (
	alive    memoryState = iota // the garbage collector's, or its Scope's while that runs
	kept                        // its Scope leaves it alone
	released                    // its Scope has ended; the block may be someone else's by now
)

// empty makes a tensor of undefined contents.
func empty(dev backend.Ops, dt DType, dims []int) *Tensor {
	t := &Tensor{v: dense(dt, dims)}
	allocate(dev, &t.v)
	t.own = memory{buf: t.v.Buf, dev: dev}
	t.mem = &t.own
	if g := local(); g != nil && g.scope != nil {
		g.scope.blocks = append(g.scope.blocks, t.mem)
	}
	return t
}

// like makes a tensor of undefined contents in the shape and on the device of t.
func like(t *Tensor, dt DType) *Tensor { return empty(t.mem.dev, dt, t.v.Dims[:t.v.Rank]) }

// alias is a tensor on the memory of t that sees it through v.
func alias(t *Tensor, v backend.View) *Tensor { return &Tensor{v: v, mem: t.mem} }

// use checks that op may read the tensors: they exist, are alive, and live on one device.
func use(op string, ts ...*Tensor) backend.Ops {
	for i, t := range ts {
		given(op, t)
		if t.mem.state == released {
			failFix(op, "tensor was released at the end of its Scope", "Keep it", t)
		}
		if i > 0 && t.mem.dev != ts[0].mem.dev {
			fail(op, "operands are on different devices, "+ts[0].Device()+" and "+t.Device(), ts...)
		}
	}
	return ts[0].mem.dev
}

// given checks that t is a tensor at all. A gradient that is not there yet is nil.
func given(op string, t *Tensor) {
	if t == nil || t.mem == nil {
		panic(&OpError{Op: op, Msg: "operand is nil or an empty Tensor{}", Fix: "make tensors with New, Zeros and their like; Grad is nil before Backward"})
	}
}

// want checks that the tensors hold elements of type dt.
func want(op string, dt DType, ts ...*Tensor) {
	for _, t := range ts {
		if t.v.DType != dt {
			failFix(op, "operand is "+t.v.DType.String()+", want "+dt.String(), "convert it with To", t)
		}
	}
}

// computes checks that op is defined for the elements of the tensors: that they are not of a dtype for storage.
func computes(op string, ts ...*Tensor) {
	for _, t := range ts {
		if !t.v.DType.Computes() {
			failFix(op, t.v.DType.String()+" is for storage, not for computing", "convert it with To", t)
		}
	}
}

// known checks that there is such a dtype.
func known(op string, dt DType) {
	if !dt.Valid() {
		panic(&OpError{Op: op, Msg: "there is no " + dt.String(), Fix: "use Float32, Int64 and their like"})
	}
}

// Shape is the sizes of the dimensions, outermost first.
func (t *Tensor) Shape() Shape {
	given("Shape", t)
	return shapeOf(&t.v)
}

// Dim is the size of dimension i; -1 is the last.
func (t *Tensor) Dim(i int) int {
	given("Dim", t)
	return t.v.Dims[axis("Dim", t, i)]
}

// Rank is the number of dimensions.
func (t *Tensor) Rank() int {
	given("Rank", t)
	return t.v.Rank
}

// Numel is the number of elements.
func (t *Tensor) Numel() int {
	given("Numel", t)
	return t.v.Numel()
}

// DType is the type of the elements.
func (t *Tensor) DType() DType {
	given("DType", t)
	return t.v.DType
}

// Device is the name of the device that holds the elements.
func (t *Tensor) Device() string {
	given("Device", t)
	return t.mem.dev.Name()
}

// IsContiguous reports whether the elements lie in row-major order without gaps.
func (t *Tensor) IsContiguous() bool {
	given("IsContiguous", t)
	return t.v.Contiguous()
}

// Keep takes the tensor's memory out of the [Scope] it was made in: it stays valid afterwards and is left to the garbage
// collector. Its history does not stay: no gradient flows back into the step. Keep returns t.
func (t *Tensor) Keep() *Tensor {
	use("Keep", t)
	t.mem.state = kept
	return t
}

// axis resolves a dimension that may count from the end.
func axis(op string, t *Tensor, i int) int {
	j := i
	if j < 0 {
		j += t.v.Rank
	}
	if j < 0 || j >= t.v.Rank {
		fail(op, "no dimension "+itoa(i), t)
	}
	return j
}

// axes resolves dimensions, all of them when none are given.
func axes(op string, t *Tensor, dims []int) (is [backend.MaxRank]bool) {
	if len(dims) == 0 {
		for i := range t.v.Rank {
			is[i] = true
		}
	}
	for _, d := range dims {
		i := axis(op, t, d)
		if is[i] {
			fail(op, "dimension "+itoa(d)+" is named twice", t)
		}
		is[i] = true
	}
	return is
}

// checkShape panics when dims cannot be a shape.
func checkShape(op string, dims []int) {
	if len(dims) > backend.MaxRank {
		panic(&OpError{Op: op, Msg: "more than " + itoa(backend.MaxRank) + " dimensions", Shapes: []Shape{slices.Clone(dims)}})
	}
	n := 1
	for _, d := range dims {
		if d < 0 {
			panic(&OpError{Op: op, Msg: "negative size", Shapes: []Shape{slices.Clone(dims)}})
		}
		if d > 0 && n > (1<<46)/d {
			panic(&OpError{Op: op, Msg: "too many elements", Shapes: []Shape{slices.Clone(dims)}})
		}
		n *= max(d, 1)
	}
}
