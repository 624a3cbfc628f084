package backendtest

import (
	"fmt"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var dropouts = []part{{"Dropout", dropout}}

// dropout: keeps where the uniform number is at least p, and is its own gradient.
func dropout(s *suite) {
	key := backend.Key{Seed: 11, Stream: 12}
	for _, p := range []float32{0, 0.1, 0.5} {
		x := s.random(-1, 1, 7, 999)
		want := zeros(7, 999)
		for i, v := range x.x {
			if float32(word(key, uint64(i))>>8)/(1<<24) >= p {
				want.x[i] = v / (1 - float64(p))
			}
		}
		each2(func(la, lb layout) {
			y := s.blank(backend.Float32, lb, 7, 999)
			s.dev.Dropout(y, s.put(x, backend.Float32, la), p, key)
			s.near(fmt.Sprintf("dropout %v", p), s.get(y), want, 1e-6)
		})
		v := s.floats(x)
		s.dev.Dropout(v, v, p, key)
		s.near("dropout in place", s.get(v), want, 1e-6)
	}
}
