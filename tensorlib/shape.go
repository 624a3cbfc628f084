package tensorlib

import (
	"slices"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Shape is the sizes of a tensor's dimensions, outermost first. The shape of a scalar is empty.
type Shape []int

// Numel is the number of elements of a tensor of this shape: the product of the sizes.
func (s Shape) Numel() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Equal reports whether s and o are the same sizes.
func (s Shape) Equal(o Shape) bool { return slices.Equal(s, o) }

// String writes the shape as (2, 3).
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// dense is the view of a new row-major block of memory with these sizes, its buffer still absent.
func dense(dt backend.DType, dims []int) backend.View {
	v := backend.View{DType: dt, Rank: len(dims)}
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.Dims[i], v.Strides[i] = dims[i], step
		step *= dims[i]
	}
	return v
}

// sameDims reports whether a and b have equal shapes.
func sameDims(a, b *backend.View) bool {
	return a.Rank == b.Rank && slices.Equal(a.Dims[:a.Rank], b.Dims[:b.Rank])
}

// shapeOf copies the sizes of v.
func shapeOf(v *backend.View) Shape { return slices.Clone(Shape(v.Dims[:v.Rank])) }

// broadcastDims is the common shape of a and b by NumPy's rule: sizes are aligned at the right, and a 1 stretches.
func broadcastDims(a, b *backend.View) (dims [backend.MaxRank]int, rank int, ok bool) {
	rank = max(a.Rank, b.Rank)
	for i := range rank {
		da, db := sizeFromRight(a, rank-1-i), sizeFromRight(b, rank-1-i)
		switch {
		case da == db || db == 1:
			dims[i] = da
		case da == 1:
			dims[i] = db
		default:
			return dims, rank, false
		}
	}
	return dims, rank, true
}

func sizeFromRight(v *backend.View, i int) int {
	if i >= v.Rank {
		return 1
	}
	return v.Dims[v.Rank-1-i]
}

// expandTo is v stretched to dims, with stride 0 where a size 1 grew; dims must be a broadcast of v's shape.
func expandTo(v *backend.View, dims []int) backend.View {
	e := backend.View{Buf: v.Buf, DType: v.DType, Rank: len(dims), Offset: v.Offset}
	copy(e.Dims[:], dims)
	lead := len(dims) - v.Rank
	for i := range v.Rank {
		if v.Dims[i] == dims[lead+i] {
			e.Strides[lead+i] = v.Strides[i]
		}
	}
	return e
}

// swapAxes exchanges two axes of v.
func swapAxes(v backend.View, i, j int) backend.View {
	v.Dims[i], v.Dims[j] = v.Dims[j], v.Dims[i]
	v.Strides[i], v.Strides[j] = v.Strides[j], v.Strides[i]
	return v
}

// reshaped is v under new sizes without moving an element; ok is false when the strides do not allow that.
func reshaped(v *backend.View, dims []int) (r backend.View, ok bool) {
	r = dense(v.DType, dims)
	r.Buf, r.Offset = v.Buf, v.Offset
	if v.Contiguous() || v.Numel() == 0 {
		return r, true
	}
	old := squeezed(v)
	// Walk both shapes from the left in groups of equal products; inside a group the old axes must follow each other.
	for i, j := 0, 0; j < len(dims); {
		if dims[j] == 1 {
			j++
			continue
		}
		i1, j1, po, pn := i+1, j+1, old.Dims[i], dims[j]
		for po != pn {
			if po < pn {
				po *= old.Dims[i1]
				i1++
			} else {
				pn *= dims[j1]
				j1++
			}
		}
		for k := i; k+1 < i1; k++ {
			if old.Strides[k] != old.Strides[k+1]*old.Dims[k+1] {
				return r, false
			}
		}
		step := old.Strides[i1-1]
		for k := j1 - 1; k >= j; k-- {
			r.Strides[k] = step
			step *= dims[k]
		}
		i, j = i1, j1
	}
	return r, true
}

// squeezed is v without its axes of size 1.
func squeezed(v *backend.View) backend.View {
	s := backend.View{Buf: v.Buf, DType: v.DType, Offset: v.Offset}
	for i := range v.Rank {
		if v.Dims[i] != 1 {
			s.Dims[s.Rank], s.Strides[s.Rank] = v.Dims[i], v.Strides[i]
			s.Rank++
		}
	}
	return s
}

// overlaps reports whether two elements of v may share memory: a stride of 0 on an axis longer than 1.
func overlaps(v *backend.View) bool {
	for i := range v.Rank {
		if v.Dims[i] > 1 && v.Strides[i] == 0 {
			return true
		}
	}
	return false
}
