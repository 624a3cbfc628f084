package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// matrix is a Float32 view seen as rows along its last axis.
type matrix struct {
	v      backend.View
	x      []float32
	cols   int
	stride int // of a column
	flat   int // distance of two rows, when all rows are equally far apart; else 0
}

func matrixOf(v *backend.View) matrix {
	m := matrix{v: *v, x: at[float32](v), cols: 1, stride: 1}
	if v.Buf == nil || v.Rank == 0 {
		return m
	}
	m.cols, m.stride = v.Dims[v.Rank-1], v.Strides[v.Rank-1]
	if v.Rank == 2 {
		m.flat = v.Strides[0]
	} else if v.Contiguous() {
		m.flat = m.cols
	}
	return m
}

// row is row i, where it lies if its elements are neighbours, else gathered in tmp.
func (m *matrix) row(i int, tmp []float32) []float32 {
	x := m.x[m.at(i):]
	if m.stride == 1 || m.cols == 1 {
		return x[:m.cols]
	}
	tmp = tmp[:m.cols]
	gather(tmp, x, m.stride)
	return tmp
}

// out is where row i should be written: in place, or in tmp, from where put takes it.
func (m *matrix) out(i int, tmp []float32) []float32 {
	if m.stride == 1 || m.cols == 1 {
		return m.x[m.at(i):][:m.cols]
	}
	return tmp[:m.cols]
}

// put brings a row that out gave to where it belongs.
func (m *matrix) put(i int, row []float32) {
	if m.stride == 1 || m.cols == 1 {
		return
	}
	x := m.x[m.at(i):]
	for c, v := range row {
		x[c*m.stride] = v
	}
}

func (m *matrix) at(i int) int {
	if m.flat != 0 {
		return i * m.flat
	}
	return element(&m.v, m.v.Rank-1, i)
}

// rowsOf is the number of rows of v along its last axis.
func rowsOf(v *backend.View) int {
	n := 1
	for _, d := range v.Dims[:max(v.Rank-1, 0)] {
		n *= d
	}
	return n
}

// rowGroup is how many rows of cols elements make a part worth handing out, when an element costs work additions.
func rowGroup(cols, work int) int { return max(1, partSize/max(1, cols*work)) }
