package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// rowsJob is an elementwise operation on Float32 views: exactly one of the functions is set, or none for an affine map.
type rowsJob struct {
	loop
	k            *kernels
	x            [maxOperands][]float32 // the destination first
	operands     int
	unary        func(dst, x []float32)
	binary       func(dst, a, b []float32)
	grad         func(dx, dy, x, y []float32)
	scale, shift float32
}

// Unary implements backend.Elementwise.
func (d *Device) Unary(op backend.UnaryOp, dst, x backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if op == backend.Not {
		d.typed.not(d, &dst, &x)
		return
	}
	d.rows.unary = d.k.unary[op]
	d.rows.start(d, &dst, &x)
}

// UnaryGrad implements backend.Elementwise.
func (d *Device) UnaryGrad(op backend.UnaryOp, dx, dy, x, y backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows.grad = d.k.grad[op]
	d.rows.start(d, &dx, &dy, &x, &y)
}

// Affine implements backend.Elementwise.
func (d *Device) Affine(dst, x backend.View, scale, shift float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows.scale, d.rows.shift = scale, shift
	d.rows.start(d, &dst, &x)
}

// Binary implements backend.Elementwise.
func (d *Device) Binary(op backend.BinaryOp, dst, a, b backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a.DType == backend.Float32 && int(op) < len(d.k.binary) {
		d.rows.binary = d.k.binary[op]
		d.rows.start(d, &dst, &a, &b)
		return
	}
	d.typed.binary(d, op, &dst, &a, &b)
}

// start runs j on views of equal shape, the destination first, and clears it.
func (j *rowsJob) start(d *Device, views ...*backend.View) {
	j.set(views...)
	j.k, j.operands = d.k, len(views)
	for i, v := range views {
		j.x[i] = at[float32](v)
	}
	d.run(j.parts(), j)
	*j = rowsJob{}
}

func (j *rowsJob) part(w *worker, i int) {
	var c cursor
	unit := j.unit(j.operands)
	for j.loop.part(&c, i); c.advance(); {
		if unit {
			j.apply(j.x[0][c.off[0]:][:c.n], j.row(&c, 1), j.row(&c, 2), j.row(&c, 3))
			continue
		}
		for from := 0; from < c.n; from += chunkSize {
			j.chunk(w, &c, from, min(chunkSize, c.n-from))
		}
	}
}

// row is operand o of the piece at c, nil when there is no such operand.
func (j *rowsJob) row(c *cursor, o int) []float32 {
	if o >= j.operands {
		return nil
	}
	return j.x[o][c.off[o]:][:c.n]
}

// chunk does n elements of a piece through scratch memory: it gathers the operands that have no unit stride, and scatters the
// result when the destination has none.
func (j *rowsJob) chunk(w *worker, c *cursor, from, n int) {
	scratch := w.floats(maxOperands * chunkSize)
	var r [maxOperands][]float32
	for o := range j.operands {
		s := j.inner[o]
		x := j.x[o][c.off[o]+from*s:]
		if s == 1 {
			r[o] = x[:n]
			continue
		}
		r[o] = scratch[o*chunkSize:][:n]
		if o > 0 {
			gather(r[o], x, s)
		}
	}
	j.apply(r[0], r[1], r[2], r[3])
	if s := j.inner[0]; s != 1 {
		x := j.x[0][c.off[0]+from*s:]
		for i, v := range r[0] {
			x[i*s] = v
		}
	}
}

func (j *rowsJob) apply(dst, a, b, c []float32) {
	switch {
	case j.unary != nil:
		j.unary(dst, a)
	case j.binary != nil:
		j.binary(dst, a, b)
	case j.grad != nil:
		j.grad(dst, a, b, c)
	default:
		j.k.affine(dst, a, j.scale, j.shift)
	}
}

// gather copies len(dst) elements at distance stride.
func gather[T storable](dst, src []T, stride int) {
	if stride == 0 {
		v := src[0]
		for i := range dst {
			dst[i] = v
		}
		return
	}
	for i := range dst {
		dst[i] = src[i*stride]
	}
}
