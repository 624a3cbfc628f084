package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var layerNorms = []part{{"LayerNorm", layerNorm}}

// layerNorm: forward, statistics, gradients that add to dw and db, with and without a bias.
func layerNorm(s *suite) {
	for _, z := range [][2]int{{1, 1}, {3, 7}, {33, 13}, {5, 129}, {100, 128}, {2, 1030}} {
		for _, bias := range []bool{true, false} {
			each2(func(la, lb layout) { s.layerNormOnce(z[0], z[1], bias, la, lb) })
		}
	}
}

func (s *suite) layerNormOnce(N, C int, bias bool, la, lb layout) {
	x, dy := s.random(-2, 3, N, C), s.random(-1, 1, N, C)
	w, b, dw, db := s.random(0.5, 1.5, C), zeros(C), s.random(-1, 1, C), s.random(-1, 1, C)
	if bias {
		b = s.random(-1, 1, C)
	}
	const eps = 1e-5
	y, dx, mean, rstd := zeros(N, C), zeros(N, C), zeros(N), zeros(N)
	wantDW, wantDB := apply(dw, func(x float64) float64 { return x }), apply(db, func(x float64) float64 { return x })
	for r := range N {
		row := x.x[r*C:][:C]
		m, v := 0.0, 0.0
		for _, x := range row {
			m += x / float64(C)
		}
		for _, x := range row {
			v += (x - m) * (x - m) / float64(C)
		}
		mean.x[r], rstd.x[r] = m, 1/math.Sqrt(v+eps)
		var g1, g2 float64
		for c, x := range row {
			h, g := (x-m)*rstd.x[r], dy.x[r*C+c]*w.x[c]
			y.x[r*C+c] = h*w.x[c] + b.x[c]
			g1 += g / float64(C)
			g2 += g * h / float64(C)
			wantDW.x[c] += dy.x[r*C+c] * h
			wantDB.x[c] += dy.x[r*C+c]
		}
		for c, x := range row {
			h := (x - m) * rstd.x[r]
			dx.x[r*C+c] = rstd.x[r] * (dy.x[r*C+c]*w.x[c] - g1 - h*g2)
		}
	}
	name := fmt.Sprintf("layernorm(%d, %d)", N, C)
	f := backend.Float32
	yv, mv, rv := s.blank(f, la, N, C), s.blank(f, lb, N), s.blank(f, la, N)
	xv, wv, bv := s.put(x, f, la), s.put(w, f, lb), backend.View{}
	dwv, dbv := s.put(dw, f, lb), backend.View{}
	if bias {
		bv, dbv = s.put(b, f, la), s.put(db, f, la)
	}
	s.dev.LayerNorm(yv, mv, rv, xv, wv, bv, eps)
	tol := 1e-5
	if C == 1 {
		tol = 2e-3 // the variance is rounding alone, and rstd is 316
	}
	s.near(name, s.get(yv), y, tol)
	s.near(name+" mean", s.get(mv), mean, 1e-6)
	s.near(name+" rstd", s.get(rv), rstd, 1e-5)
	dxv := s.blank(f, lb, N, C)
	s.dev.LayerNormGrad(dxv, dwv, dbv, s.put(dy, f, lb), xv, wv, mv, rv, false)
	s.near(name+" dx", s.get(dxv), dx, 5e-5)
	s.near(name+" dw", s.get(dwv), wantDW, 5e-5)
	if bias {
		s.near(name+" db", s.get(dbv), wantDB, 2e-5)
	}
	old := s.random(-1, 1, N, C)
	for i, x := range old.x {
		dx.x[i] += x
	}
	dxv = s.put(old, f, lb)
	s.dev.LayerNormGrad(dxv, dwv, dbv, s.put(dy, f, lb), xv, wv, mv, rv, true)
	s.near(name+" dx added", s.get(dxv), dx, 5e-5)
}
