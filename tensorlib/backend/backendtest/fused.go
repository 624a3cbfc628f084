package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

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

// softmaxOf is softmax along the last axis of (n, c), or its logarithm.
func softmaxOf(x array, log bool) array {
	C := x.dims[len(x.dims)-1]
	y := zeros(x.dims...)
	for r := 0; r < len(x.x); r += C {
		top, sum := math.Inf(-1), 0.0
		for _, v := range x.x[r:][:C] {
			top = max(top, v)
		}
		for _, v := range x.x[r:][:C] {
			sum += math.Exp(v - top)
		}
		for c, v := range x.x[r:][:C] {
			y.x[r+c] = math.Exp(v-top) / sum
			if log {
				y.x[r+c] = v - top - math.Log(sum)
			}
		}
	}
	return y
}

// softmax: forward and gradient, of large and masked (-Inf) numbers too.
func softmax(s *suite) {
	for _, dims := range [][]int{{1}, {3, 7}, {33, 13}, {5, 129}, {2, 3, 65}, {2, 5000}} {
		for _, log := range []bool{false, true} {
			x, dy := s.random(-30, 90, dims...), s.random(-1, 1, dims...)
			C := dims[len(dims)-1]
			if C > 2 && !log {
				x.x[1] = math.Inf(-1)
			}
			y, dx := softmaxOf(x, log), zeros(dims...)
			for r := 0; r < len(x.x); r += C {
				dot := 0.0
				for c, g := range dy.x[r:][:C] {
					if log {
						dot += g
					} else {
						dot += g * y.x[r+c]
					}
				}
				for c, g := range dy.x[r:][:C] {
					dx.x[r+c] = y.x[r+c] * (g - dot)
					if log {
						dx.x[r+c] = g - math.Exp(y.x[r+c])*dot
					}
				}
			}
			each2(func(la, lb layout) {
				name := fmt.Sprintf("softmax%v log=%t", dims, log)
				yv, dxv := s.blank(backend.Float32, la, dims...), s.blank(backend.Float32, la, dims...)
				s.dev.Softmax(yv, s.put(x, backend.Float32, lb), log)
				s.near(name, s.get(yv), y, 2e-6)
				s.dev.SoftmaxGrad(dxv, s.put(dy, backend.Float32, lb), s.put(y, backend.Float32, la), log)
				s.near(name+" grad", s.get(dxv), dx, 2e-5)
			})
		}
	}
}

// crossEntropy: losses, log-sum-exp, gradients, and rows that are ignored.
func crossEntropy(s *suite) {
	for _, z := range [][2]int{{1, 1}, {7, 3}, {33, 65}, {5, 129}, {3, 5003}} {
		N, V, count := z[0], z[1], z[0]
		x, g, targets := s.random(-9, 9, N, V), s.random(-1, 1, N), s.integers(0, V, N)
		if N > 2 {
			targets.x[1] = -100
			count--
		}
		logp := softmaxOf(x, true)
		losses, lse, dx := zeros(N), zeros(N), zeros(N, V)
		for r := range N {
			lse.x[r] = x.x[r*V] - logp.x[r*V]
			target := int(targets.x[r])
			if target == -100 {
				continue
			}
			losses.x[r] = -logp.x[r*V+target]
			for c := range V {
				dx.x[r*V+c] = (math.Exp(logp.x[r*V+c]) - truth(c == target)) * g.x[r]
			}
		}
		for _, dt := range []backend.DType{backend.Int32, backend.Int64} {
			each2(func(la, lb layout) {
				name := fmt.Sprintf("cross-entropy(%d, %d)", N, V)
				lv, ev, dv := s.blank(backend.Float32, la, N), s.blank(backend.Float32, lb, N), s.blank(backend.Float32, lb, N, V)
				xv, tv := s.put(x, backend.Float32, la), s.put(targets, dt, lb)
				n := s.blank(backend.Float32, plain)
				s.worked(name, s.dev.CrossEntropy(lv, ev, n, xv, tv, -100, name))
				s.near(name+" count", s.get(n), array{nil, []float64{float64(count)}}, 0)
				s.near(name, s.get(lv), losses, 3e-6)
				s.near(name+" log-sum-exp", s.get(ev), lse, 3e-6)
				s.dev.CrossEntropyGrad(dv, s.put(g, backend.Float32, la), xv, ev, tv, -100)
				s.near(name+" grad", s.get(dv), dx, 3e-6)
			})
		}
	}
}

// adamW: three updates of a parameter follow the formula, and one at a scale that is no number changes nothing.
func adamW(s *suite) {
	const n, scale = 20011, 0.5
	p, m, v := s.random(-1, 1, n), zeros(n), zeros(n)
	pv, mv, vv := s.floats(p), s.floats(m), s.floats(v)
	by := s.floats(array{nil, []float64{scale}})
	for step := 1; step <= 3; step++ {
		o := backend.AdamW{LR: 1e-2, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, Step: step}
		g := s.random(-1, 1, n)
		for i, x := range g.x {
			x *= scale
			m.x[i] = o.Beta1*m.x[i] + (1-o.Beta1)*x
			v.x[i] = o.Beta2*v.x[i] + (1-o.Beta2)*x*x
			mh := m.x[i] / (1 - math.Pow(o.Beta1, float64(step)))
			vh := v.x[i] / (1 - math.Pow(o.Beta2, float64(step)))
			p.x[i] -= o.LR*o.WeightDecay*p.x[i] + o.LR*mh/(math.Sqrt(vh)+o.Eps)
		}
		s.dev.AdamW(pv, s.floats(g), mv, vv, by, o)
		before := s.bits(pv) + s.bits(mv) + s.bits(vv)
		for _, bad := range []float64{math.NaN(), math.Inf(1)} {
			s.dev.AdamW(pv, s.floats(g), mv, vv, s.floats(array{nil, []float64{bad}}), o)
		}
		if s.bits(pv)+s.bits(mv)+s.bits(vv) != before {
			s.Error("adamw with a scale that is no number has changed something")
		}
		s.near(fmt.Sprintf("adamw p after step %d", step), s.get(pv), p, 2e-6)
		s.near(fmt.Sprintf("adamw m after step %d", step), s.get(mv), m, 1e-6)
		s.near(fmt.Sprintf("adamw v after step %d", step), s.get(vv), v, 1e-6)
	}
}

// clipScale: the norm, and what scales gradients down to the limit.
func clipScale(s *suite) {
	one := func(x float64) array { return array{nil, []float64{x}} }
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ squares, loss, limit, norm, scale float64 }{
		{25, 1, 1, 5, 1 / (5 + 1e-6)}, {25, 1, 5.5, 5, 1}, {25, 1, 0, 5, 1}, {0, 1, 1, 0, 1}, {1e30, 1, 2, 1e15, 2e-15},
		{25, nan, 1, 5, nan}, {25, -inf, 0, 5, nan}, {nan, 1, 1, nan, nan}, {inf, 1, 1, inf, nan},
	} {
		norm, scale, squares := s.blank(backend.Float32, plain), s.blank(backend.Float32, plain), s.floats(one(c.squares))
		s.dev.ClipScale(norm, scale, squares, s.floats(one(c.loss)), c.limit)
		s.near(fmt.Sprintf("norm of %+v", c), s.get(norm), one(c.norm), 1e-6)
		s.near(fmt.Sprintf("scale of %+v", c), s.get(scale), one(c.scale), 1e-6)
		if c.loss == 1 {
			s.dev.ClipScale(norm, scale, squares, backend.View{}, c.limit)
			s.near(fmt.Sprintf("scale of %+v without a loss", c), s.get(scale), one(c.scale), 1e-6)
		}
	}
}
