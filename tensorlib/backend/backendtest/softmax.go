package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var softmaxes = []part{{"Softmax", softmax}}

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
