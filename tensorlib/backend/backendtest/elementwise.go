package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// shapes are sizes at which blocks end badly: odd on purpose.
var shapes = [][]int{{}, {1}, {7}, {13}, {31}, {33}, {129}, {3, 5}, {7, 129}, {1, 1, 9}, {2, 3, 4, 5}, {0}, {3, 0}, {5, 2100}, {3, 20011}}

func phi(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func geluTanh(x float64) float64 {
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

type unaryCase struct {
	op     backend.UnaryOp
	lo, hi float64
	f      func(x float64) float64
	df     func(x float64) float64
}

// unaryCases are the references, and where to try them. Derivatives are written out, not taken from f.
var unaryCases = []unaryCase{
	{backend.Neg, -3, 3, func(x float64) float64 { return -x }, func(float64) float64 { return -1 }},
	{backend.Abs, -3, 3, math.Abs, func(x float64) float64 { return math.Copysign(1, x) }},
	{backend.Square, -3, 3, func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }},
	{backend.Sqrt, 0.1, 9, math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }},
	{backend.Rsqrt, 0.1, 9, func(x float64) float64 { return 1 / math.Sqrt(x) }, func(x float64) float64 { return -0.5 * math.Pow(x, -1.5) }},
	{backend.Recip, 0.2, 5, func(x float64) float64 { return 1 / x }, func(x float64) float64 { return -1 / (x * x) }},
	{backend.Exp, -20, 5, math.Exp, math.Exp},
	{backend.Log, 1e-4, 50, math.Log, func(x float64) float64 { return 1 / x }},
	{backend.Sin, -30, 30, math.Sin, math.Cos},
	{backend.Cos, -30, 30, math.Cos, func(x float64) float64 { return -math.Sin(x) }},
	{backend.Tanh, -12, 12, math.Tanh, func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) }},
	{backend.Sigmoid, -20, 20, sigmoid, func(x float64) float64 { return sigmoid(x) * sigmoid(-x) }},
	{backend.ReLU, -3, 3, func(x float64) float64 { return max(x, 0) }, func(x float64) float64 { return math.Ceil(max(math.Copysign(1, x), 0)) }},
	{backend.SiLU, -20, 20, func(x float64) float64 { return x * sigmoid(x) }, func(x float64) float64 { return sigmoid(x) * (1 + x*sigmoid(-x)) }},
	{backend.GELU, -8, 8, func(x float64) float64 { return x * phi(x) }, func(x float64) float64 { return phi(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) }},
	{backend.GELUTanh, -8, 8, geluTanh, func(x float64) float64 {
		u := math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x)
		t := math.Tanh(u)
		return 0.5*(1+t) + 0.5*x*(1-t*t)*math.Sqrt(2/math.Pi)*(1+3*0.044715*x*x)
	}},
}

func apply(a array, f func(x float64) float64) array {
	r := zeros(a.dims...)
	for i, x := range a.x {
		r.x[i] = f(x)
	}
	return r
}

// unary: every function of one number, on every shape and pair of layouts.
func unary(s *suite) {
	for _, c := range unaryCases {
		for _, dims := range shapes {
			a := s.random(c.lo, c.hi, dims...)
			each2(func(la, lb layout) {
				dst := s.blank(backend.Float32, lb, dims...)
				s.dev.Unary(c.op, dst, s.put(a, backend.Float32, la))
				s.near(fmt.Sprintf("%v%v %v to %v", c.op, dims, la, lb), s.get(dst), apply(a, c.f), 1e-6)
			})
		}
	}
	a := s.integers(0, 2, 5, 33)
	dst := s.blank(backend.Bool, gaps, 5, 33)
	s.dev.Unary(backend.Not, dst, s.put(a, backend.Bool, reversed))
	s.near("not", s.get(dst), apply(a, func(x float64) float64 { return 1 - x }), 0)
}

// unarySpecials: zeros, infinities, NaN and numbers so large or small that a careless formula overflows.
func unarySpecials(s *suite) {
	inf, nan := math.Inf(1), math.NaN()
	tiny := float64(math.SmallestNonzeroFloat32)
	xs := []float64{0, 1, -1, inf, -inf, nan, 88, -87, 89, -104, 200, -200, 1e30, -1e30, 1e-30, -1e-30, tiny, 3.4e38, -3.4e38}
	for _, c := range unaryCases {
		if c.op == backend.Sin || c.op == backend.Cos {
			continue // of no meaning for the large ones in float32
		}
		a := array{[]int{len(xs)}, xs}
		for i, x := range a.x {
			a.x[i] = float64(float32(x))
		}
		want := apply(a, func(x float64) float64 {
			y := c.f(x)
			switch {
			case c.op >= backend.SiLU && math.IsInf(x, -1): // the limit, which x*0 misses
				return nan
			case math.Abs(y) < 2e-38 && y != 0: // below the normal numbers, zero is as good
				return 0
			}
			return float64(float32(y))
		})
		dst := s.blank(backend.Float32, plain, len(xs))
		s.dev.Unary(c.op, dst, s.floats(a))
		got := s.get(dst)
		for i := range got.x {
			limit := c.op >= backend.SiLU && math.IsInf(xs[i], -1)
			if limit && got.x[i] == 0 {
				got.x[i] = nan // the limit is right, too
			}
		}
		s.near(fmt.Sprintf("%v of %v", c.op, xs), got, want, 1e-6)
	}
}

// unaryGrad: dx = dy * op'(x).
func unaryGrad(s *suite) {
	for _, c := range unaryCases {
		for _, dims := range shapes {
			a, dy := s.random(c.lo, c.hi, dims...), s.random(-2, 2, dims...)
			want := zeros(dims...)
			for i, x := range a.x {
				want.x[i] = dy.x[i] * c.df(x)
			}
			each2(func(la, lb layout) {
				y, dx := s.blank(backend.Float32, la, dims...), s.blank(backend.Float32, lb, dims...)
				x := s.put(a, backend.Float32, plain)
				s.dev.Unary(c.op, y, x)
				s.dev.UnaryGrad(c.op, dx, s.put(dy, backend.Float32, la), x, y)
				s.near(fmt.Sprintf("grad of %v%v", c.op, dims), s.get(dx), want, 3e-6)
			})
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// combine is the reference of a binary operation on numbers.
func combine(op backend.BinaryOp, x, y float64) float64 {
	switch op {
	case backend.Add:
		return x + y
	case backend.Sub:
		return x - y
	case backend.Mul:
		return x * y
	case backend.Div:
		return x / y
	case backend.Pow:
		return math.Pow(x, y)
	case backend.Maximum:
		return max(x, y)
	case backend.Minimum:
		return min(x, y)
	case backend.And:
		return truth(x != 0 && y != 0)
	case backend.Or:
		return truth(x != 0 || y != 0)
	case backend.Eq:
		return truth(x == y)
	case backend.Ne:
		return truth(x != y)
	case backend.Lt:
		return truth(x < y)
	case backend.Le:
		return truth(x <= y)
	case backend.Gt:
		return truth(x > y)
	default:
		return truth(x >= y)
	}
}

func combined(op backend.BinaryOp, a, b array, dt backend.DType) array {
	r := zeros(a.dims...)
	for i := range r.x {
		r.x[i] = combine(op, a.x[i], b.x[i])
		if dt != backend.Float32 {
			r.x[i] = math.Trunc(r.x[i])
		}
	}
	return r
}

// binaryOps: float32, with operands in all layouts, and broadcast along each dimension.
func binaryOps(s *suite) {
	for op := range backend.NumBinaryOps {
		if op == backend.And || op == backend.Or {
			continue
		}
		to, lo := backend.Float32, -2.0
		if op.Compares() {
			to = backend.Bool
		}
		if op == backend.Pow {
			lo = 0.1
		}
		for _, dims := range shapes {
			a, b := s.random(lo, 3, dims...), s.random(0.3, 3, dims...)
			for i := range len(a.x) / 3 {
				a.x[3*i] = b.x[3*i] // so that Eq sees both
			}
			for i := 5; i < len(a.x); i += 11 {
				a.x[i] = math.NaN()
			}
			each2(func(la, lb layout) {
				dst := s.blank(to, la, dims...)
				s.dev.Binary(op, dst, s.put(a, backend.Float32, la), s.put(b, backend.Float32, lb))
				s.near(fmt.Sprintf("%v%v", op, dims), s.get(dst), combined(op, a, b, to), 1e-6)
			})
		}
		s.broadcastBinary(op, to, lo)
	}
}

func (s *suite) broadcastBinary(op backend.BinaryOp, to backend.DType, lo float64) {
	dims := []int{3, 5, 37}
	a := s.random(lo, 3, dims...)
	for d := range dims {
		small := []int{3, 5, 37}
		small[d] = 1
		b, wide := s.random(0.3, 3, small...), zeros(dims...)
		bv := s.floats(b)
		bv = broadcast(bv, d, dims[d])
		wide.x = s.get(bv).x
		dst := s.blank(to, plain, dims...)
		s.dev.Binary(op, dst, s.floats(a), bv)
		s.near(fmt.Sprintf("%v with dimension %d repeated", op, d), s.get(dst), combined(op, a, wide, to), 1e-6)
	}
}

// binaryIntegers: Int32, Int64 and Bool.
func binaryIntegers(s *suite) {
	for op := range backend.NumBinaryOps {
		for _, dt := range []backend.DType{backend.Int32, backend.Int64, backend.Bool} {
			to, lo, hi := dt, -9, 10
			switch {
			case dt == backend.Bool && !op.Compares() && op != backend.And && op != backend.Or:
				continue
			case dt != backend.Bool && (op == backend.And || op == backend.Or):
				continue
			case dt == backend.Bool:
				lo, hi = 0, 2
			}
			if op.Compares() {
				to = backend.Bool
			}
			a, b := s.integers(lo, hi, 7, 33), s.integers(lo, hi, 7, 33)
			if op == backend.Div || op == backend.Pow {
				b = s.integers(1, 6, 7, 33)
			}
			each2(func(la, lb layout) {
				dst := s.blank(to, lb, 7, 33)
				s.dev.Binary(op, dst, s.put(a, dt, la), s.put(b, dt, lb))
				s.near(fmt.Sprintf("%v of %v", op, dt), s.get(dst), combined(op, a, b, dt), 0)
			})
		}
	}
}

// affine: dst = x*scale + shift.
func affine(s *suite) {
	for _, dims := range shapes {
		a := s.random(-3, 3, dims...)
		want := apply(a, func(x float64) float64 { return x*1.5 - 0.25 })
		each2(func(la, lb layout) {
			dst := s.blank(backend.Float32, lb, dims...)
			s.dev.Affine(dst, s.put(a, backend.Float32, la), 1.5, -0.25)
			s.near(fmt.Sprintf("affine%v", dims), s.get(dst), want, 1e-6)
		})
	}
}

// where: dst = cond ? a : b, for every dtype, with a broadcast condition.
func where(s *suite) {
	for dt := range backend.NumDTypes {
		a, b, cond := s.integers(0, 2, 5, 33), s.integers(0, 2, 5, 33), s.integers(0, 2, 1, 33)
		want := zeros(5, 33)
		for i := range want.x {
			want.x[i] = b.x[i]
			if cond.x[i%33] != 0 {
				want.x[i] = a.x[i]
			}
		}
		each2(func(la, lb layout) {
			dst := s.blank(dt, la, 5, 33)
			s.dev.Where(dst, broadcast(s.put(cond, backend.Bool, lb), 0, 5), s.put(a, dt, la), s.put(b, dt, lb))
			s.near(fmt.Sprintf("where of %v", dt), s.get(dst), want, 0)
		})
	}
}

// fill: a value of every dtype, and nothing beside the view is touched.
func fill(s *suite) {
	for dt := range backend.NumDTypes {
		want := dt.Decode(dt.Encode(-2.5))
		for _, dims := range shapes {
			for _, l := range layouts {
				dst := s.blank(dt, l, dims...)
				before := s.bits(dst)
				s.dev.Fill(dst, -2.5)
				s.near(fmt.Sprintf("fill%v of %v", dims, dt), s.get(dst), apply(zeros(dims...), func(float64) float64 { return want }), 0)
				if after := s.bits(dst); l == gaps && after[:5*dt.Size()] != before[:5*dt.Size()] {
					s.Errorf("fill%v of %v wrote before the view", dims, dt)
				}
			}
		}
	}
}

// inPlace: an elementwise operation may write the view it reads.
func inPlace(s *suite) {
	a, b := s.random(0.5, 2, 7, 333), s.random(0.5, 2, 7, 333)
	for _, l := range layouts {
		x := s.put(a, backend.Float32, l)
		s.dev.Unary(backend.GELU, x, x)
		s.near("gelu in place", s.get(x), apply(a, func(x float64) float64 { return x * phi(x) }), 1e-6)
		x = s.put(a, backend.Float32, l)
		s.dev.Binary(backend.Div, x, s.put(b, backend.Float32, l), x)
		s.near("div in place", s.get(x), combined(backend.Div, b, a, backend.Float32), 1e-6)
		x, dy := s.put(a, backend.Float32, l), s.put(b, backend.Float32, l)
		s.dev.UnaryGrad(backend.Square, dy, dy, x, x)
		s.near("grad in place", s.get(dy), combined(backend.Mul, apply(a, func(x float64) float64 { return 2 * x }), b, backend.Float32), 1e-6)
	}
}
