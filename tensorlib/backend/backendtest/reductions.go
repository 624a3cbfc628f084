package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// reduced folds every axis of a that axes names, keeping it with size 1.
func reduced(op backend.ReduceOp, a array, axes uint) array {
	dims := append([]int{}, a.dims...)
	terms := 1
	for d := range dims {
		if axes>>d&1 == 1 {
			terms *= dims[d]
			dims[d] = 1
		}
	}
	r := zeros(dims...)
	start := map[backend.ReduceOp]float64{backend.Max: math.Inf(-1), backend.Min: math.Inf(1)}[op]
	for i := range r.x {
		r.x[i] = start
	}
	for i, x := range a.x {
		to, step, rest := 0, 1, i
		for d := len(dims) - 1; d >= 0; d-- {
			at := rest % a.dims[d]
			rest /= a.dims[d]
			if axes>>d&1 == 0 {
				to += at * step
			}
			step *= dims[d]
		}
		switch op {
		case backend.Max:
			r.x[to] = max(r.x[to], x)
		case backend.Min:
			r.x[to] = min(r.x[to], x)
		default:
			r.x[to] += x
		}
	}
	if op == backend.Mean {
		for i := range r.x {
			r.x[i] /= float64(terms)
		}
	}
	return r
}

// reduce: every set of axes, every dtype and layout.
func reduce(s *suite) {
	for _, dims := range [][]int{{}, {1}, {7}, {129}, {3, 5}, {7, 129}, {31, 33}, {2, 3, 4, 5}, {300, 70}, {5, 1, 33}} {
		for axes := range uint(1) << len(dims) {
			for _, dt := range []backend.DType{backend.Float32, backend.Int32, backend.Int64} {
				a := s.integers(-50, 50, dims...)
				if dt == backend.Float32 {
					a = s.random(-1, 1.5, dims...)
				}
				for op := backend.Sum; op <= backend.Min; op++ {
					if op == backend.Mean && dt != backend.Float32 {
						continue
					}
					s.reduceOnce(op, a, axes, dt)
				}
			}
		}
	}
}

func (s *suite) reduceOnce(op backend.ReduceOp, a array, axes uint, dt backend.DType) {
	want := reduced(op, a, axes)
	each2(func(la, lb layout) {
		dst := s.blank(dt, lb, want.dims...)
		s.dev.Reduce(op, dst, s.put(a, dt, la))
		s.near(fmt.Sprintf("%v of %v%v, axes %b, %v to %v", op, dt, a.dims, axes, la, lb), s.get(dst), want, 1e-5)
	})
}

// reduceLong: sums of many terms stay near the truth, in each direction, and NaN is seen.
func reduceLong(s *suite) {
	for _, dims := range [][]int{{300007}, {100003, 3}, {3, 100003}} {
		a := s.random(0, 1, dims...)
		for axes := uint(1); axes < 1<<len(dims); axes++ {
			want := reduced(backend.Mean, a, axes)
			dst := s.blank(backend.Float32, plain, want.dims...)
			s.dev.Reduce(backend.Mean, dst, s.floats(a))
			s.near(fmt.Sprintf("mean of %v, axes %b", dims, axes), s.get(dst), want, 2e-6)
		}
	}
	a := s.random(0, 1, 5, 40)
	a.x[17], a.x[90] = math.NaN(), math.Inf(1)
	for op := backend.Sum; op <= backend.Min; op++ {
		for axes := uint(1); axes < 4; axes++ {
			s.reduceOnce(op, a, axes, backend.Float32)
		}
	}
}

// reduceEmpty: a sum of nothing is 0, a mean of nothing NaN.
func reduceEmpty(s *suite) {
	for _, l := range layouts {
		for op, want := range map[backend.ReduceOp]float64{backend.Sum: 0, backend.Mean: math.NaN(), backend.Max: math.Inf(-1)} {
			dst := s.blank(backend.Float32, l, 3, 1)
			s.dev.Reduce(op, dst, s.put(zeros(3, 0), backend.Float32, l))
			s.near(fmt.Sprintf("%v of nothing", op), s.get(dst), array{[]int{3, 1}, []float64{want, want, want}}, 0)
		}
		s.dev.Reduce(backend.Sum, s.blank(backend.Float32, l, 1, 0), s.put(zeros(3, 0), backend.Float32, l))
	}
}

// argMax: the first of equals, NaN before all.
func argMax(s *suite) {
	for _, dims := range [][]int{{1}, {13}, {7, 129}, {2, 3, 33}} {
		n := dims[len(dims)-1]
		a := s.integers(0, 5, dims...)
		want := zeros(dims[:len(dims)-1]...)
		for i := range want.x {
			best := 0
			for c := range n {
				if a.x[i*n+c] > a.x[i*n+best] {
					best = c
				}
			}
			want.x[i] = float64(best)
		}
		for _, dt := range []backend.DType{backend.Float32, backend.Int32, backend.Int64} {
			for _, l := range layouts {
				dst := s.blank(backend.Int64, l, want.dims...)
				s.dev.ArgMax(dst, s.put(a, dt, l))
				s.near(fmt.Sprintf("argmax of %v%v", dt, dims), s.get(dst), want, 0)
			}
		}
	}
	nan := array{[]int{1, 4}, []float64{1, math.NaN(), 9, math.NaN()}}
	dst := s.blank(backend.Int64, plain, 1)
	s.dev.ArgMax(dst, s.floats(nan))
	s.near("argmax with NaN", s.get(dst), array{[]int{1}, []float64{1}}, 0)
}
