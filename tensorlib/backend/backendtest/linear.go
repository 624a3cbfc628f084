package backendtest

import (
	"errors"
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// product is a (m, k) times b (k, n), in float64.
func product(a, b array, m, k, n int) array {
	c := zeros(m, n)
	for i := range m {
		for p := range k {
			x := a.x[i*k+p]
			for j := range n {
				c.x[i*n+j] += x * b.x[p*n+j]
			}
		}
	}
	return c
}

// matMul: odd sizes, all layouts of both operands and of the result, a bias, and adding to what is there.
func matMul(s *suite) {
	sizes := []int{1, 2, 7, 13, 31, 33, 129}
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range []int{0, 1, 5, 31, 130} {
				s.matMulLayouts(m, k, n, m+n+k < 80)
			}
		}
	}
	for _, z := range [][3]int{{0, 3, 4}, {3, 3, 0}, {29, 1500, 35}, {400, 700, 200}, {768, 128, 65}, {17, 128, 1500}, {1, 1100, 5000}} {
		s.matMulLayouts(z[0], z[1], z[2], false)
	}
}

func (s *suite) matMulLayouts(m, k, n int, all bool) {
	a, b, bias, old := s.random(-1, 1, m, k), s.random(-1, 1, k, n), s.random(-1, 1, n), s.random(-1, 1, m, n)
	want := product(a, b, m, k, n)
	each2(func(la, lb layout) {
		if (la == gaps || lb == gaps) && !all {
			return
		}
		av, bv := s.put(a, backend.Float32, la), s.put(b, backend.Float32, lb)
		name := fmt.Sprintf("(%d, %d) x (%d, %d), %v and %v", m, k, k, n, la, lb)
		tol := 1e-6 + 3e-7*float64(k)/10
		c := s.blank(backend.Float32, plain, m, n)
		s.dev.MatMul(c, av, bv, backend.MatMulOptions{})
		s.near(name, s.get(c), want, tol)
		biased, added := zeros(m, n), zeros(m, n)
		for i, x := range want.x {
			biased.x[i], added.x[i] = x+bias.x[i%n], x+old.x[i]
		}
		s.dev.MatMul(c, av, bv, backend.MatMulOptions{Bias: s.floats(bias)})
		s.near(name+" with bias", s.get(c), biased, tol)
		if all || la == lb {
			s.dev.MatMul(c, av, bv, backend.MatMulOptions{Add: s.floats(old)})
			s.near(name+" added to another", s.get(c), added, tol)
			both := apply(added, func(x float64) float64 { return x })
			for i := range both.x {
				both.x[i] += bias.x[i%n]
			}
			s.dev.MatMul(c, av, bv, backend.MatMulOptions{Add: s.floats(old), Bias: s.floats(bias)})
			s.near(name+" added to another, with bias", s.get(c), both, tol)
		}
		for _, lc := range layouts {
			if lc != plain && !all {
				continue
			}
			c = s.put(old, backend.Float32, lc)
			s.dev.MatMul(c, av, bv, backend.MatMulOptions{Accumulate: true})
			s.near(fmt.Sprintf("%s added to %v", name, lc), s.get(c), added, tol)
		}
	})
}

// matMulBatched: leading dimensions, broadcast on either side, and views that are transposed.
func matMulBatched(s *suite) {
	for _, z := range [][3]int{{1, 1, 1}, {7, 5, 3}, {31, 33, 13}, {64, 32, 65}} {
		m, k, n := z[0], z[1], z[2]
		for mask := range 16 { // which leading dimensions of a and b are repeated
			da, db := []int{2, 3, m, k}, []int{2, 3, k, n}
			for d := range 2 {
				if mask>>d&1 == 1 {
					da[d] = 1
				}
				if mask>>(2+d)&1 == 1 {
					db[d] = 1
				}
			}
			a, b := s.random(-1, 1, da...), s.random(-1, 1, db...)
			each2(func(la, lb layout) {
				av, bv := s.put(a, backend.Float32, la), s.put(b, backend.Float32, lb)
				for d, size := range []int{2, 3} {
					if av.Dims[d] == 1 {
						av = broadcast(av, d, size)
					}
					if bv.Dims[d] == 1 {
						bv = broadcast(bv, d, size)
					}
				}
				wa, wb, want := s.get(av), s.get(bv), zeros(2, 3, m, n)
				for g := range 6 {
					part := product(array{x: wa.x[g*m*k:][:m*k]}, array{x: wb.x[g*k*n:][:k*n]}, m, k, n)
					copy(want.x[g*m*n:], part.x)
				}
				c := s.blank(backend.Float32, la, 2, 3, m, n)
				s.dev.MatMul(c, av, bv, backend.MatMulOptions{})
				s.near(fmt.Sprintf("batched %v x %v, %v and %v, repeated %04b", da, db, la, lb, mask), s.get(c), want, 1e-5)
			})
		}
	}
}

// matMulRows: a row of a product has the same bits alone and among others.
func matMulRows(s *suite) {
	const k, n = 700, 129
	b, a := s.random(-1, 1, k, n), s.random(-1, 1, 100, k)
	for _, lb := range []layout{plain, reversed} {
		bv, all := s.put(b, backend.Float32, lb), s.blank(backend.Float32, plain, 100, n)
		av := s.floats(a)
		s.dev.MatMul(all, av, bv, backend.MatMulOptions{})
		whole := s.bits(all)
		for _, rows := range [][2]int{{0, 1}, {99, 100}, {3, 20}, {10, 73}} {
			part, out := av, s.blank(backend.Float32, plain, rows[1]-rows[0], n)
			part.Dims[0], part.Offset = rows[1]-rows[0], rows[0]*k
			s.dev.MatMul(out, part, bv, backend.MatMulOptions{})
			if s.bits(out) != whole[4*n*rows[0]:4*n*rows[1]] {
				s.Errorf("rows %v of (100, %d) x (%d, %d) differ from the same rows computed alone (b %v)", rows, k, k, n, lb)
			}
		}
	}
}

// gather: rows of a table of every dtype.
func gather(s *suite) {
	for dt := range backend.NumDTypes {
		table, idx := s.integers(0, 2, 11, 33), s.integers(0, 11, 3, 5)
		want := zeros(3, 5, 33)
		for i, r := range idx.x {
			copy(want.x[i*33:], table.x[int(r)*33:][:33])
		}
		for _, it := range []backend.DType{backend.Int32, backend.Int64} {
			each2(func(la, lb layout) {
				dst := s.blank(dt, la, 3, 5, 33)
				s.worked("Gather", s.dev.Gather(dst, s.put(table, dt, lb), s.put(idx, it, lb), "gather"))
				s.near(fmt.Sprintf("gather of %v by %v", dt, it), s.get(dst), want, 0)
			})
		}
	}
}

// scatterAdd: repeated indices add up, and the table keeps what it had.
func scatterAdd(s *suite) {
	for _, c := range []int{1, 33, 130} {
		table, idx, src := s.random(-1, 1, 11, c), s.integers(0, 11, 7, 9), s.random(-1, 1, 7, 9, c)
		want := zeros(11, c)
		copy(want.x, table.x)
		for i, r := range idx.x {
			for j := range c {
				want.x[int(r)*c+j] += src.x[i*c+j]
			}
		}
		each2(func(la, lb layout) {
			t := s.put(table, backend.Float32, la)
			s.dev.ScatterAdd(t, s.put(src, backend.Float32, lb), s.put(idx, backend.Int64, lb))
			s.near(fmt.Sprintf("scatter of rows of %d", c), s.get(t), want, 1e-5)
		})
	}
}

// badIndices: an index out of range is an error with its place, touches no other memory, and shows as NaN.
func badIndices(s *suite) {
	const V, C, N = 7, 5, 300
	nan := math.NaN()
	for _, bad := range []int{-1, V, 1 << 30} {
		table, idx := s.random(-1, 1, V, C), s.integers(0, V, N)
		idx.x[200], idx.x[77] = float64(bad), float64(bad)
		iv := s.put(idx, backend.Int32, plain)
		want, sums := zeros(N, C), array{table.dims, append([]float64{}, table.x...)}
		src := s.random(-1, 1, N, C)
		for i, r := range idx.x {
			for c := range C {
				if r != float64(bad) {
					want.x[i*C+c] = table.x[int(r)*C+c]
					sums.x[int(r)*C+c] += src.x[i*C+c]
				} else {
					want.x[i*C+c] = nan
				}
			}
		}
		dst, tv := s.blank(backend.Float32, plain, N, C), s.floats(table)
		s.faulty(s.dev.Gather(dst, tv, iv, "look up"), backend.IndexError{Op: "look up", Index: bad, Position: 77, Size: V})
		s.near("gather with bad indices", s.get(dst), want, 0)
		s.dev.ScatterAdd(tv, s.floats(src), iv)
		s.near("scatter with bad indices", s.get(tv), sums, 1e-5)
		logits, losses, lse, count := s.floats(s.random(-1, 1, N, V)), s.blank(backend.Float32, plain, N), s.blank(backend.Float32, plain, N), s.blank(backend.Float32, plain)
		s.faulty(s.dev.CrossEntropy(losses, lse, count, logits, iv, -100, "loss"), backend.IndexError{Op: "loss", Index: bad, Position: 77, Size: V})
		grad := s.blank(backend.Float32, plain, N, V)
		s.dev.CrossEntropyGrad(grad, s.floats(s.random(0.5, 1, N)), logits, lse, iv, -100)
		for i, r := range idx.x {
			if loss, g := s.get(losses).x[i], s.get(grad).x[i*V]; math.IsNaN(loss) != (r == float64(bad)) || math.IsNaN(g) != (r == float64(bad)) {
				s.Errorf("target %v at %d has the loss %v and the gradient %v", r, i, loss, g)
			}
		}
		if err := s.dev.Sync(); err != nil {
			s.Errorf("an error that was reported comes again: %v", err)
		}
	}
}

// faulty wants an IndexError, returned at once or by Sync.
func (s *suite) faulty(err error, want backend.IndexError) {
	s.Helper()
	if err == nil {
		err = s.dev.Sync()
	}
	var got *backend.IndexError
	if !errors.As(err, &got) || *got != want {
		s.Errorf("error is %v, want %v", err, &want)
	}
}

// worked wants no error.
func (s *suite) worked(what string, err error) {
	s.Helper()
	if err != nil {
		s.Errorf("%s: %v", what, err)
	}
}
