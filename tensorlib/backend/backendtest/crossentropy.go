package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var crossEntropies = []part{{"CrossEntropy", crossEntropy}}

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
