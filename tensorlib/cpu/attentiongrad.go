package cpu

import "math"

var (
	minusInf  = float32(math.Inf(-1))
	notNumber = float32(math.NaN())
)

// gradHead is the work on the gradient of one head, and its memory. Rows of p and ds are ld apart.
type gradHead struct {
	q, k, v, out, dq, dk, dv, dout, lse head

	ld           int
	keys, values []float32 // (D, ld): a block of keys and one of values, turned
	p, ds        []float32 // (queryBlock, ld)
	delta        []float32 // (T,)
}

func (j *attendJob) gradHead(w *worker, h int) gradHead {
	g := gradHead{
		q: j.q.of(h), k: j.k.of(h), v: j.v.of(h), out: j.out.of(h), lse: j.lse.of(h),
		dq: j.dq.of(h), dk: j.dk.of(h), dv: j.dv.of(h), dout: j.dout.of(h), ld: leading(j.k.length),
	}
	D, ld := g.q.width, g.ld
	mem := w.floats((2*D+2*queryBlock)*ld + g.q.length)
	take := func(n int) []float32 {
		x := mem[:n:n]
		mem = mem[n:]
		return x
	}
	g.keys, g.values, g.p, g.ds, g.delta = take(D*ld), take(D*ld), take(queryBlock*ld), take(queryBlock*ld), take(g.q.length)
	return g
}

// backward computes dq, dk and dv of head h.
func (j *attendJob) backward(w *worker, h int) {
	g := j.gradHead(w, h)
	g.dk.clear()
	g.dv.clear()
	g.dq.clear()
	for t := range g.q.length {
		g.delta[t] = j.kernel.dot(g.dout.line(t), g.out.line(t))
	}
	for from := 0; from < g.q.length; {
		r := j.run(h, from, g.q.length)
		j.attendGrad(w, &g, &r)
		from = r.to
	}
}

// attendGrad adds the part of a run: a block of keys after the other, and for each a block of queries after the other.
func (j *attendJob) attendGrad(w *worker, g *gradHead, r *run) {
	for s0 := r.lo; s0 < r.hi; s0 += keyBlock {
		n := min(keyBlock, r.hi-s0)
		j.turned(g.keys, g.ld, &g.k, s0, n)
		j.turned(g.values, g.ld, &g.v, s0, n)
		for t0 := r.from; t0 < r.to; t0 += queryBlock {
			t1 := min(t0+queryBlock, r.to)
			seen := r.visible(t1-1, s0, n)
			if seen == 0 {
				continue
			}
			for t := t0; t < t1; t += queryRows {
				j.slopes(w, g, r, t0, t, min(t+queryRows, t1), s0, seen)
			}
			j.intoKeys(w, g, r, t0, t1, s0, seen)
		}
	}
}

// slopes computes the rows of p and ds of queries r0…r1, of the block of queries from t0 on, which sees n keys, and adds their part
// of dq.
func (j *attendJob) slopes(w *worker, g *gradHead, r *run, t0, r0, r1, s0, n int) {
	p, ds := g.p[(r0-t0)*g.ld:], g.ds[(r0-t0)*g.ld:]
	seen := r.visible(r1-1, s0, n)
	j.scores(w, p, g.keys, g.ld, &g.q, r0, r1, seen)
	j.scores(w, ds, g.values, g.ld, &g.dout, r0, r1, seen)
	for t := r0; t < r1; t++ {
		row, slope := p[(t-r0)*g.ld:][:leading(n)], ds[(t-r0)*g.ld:][:leading(n)]
		j.kernel.slopes(row, slope, r.visible(t, s0, n), j.scale, g.lse.x[t*g.lse.row], g.delta[t])
	}
	dq := g.dq.from(r0)
	j.kernel.multiply(w, &product{
		m: r1 - r0, n: g.q.width, k: seen, a: ds, aRow: g.ld, aCol: 1, b: g.k.from(s0), bRow: g.k.row, bPanel: j.kernel.nr,
		c: dq, cRow: g.dq.row, add: dq, addRow: g.dq.row,
	})
}

// intoKeys adds the part of queries t0…t1 to dk and dv of the n keys from s0 on. Keys go in small groups: a group meets only
// the queries that see one of it.
func (j *attendJob) intoKeys(w *worker, g *gradHead, r *run, t0, t1, s0, n int) {
	group := 2 * j.kernel.mr
	for s := 0; s < n; s += group {
		from := t0
		if r.causal {
			from = max(t0, s0+s-r.shift)
		}
		keys := min(group, n-s)
		a := (from-t0)*g.ld + s
		j.addTurned(w, g.dv.from(s0+s), g.dv.row, g.p[a:], g.ld, &g.dout, from, t1, keys)
		j.addTurned(w, g.dk.from(s0+s), g.dk.row, g.ds[a:], g.ld, &g.q, from, t1, keys)
	}
}

// addTurned adds aᵀ times rows from…to of b to c, for the first n columns of a.
func (j *attendJob) addTurned(w *worker, c []float32, row int, a []float32, ld int, b *head, from, to, n int) {
	j.kernel.multiply(w, &product{
		m: n, n: b.width, k: to - from, a: a, aRow: 1, aCol: ld, b: b.from(from), bRow: b.row, bPanel: j.kernel.nr,
		c: c, cRow: row, add: c, addRow: row,
	})
}
