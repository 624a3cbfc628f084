package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var optimizers = []part{{"AdamW", adamW}, {"ClipScale", clipScale}}

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
