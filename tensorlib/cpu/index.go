package cpu

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// indexJob works on rows that are found by an index, or an index that is found in rows.
type indexJob struct {
	k            *kernels
	table, x     backend.View // x: the rows copied to or from, of the index's shape plus one dimension
	index        backend.View
	rows, length int
	fault        fault
	bad          uint64 // what Gather writes for an index out of range
	do           func(j *indexJob, w *worker, from, to int)
	group        int
}

// ArgMax implements backend.Reductions. NaN counts as largest.
func (d *Device) ArgMax(dst, src backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.index
	j.index, j.x = dst, src
	switch src.DType {
	case backend.Float32:
		j.do = argMax[float32]
	case backend.Int32:
		j.do = argMax[int32]
	case backend.Int64:
		j.do = argMax[int64]
	default:
		j.do = argMax[uint8]
	}
	j.start(d, false)
}

// Gather implements backend.Linear.
func (d *Device) Gather(dst, table, idx backend.View, op string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.index
	j.x, j.table, j.index = dst, table, idx
	j.do = bySize(table.DType, gatherRows[uint8], gatherRows[uint16], gatherRows[uint32], gatherRows[uint64])
	j.bad = table.DType.Encode(math.NaN())
	return j.start(d, false).of(op, table.Dims[0])
}

// ScatterAdd implements backend.Linear. Parts are ranges of columns, so that each column adds in the order of the index.
func (d *Device) ScatterAdd(table, src, idx backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.index
	j.x, j.table, j.index, j.k = src, table, idx, d.k
	switch table.DType {
	case backend.Float32:
		j.do = scatterRows[float32]
		if src.Strides[src.Rank-1] == 1 && table.Strides[1] == 1 {
			j.do = scatterFloats
		}
	case backend.Int32:
		j.do = scatterRows[int32]
	case backend.Int64:
		j.do = scatterRows[int64]
	default:
		panic(fmt.Sprintf("cpu: ScatterAdd of %v", table.DType))
	}
	j.start(d, true)
}

// start cuts j into ranges of rows, or of columns.
func (j *indexJob) start(d *Device, byColumn bool) fault {
	j.rows, j.length = j.index.Numel(), j.x.Dims[j.x.Rank-1]
	n, work := j.rows, j.length
	if byColumn {
		n, work = j.length, j.rows
	}
	j.group = max(1, partSize/max(1, work))
	if byColumn {
		j.group = max(j.group, 16)
	}
	d.run((n+j.group-1)/j.group, j)
	f := j.fault
	*j = indexJob{}
	return f
}

func (j *indexJob) part(w *worker, i int) { j.do(j, w, i*j.group, (i+1)*j.group) }

// element is the offset of element i of the row-major order of the first rank dimensions of v.
func element(v *backend.View, rank, i int) int {
	off := 0
	for d := rank - 1; d >= 0; d-- {
		off += i % v.Dims[d] * v.Strides[d]
		i /= v.Dims[d]
	}
	return off
}

// number is the index of row i.
func (j *indexJob) number(i int) int {
	at0 := element(&j.index, j.index.Rank, i)
	if j.index.DType == backend.Int32 {
		return int(at[int32](&j.index)[at0])
	}
	return int(at[int64](&j.index)[at0])
}

// rowOf is the index of row i; ok is false when it is out of range: it would read somebody else's memory.
func (j *indexJob) rowOf(i int) (r int, ok bool) {
	r = j.number(i)
	return r, r >= 0 && r < j.table.Dims[0]
}

func gatherRows[T uint8 | uint16 | uint32 | uint64](j *indexJob, _ *worker, from, to int) {
	dst, table := at[T](&j.x), at[T](&j.table)
	ds, ts := j.x.Strides[j.x.Rank-1], j.table.Strides[1]
	for i := from; i < min(to, j.rows); i++ {
		a := dst[element(&j.x, j.x.Rank-1, i):]
		r, ok := j.rowOf(i)
		if !ok {
			j.fault.note(i, r)
			for c := range j.length {
				a[c*ds] = T(j.bad)
			}
			continue
		}
		b := table[r*j.table.Strides[0]:]
		if ds == 1 && ts == 1 {
			copy(a[:j.length], b[:j.length])
			continue
		}
		for c := range j.length {
			a[c*ds] = b[c*ts]
		}
	}
}

func scatterRows[T number](j *indexJob, _ *worker, from, to int) {
	src, table := at[T](&j.x), at[T](&j.table)
	ss, ts := j.x.Strides[j.x.Rank-1], j.table.Strides[1]
	to = min(to, j.length)
	for i := range j.rows {
		r, ok := j.rowOf(i)
		if !ok {
			continue
		}
		a := table[r*j.table.Strides[0]:]
		b := src[element(&j.x, j.x.Rank-1, i):]
		for c := from; c < to; c++ {
			a[c*ts] += b[c*ss]
		}
	}
}

// scatterFloats is scatterRows for rows of neighbours.
func scatterFloats(j *indexJob, _ *worker, from, to int) {
	src, table := at[float32](&j.x), at[float32](&j.table)
	to = min(to, j.length)
	for i := range j.rows {
		r, ok := j.rowOf(i)
		if !ok {
			continue
		}
		a := table[r*j.table.Strides[0]:][from:to]
		j.k.binary[backend.Add](a, a, src[element(&j.x, j.x.Rank-1, i):][from:to])
	}
}

func argMax[T number](j *indexJob, _ *worker, from, to int) {
	src, dst := at[T](&j.x), at[int64](&j.index)
	s := j.x.Strides[j.x.Rank-1]
	for i := from; i < min(to, j.rows); i++ {
		x := src[element(&j.x, j.x.Rank-1, i):]
		best := 0
		for c := 1; c < j.length; c++ {
			if v, b := x[c*s], x[best*s]; v > b || v != v && b == b {
				best = c
			}
		}
		dst[element(&j.index, j.index.Rank, i)] = int64(best)
	}
}
