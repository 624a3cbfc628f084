package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// notFinite: a NaN or an infinity in one row shows in that row's result, and in no other row.
func notFinite(s *suite) {
	f := backend.Float32
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		for _, n := range []int{1, 7, 16, 37, 130} {
			const rows, at = 40, 21
			x := s.random(-1, 1, rows, n)
			x.x[at*n+n/2] = bad
			xv, y, col, col2 := s.floats(x), s.blank(f, plain, rows, n), s.blank(f, plain, rows), s.blank(f, plain, rows)
			ones, ids := s.floats(apply(zeros(n), func(float64) float64 { return 1 })), s.put(zeros(rows), backend.Int64, plain)
			shows := func(op string, v backend.View) {
				s.Helper()
				s.onlyRow(fmt.Sprintf("%s of %v among %d", op, bad, n), s.get(v), rows, at)
			}
			c := s.blank(f, plain, rows, 33)
			s.dev.MatMul(c, xv, s.floats(s.random(0.5, 1, n, 33)), backend.MatMulOptions{})
			shows("matmul", c)
			s.dev.LayerNorm(y, col, col2, xv, ones, backend.View{}, 1e-5)
			shows("layernorm", y)
			s.dev.LayerNorm(y, col, col2, s.floats(s.random(-1, 1, rows, n)), ones, backend.View{}, 1e-5)
			s.dev.LayerNormGrad(y, s.floats(zeros(n)), backend.View{}, xv, s.floats(s.random(-1, 1, rows, n)), ones, col, col2, false)
			shows("layernorm grad", y)
			s.dev.Softmax(y, xv, true)
			shows("log softmax", y)
			if math.IsNaN(bad) {
				s.dev.Softmax(y, xv, false)
				shows("softmax", y)
			}
			s.dev.SoftmaxGrad(y, xv, s.floats(s.random(0.1, 1, rows, n)), false)
			shows("softmax grad", y)
			s.worked("CrossEntropy", s.dev.CrossEntropy(col, col2, s.blank(f, plain), xv, ids, -100, "cross-entropy"))
			shows("cross-entropy", col2)
			s.dev.Reduce(backend.Sum, columnOf(col), xv)
			shows("sum", col)
			q, stats := s.rowsAsHeads(x, rows, n), s.blank(f, plain, rows, 1, 1)
			k := s.rowsAsHeads(s.random(0.5, 1, rows, n), rows, n)
			out := s.rowsAsHeads(x, rows, n)
			s.dev.Attention(out, stats, k, k, q, backend.AttentionOptions{Scale: 1})
			shows("attention over values", out)
			if math.IsNaN(bad) {
				s.dev.Attention(out, stats, q, k, k, backend.AttentionOptions{Scale: 1})
				shows("attention of queries", out)
				s.dev.Attention(out, stats, k, q, k, backend.AttentionOptions{Scale: 1})
				shows("attention over keys", out)
			}
		}
	}
	s.notFiniteUpdate()
}

// notFiniteUpdate: AdamW does not swallow a gradient that is no number.
func (s *suite) notFiniteUpdate() {
	const n, at = 37, 33
	g := s.random(-1, 1, n)
	g.x[at] = math.NaN()
	p := s.floats(s.random(-1, 1, n))
	s.dev.AdamW(p, s.floats(g), s.floats(zeros(n)), s.floats(zeros(n)), backend.View{}, backend.AdamW{LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 1})
	s.onlyRow("adamw", s.get(p), n, at)
}

// onlyRow checks that row at of a holds something that is not finite, and that the other rows are finite.
func (s *suite) onlyRow(what string, a array, rows, at int) {
	s.Helper()
	n := len(a.x) / rows
	for r := range rows {
		finite := true
		for _, x := range a.x[r*n:][:n] {
			finite = finite && x-x == 0
		}
		if finite == (r == at) {
			s.Errorf("%s in row %d: row %d is %v", what, at, r, a.x[r*n:][:n])
			return
		}
	}
}

// rowsAsHeads lays the rows as (rows, 1, 1, n): a sequence of one token each.
func (s *suite) rowsAsHeads(a array, rows, n int) backend.View {
	return s.floats(array{[]int{rows, 1, 1, n}, a.x})
}

// columnOf sees a vector as a column.
func columnOf(v backend.View) backend.View {
	v.Rank, v.Dims[1], v.Strides[1] = 2, 1, 1
	return v
}
