package cpu

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

func exp32(x float32) float32     { return float32(math.Exp(float64(x))) }
func log32(x float32) float32     { return float32(math.Log(float64(x))) }
func sqrt32(x float32) float32    { return float32(math.Sqrt(float64(x))) }
func tanh32(x float32) float32    { return float32(math.Tanh(float64(x))) }
func sigmoid32(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// gelu32 is x*Phi(x), and gelu32Grad its derivative Phi(x) + x*phi(x).
func gelu32(x float32) float32 {
	return float32(float64(x) * 0.5 * math.Erfc(-float64(x)/math.Sqrt2))
}

func gelu32Grad(v float32) float32 {
	x := float64(v)
	return float32(0.5*math.Erfc(-x/math.Sqrt2) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
}

// The constants of GPT-2's GELU: x * (1 + tanh(geluRoot*(x + geluCube*x³))) / 2.
const (
	geluRoot = 0.7978845608028654 // sqrt(2/pi)
	geluCube = 0.044715
)

func geluTanh32(v float32) float32 {
	x := float64(v)
	return float32(0.5 * x * (1 + math.Tanh(geluRoot*(x+geluCube*x*x*x))))
}

func geluTanh32Grad(v float32) float32 {
	x := float64(v)
	t := math.Tanh(geluRoot * (x + geluCube*x*x*x))
	return float32(0.5*(1+t) + 0.5*x*(1-t*t)*geluRoot*(1+3*geluCube*x*x))
}

// each makes a row function of a function of one number.
func each(f func(x float32) float32) func(dst, x []float32) {
	return func(dst, x []float32) {
		for i, v := range x {
			dst[i] = f(v)
		}
	}
}

// goUnary are the unary operations by backend.UnaryOp; Not is not of float32.
var goUnary = [backend.NumUnaryOps]func(dst, x []float32){
	backend.Neg:      each(func(x float32) float32 { return -x }),
	backend.Abs:      each(func(x float32) float32 { return float32(math.Abs(float64(x))) }),
	backend.Square:   each(func(x float32) float32 { return x * x }),
	backend.Sqrt:     each(sqrt32),
	backend.Rsqrt:    each(func(x float32) float32 { return 1 / sqrt32(x) }),
	backend.Recip:    each(func(x float32) float32 { return 1 / x }),
	backend.Exp:      each(exp32),
	backend.Log:      each(log32),
	backend.Sin:      each(func(x float32) float32 { return float32(math.Sin(float64(x))) }),
	backend.Cos:      each(func(x float32) float32 { return float32(math.Cos(float64(x))) }),
	backend.Tanh:     each(tanh32),
	backend.Sigmoid:  each(sigmoid32),
	backend.ReLU:     each(func(x float32) float32 { return max(x, 0) }),
	backend.SiLU:     each(func(x float32) float32 { return x * sigmoid32(x) }),
	backend.GELU:     each(gelu32),
	backend.GELUTanh: each(geluTanh32),
}

// slope makes a gradient's row function of the derivative, a function of x and y = op(x).
func slope(f func(x, y float32) float32) func(dx, dy, x, y []float32) {
	return func(dx, dy, x, y []float32) {
		for i, g := range dy {
			dx[i] = g * f(x[i], y[i])
		}
	}
}

// goGrad are the gradients of the unary operations.
var goGrad = [backend.NumUnaryOps]func(dx, dy, x, y []float32){
	backend.Neg:      slope(func(_, _ float32) float32 { return -1 }),
	backend.Abs:      slope(func(x, _ float32) float32 { return sign(x) }),
	backend.Square:   slope(func(x, _ float32) float32 { return 2 * x }),
	backend.Sqrt:     slope(func(_, y float32) float32 { return 0.5 / y }),
	backend.Rsqrt:    slope(func(_, y float32) float32 { return -0.5 * y * y * y }),
	backend.Recip:    slope(func(_, y float32) float32 { return -y * y }),
	backend.Exp:      slope(func(_, y float32) float32 { return y }),
	backend.Log:      slope(func(x, _ float32) float32 { return 1 / x }),
	backend.Sin:      slope(func(x, _ float32) float32 { return float32(math.Cos(float64(x))) }),
	backend.Cos:      slope(func(x, _ float32) float32 { return float32(-math.Sin(float64(x))) }),
	backend.Tanh:     slope(func(_, y float32) float32 { return 1 - y*y }),
	backend.Sigmoid:  slope(func(_, y float32) float32 { return y * (1 - y) }),
	backend.ReLU:     goReLUGrad,
	backend.SiLU:     slope(siluSlope),
	backend.GELU:     slope(func(x, _ float32) float32 { return gelu32Grad(x) }),
	backend.GELUTanh: slope(func(x, _ float32) float32 { return geluTanh32Grad(x) }),
}

func siluSlope(x, _ float32) float32 {
	s := sigmoid32(x)
	return s * (1 + x*(1-s))
}

// goReLUGrad passes dy where x is positive; 0 elsewhere, even when dy is not finite.
func goReLUGrad(dx, dy, x, _ []float32) {
	for i, g := range dy {
		if x[i] > 0 {
			dx[i] = g
		} else {
			dx[i] = 0
		}
	}
}

func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

// goBinary are the binary operations of float32 that are worth a kernel; the others go element by element.
var goBinary = [backend.Minimum + 1]func(dst, a, b []float32){
	backend.Add:     goAdd,
	backend.Sub:     func(dst, a, b []float32) { pairs(dst, a, b, func(x, y float32) float32 { return x - y }) },
	backend.Mul:     func(dst, a, b []float32) { pairs(dst, a, b, func(x, y float32) float32 { return x * y }) },
	backend.Div:     func(dst, a, b []float32) { pairs(dst, a, b, func(x, y float32) float32 { return x / y }) },
	backend.Pow:     func(dst, a, b []float32) { pairs(dst, a, b, power[float32]) },
	backend.Maximum: func(dst, a, b []float32) { pairs(dst, a, b, func(x, y float32) float32 { return max(x, y) }) },
	backend.Minimum: func(dst, a, b []float32) { pairs(dst, a, b, func(x, y float32) float32 { return min(x, y) }) },
}

func goAdd(dst, a, b []float32) {
	b, dst = b[:len(a)], dst[:len(a)]
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func pairs(dst, a, b []float32, f func(x, y float32) float32) {
	for i, v := range a {
		dst[i] = f(v, b[i])
	}
}
