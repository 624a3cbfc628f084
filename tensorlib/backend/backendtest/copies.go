package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// copies: every dtype to every other, as backend's table says.
func copies(s *suite) {
	for from := range backend.NumDTypes {
		for to := range backend.NumDTypes {
			dims := [][]int{{}, {7}, {0}, {5, 33}, {2, 3, 4, 5}}
			if from == to {
				dims = append(shapes, []int{64, 48}, []int{2, 70, 3, 35})
			}
			for _, d := range dims {
				s.copyOnce(to, from, s.random(-9, 9, d...))
			}
			s.copyOnce(to, from, specials())
		}
	}
}

// copyOnce copies a, as elements of from, to elements of to in all layouts.
func (s *suite) copyOnce(to, from backend.DType, a array) {
	want := apply(a, func(x float64) float64 { return to.Decode(to.Convert(from, from.Encode(x))) })
	each2(func(la, lb layout) {
		dst := s.blank(to, lb, a.dims...)
		s.dev.Copy(dst, s.put(a, from, la))
		s.near(fmt.Sprintf("copy%v of %v to %v", a.dims, from, to), s.get(dst), want, 0)
	})
}

// specials are numbers that some dtypes do not hold, or round.
func specials() array {
	inf := math.Inf(1)
	x := []float64{
		0, 1, -1, 2.5, -2.5, 127.9, 128, -128.9, -129, 255, 256, 1e3 + 0.3, 65504, 65519.9, 65520, -65520, 1e-8, 6e-8, -3e-5,
		257, 258.999, 2049, 1 << 31, -1 << 31, 1<<31 + 300, 1e10, -1e10, 9.3e18, -9.3e18, 1e38, 3.4e38, inf, -inf, math.NaN(),
	}
	return array{[]int{len(x)}, x}
}

// halves: all values of the 16-bit floats become float32 and come back.
func halves(s *suite) {
	for _, dt := range []backend.DType{backend.Float16, backend.BFloat16} {
		a := zeros(1 << 16)
		for i := range a.x {
			a.x[i] = dt.Decode(uint64(i))
		}
		wide, back := s.blank(backend.Float32, plain, 1<<16), s.blank(dt, plain, 1<<16)
		s.dev.Copy(wide, s.put(a, dt, plain))
		s.near(fmt.Sprintf("all of %v", dt), s.get(wide), a, 0)
		s.dev.Copy(back, wide)
		s.near(fmt.Sprintf("all of %v and back", dt), s.get(back), a, 0)
	}
}
