package cpu

import "math"

var minusInf = float32(math.Inf(-1))

// gradScratch is the memory of the gradient of one head. Rows of p and ds are ld apart.
type gradScratch struct {
	ld           int
	keys, values []float32 // (D, ld): a block of keys and one of values, turned
	p, ds        []float32 // (queryBlock, ld)
	delta        []float32 // (T,)
}

func (j *attendJob) gradScratch(w *worker) gradScratch {
	D, ld := j.q.width, (min(j.k.length, keyBlock)+15)&^15
	mem := w.floats((2*D+2*queryBlock)*ld + j.q.length)
	take := func(n int) []float32 {
		x := mem[:n:n]
		mem = mem[n:]
		return x
	}
	return gradScratch{ld, take(D * ld), take(D * ld), take(queryBlock * ld), take(queryBlock * ld), take(j.q.length)}
}

// backward computes dq, dk and dv of head h: a block of keys after the other, and for each a block of queries after the other.
func (j *attendJob) backward(w *worker, h int) {
	m := j.gradScratch(w)
	for s := range j.k.length {
		clear(j.dk.line(h, s))
		clear(j.dv.line(h, s))
	}
	for t := range j.q.length {
		clear(j.dq.line(h, t))
		m.delta[t] = j.kernel.dot(j.dout.line(h, t), j.out.line(h, t))
	}
	for s0 := 0; s0 < j.k.length; s0 += keyBlock {
		n := min(keyBlock, j.k.length-s0)
		j.turned(m.keys, m.ld, &j.k, h, s0, n)
		j.turned(m.values, m.ld, &j.v, h, s0, n)
		for t0 := 0; t0 < j.q.length; t0 += queryBlock {
			t1 := min(t0+queryBlock, j.q.length)
			if j.visible(t1-1, s0, n) == 0 {
				continue
			}
			for r := t0; r < t1; r += queryRows {
				j.slopes(w, &m, h, t0, r, min(r+queryRows, t1), s0, n)
			}
			j.intoKeys(w, &m, h, t0, t1, s0, n)
		}
	}
}

// slopes computes the rows of p and ds of queries r0…r1, of the block of queries from t0 on, and adds their part of dq.
func (j *attendJob) slopes(w *worker, m *gradScratch, h, t0, r0, r1, s0, n int) {
	p, ds := m.p[(r0-t0)*m.ld:], m.ds[(r0-t0)*m.ld:]
	seen := j.scores(w, p, m.keys, m.ld, &j.q, h, r0, r1, s0, n)
	j.scores(w, ds, m.values, m.ld, &j.dout, h, r0, r1, s0, n)
	for t := r0; t < r1; t++ {
		row, slope, v := p[(t-r0)*m.ld:][:m.ld], ds[(t-r0)*m.ld:][:m.ld], j.visible(t, s0, n)
		if v > 0 {
			j.kernel.affine(row[:v], row[:v], j.scale, 0)
			j.kernel.expScale(row[:v], row[:v], j.lse.of(h, t)[0], 1)
			j.kernel.softmaxGradRow(slope[:v], slope[:v], row[:v], m.delta[t])
			j.kernel.affine(slope[:v], slope[:v], j.scale, 0)
		}
		clear(row[v:])
		clear(slope[v:])
	}
	dq := j.dq.of(h, r0)
	j.kernel.multiply(w, &product{
		m: r1 - r0, n: j.q.width, k: seen, a: ds, aRow: m.ld, aCol: 1, b: j.k.of(h, s0), bRow: j.k.row, bPanel: j.kernel.nr,
		c: dq, cRow: j.dq.row, add: dq, addRow: j.dq.row,
	})
}

// intoKeys adds the part of queries t0…t1 to dk and dv of the n keys from s0 on. Keys go in small groups: a group meets only
// the queries that see one of it.
func (j *attendJob) intoKeys(w *worker, m *gradScratch, h, t0, t1, s0, n int) {
	group := 2 * j.kernel.mr
	n = j.visible(t1-1, s0, n)
	for s := 0; s < n; s += group {
		from := t0
		if j.causal {
			from = max(t0, s0+s-(j.k.length-j.q.length))
		}
		keys := min(group, n-s)
		a := (from-t0)*m.ld + s
		j.addTurned(w, j.dv.of(h, s0+s), j.dv.row, m.p[a:], m.ld, &j.dout, h, from, t1, keys)
		j.addTurned(w, j.dk.of(h, s0+s), j.dk.row, m.ds[a:], m.ld, &j.q, h, from, t1, keys)
	}
}

// addTurned adds aᵀ times rows from…to of b to c, for the first n columns of a.
func (j *attendJob) addTurned(w *worker, c []float32, row int, a []float32, ld int, b *heads, h, from, to, n int) {
	j.kernel.multiply(w, &product{
		m: n, n: b.width, k: to - from, a: a, aRow: 1, aCol: ld, b: b.of(h, from), bRow: b.row, bPanel: j.kernel.nr,
		c: c, cRow: row, add: c, addRow: row,
	})
}
