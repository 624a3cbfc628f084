package cpu

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// A reduction is two nests: kept walks the results, and over walks the elements that fold into one of them. Rows that are
// contiguous along over go through a kernel each; otherwise, rows that are contiguous along kept are folded column by
// column. Long sums are cut into blocks at fixed positions, whose sums are added up afterwards.

// columns is how many results are folded side by side, foldBlock how many terms a float32 column takes before it is added
// to its total.
const (
	columns   = 64
	foldBlock = 128
)

type reduceJob struct {
	kept, over loop
	k          *kernels
	dst, src   backend.View
	op         backend.ReduceOp
	do         func(j *reduceJob, w *worker, c *cursor)
	partial    []float32 // the sums or extremes of the pieces of over, when there is one result only
}

// Reduce implements backend.Reductions.
func (d *Device) Reduce(op backend.ReduceOp, dst, src backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.reduce
	j.k, j.op, j.dst, j.src = d.k, op, dst, src
	out, in, folded := dst, src, src
	for i := range src.Rank {
		if dst.Dims[i] == 1 {
			out.Dims[i], in.Dims[i] = 1, 1
		} else {
			folded.Dims[i] = 1
		}
	}
	j.kept.set(&out, &in)
	j.over.set(&folded)
	count := j.over.count()
	switch {
	case count == 0:
		j.do = foldNone
	case src.DType == backend.Int32:
		j.do = foldEach[int32]
	case src.DType == backend.Int64:
		j.do = foldEach[int64]
	case j.kept.count() == 1 && j.over.unit(1) && count > pieceSize:
		j.one(d)
		return
	case j.over.unit(1):
		j.do = foldRows
	case j.kept.unit(2):
		j.do = foldColumns
	default:
		j.do = foldEach[float32]
	}
	j.kept.cut(columns, count)
	d.run(j.kept.parts(), j)
	*j = reduceJob{}
}

func (j *reduceJob) part(w *worker, i int) {
	c := &w.cursor
	if j.partial != nil {
		j.piece(i)
		return
	}
	for j.kept.part(c, i); c.advance(); {
		j.do(j, w, c)
	}
}

// one folds everything into one number: first each piece by itself, then the pieces in order.
func (j *reduceJob) one(d *Device) {
	j.over.group = 1
	n := j.over.parts()
	j.partial = d.shared(n)
	d.run(n, j)
	at[float32](&j.dst)[0] = j.finish(j.kernels(j.partial))
	*j = reduceJob{}
}

func (j *reduceJob) piece(i int) {
	var c cursor
	x := at[float32](&j.src)
	for j.over.part(&c, i); c.advance(); {
		j.partial[i] = float32(j.kernels(x[c.off[0]:][:c.n]))
	}
}

// kernels folds a contiguous row.
func (j *reduceJob) kernels(x []float32) float64 {
	switch j.op {
	case backend.Sum, backend.Mean:
		return float64(j.k.sum(x))
	case backend.Max:
		return float64(maximum(x))
	default:
		return float64(minimum(x))
	}
}

// start is the result of folding nothing.
func (j *reduceJob) start() float64 {
	switch j.op {
	case backend.Max:
		return math.Inf(-1)
	case backend.Min:
		return math.Inf(1)
	default:
		return 0
	}
}

func (j *reduceJob) join(x, y float64) float64 {
	switch j.op {
	case backend.Max:
		return max(x, y)
	case backend.Min:
		return min(x, y)
	default:
		return x + y
	}
}

func (j *reduceJob) finish(x float64) float32 {
	if j.op == backend.Mean {
		x /= float64(j.over.count())
	}
	return float32(x)
}

// foldRows folds, for each result of a piece, the contiguous rows of over.
func foldRows(j *reduceJob, _ *worker, c *cursor) {
	dst, src := at[float32](&j.dst)[c.off[0]:], at[float32](&j.src)[c.off[1]:]
	for i := range c.n {
		total := j.start()
		x := src[i*j.kept.inner[1]:]
		for e := j.over.all(); e.advance(); {
			total = j.join(total, j.kernels(x[e.off[0]:][:e.n]))
		}
		dst[i*j.kept.inner[0]] = j.finish(total)
	}
}

// foldColumns folds c.n neighbouring results at a time.
func foldColumns(j *reduceJob, w *worker, c *cursor) {
	dst, src := at[float32](&j.dst)[c.off[0]:][:c.n], at[float32](&j.src)[c.off[1]:]
	block, step, n := w.floats(columns)[:c.n], j.over.inner[0], 0
	fill(dst, float32(j.start()))
	fill(block, float32(j.start()))
	for e := j.over.all(); e.advance(); {
		for i := range e.n {
			x := src[e.off[0]+i*step:][:c.n]
			j.joinRow(block, x)
			if n++; n%foldBlock == 0 {
				j.joinRow(dst, block)
				fill(block, float32(j.start()))
			}
		}
	}
	j.joinRow(dst, block)
	if j.op == backend.Mean {
		j.k.affine(dst, dst, float32(1/float64(j.over.count())), 0)
	}
}

func (j *reduceJob) joinRow(acc, x []float32) {
	switch j.op {
	case backend.Max:
		j.k.binary[backend.Maximum](acc, acc, x)
	case backend.Min:
		j.k.binary[backend.Minimum](acc, acc, x)
	default:
		j.k.binary[backend.Add](acc, acc, x)
	}
}

// foldEach folds element by element, with any strides.
func foldEach[T number](j *reduceJob, _ *worker, c *cursor) {
	dst, src := at[T](&j.dst)[c.off[0]:], at[T](&j.src)[c.off[1]:]
	for i := range c.n {
		x := src[i*j.kept.inner[1]:]
		dst[i*j.kept.inner[0]] = foldOne(j, x)
	}
}

// foldNone writes what is left when there is nothing to fold: 0 for a sum, NaN for a mean, an infinity for an extreme.
func foldNone(j *reduceJob, _ *worker, c *cursor) {
	for i := range c.n {
		k := c.off[0] + i*j.kept.inner[0]
		switch j.dst.DType {
		case backend.Int32:
			at[int32](&j.dst)[k] = 0
		case backend.Int64:
			at[int64](&j.dst)[k] = 0
		default:
			at[float32](&j.dst)[k] = j.finish(j.start())
		}
	}
}

func foldOne[T number](j *reduceJob, x []T) T {
	best, exact, total := x[0], T(0), 0.0
	for e := j.over.all(); e.advance(); {
		for i := range e.n {
			v := x[e.off[0]+i*j.over.inner[0]]
			switch j.op {
			case backend.Max:
				best = max(best, v)
			case backend.Min:
				best = min(best, v)
			default:
				exact += v
				total += float64(v)
			}
		}
	}
	if j.op == backend.Max || j.op == backend.Min {
		return best
	}
	if _, float := any(exact).(float32); float {
		return T(j.finish(total))
	}
	return exact
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// maximum and minimum are NaN when an element is.
func maximum(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

func minimum(x []float32) float32 {
	m := float32(math.Inf(1))
	for _, v := range x {
		m = min(m, v)
	}
	return m
}
