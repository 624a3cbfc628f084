package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var scans = []part{{"SumSquares", sumSquares}, {"Finite", finite}}

// sumSquares: one number of several views.
func sumSquares(s *suite) {
	var views []backend.View
	want := 0.0
	for i, dims := range [][]int{{7}, {}, {31, 33}, {0}, {70001}} {
		a := s.random(-1, 1, dims...)
		for _, x := range a.x {
			want += x * x
		}
		views = append(views, s.put(a, backend.Float32, layouts[i%len(layouts)]))
	}
	dst := s.blank(backend.Float32, plain)
	s.dev.SumSquares(dst, views)
	s.near("sum of squares", s.get(dst), array{nil, []float64{want}}, 1e-6)
	s.dev.SumSquares(dst, nil)
	s.near("sum of no squares", s.get(dst), array{nil, []float64{0}}, 0)
}

// finite: one bad element anywhere is found; numbers whose squares overflow are not bad.
func finite(s *suite) {
	dst := s.blank(backend.Float32, plain)
	for _, bad := range []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 3e38} {
		for _, at := range []int{0, 16, 4099, 9998} {
			a := s.random(-1, 1, 101, 99)
			a.x[at] = float64(float32(bad))
			for _, l := range layouts {
				s.dev.Finite(dst, s.put(a, backend.Float32, l))
				want := truth(bad == 0 || bad == 3e38)
				s.near(fmt.Sprintf("finite with %v at %d", bad, at), s.get(dst), array{nil, []float64{want}}, 0)
			}
		}
	}
}
