package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// unaryOp is a function of one Float32 tensor, elementwise.
type unaryOp struct {
	op
	kind backend.UnaryOp
}

func newUnary(name string, kind backend.UnaryOp) *unaryOp {
	return &unaryOp{op{name, func(s *sweep, n *node) {
		s.into(n.in[0], func(dst backend.View) { s.dev.UnaryGrad(kind, dst, n.grad.v, n.in[0].v, n.out.v) })
	}}, kind}
}

func (o *unaryOp) apply(t *Tensor) *Tensor {
	dev := use(o.name, t)
	want(o.name, Float32, t)
	out := like(t, Float32)
	dev.Unary(o.kind, out.v, t.v)
	record(&o.op, out, t)
	guard(o.name, out)
	return out
}

var (
	opNeg      = newUnary("Neg", backend.Neg)
	opAbs      = newUnary("Abs", backend.Abs)
	opSquare   = newUnary("Square", backend.Square)
	opSqrt     = newUnary("Sqrt", backend.Sqrt)
	opRsqrt    = newUnary("Rsqrt", backend.Rsqrt)
	opRecip    = newUnary("Recip", backend.Recip)
	opExp      = newUnary("Exp", backend.Exp)
	opLog      = newUnary("Log", backend.Log)
	opSin      = newUnary("Sin", backend.Sin)
	opCos      = newUnary("Cos", backend.Cos)
	opTanh     = newUnary("Tanh", backend.Tanh)
	opSigmoid  = newUnary("Sigmoid", backend.Sigmoid)
	opReLU     = newUnary("ReLU", backend.ReLU)
	opSiLU     = newUnary("SiLU", backend.SiLU)
	opGELU     = newUnary("GELU", backend.GELU)
	opGELUTanh = newUnary("GELUTanh", backend.GELUTanh)
)

// Neg is -t.
func (t *Tensor) Neg() *Tensor { return opNeg.apply(t) }

// Abs is |t|; its gradient at 0 is 0.
func (t *Tensor) Abs() *Tensor { return opAbs.apply(t) }

// Square is t².
func (t *Tensor) Square() *Tensor { return opSquare.apply(t) }

// Sqrt is the square root.
func (t *Tensor) Sqrt() *Tensor { return opSqrt.apply(t) }

// Rsqrt is 1/sqrt(t).
func (t *Tensor) Rsqrt() *Tensor { return opRsqrt.apply(t) }

// Recip is 1/t.
func (t *Tensor) Recip() *Tensor { return opRecip.apply(t) }

// Exp is e to the power t.
func (t *Tensor) Exp() *Tensor { return opExp.apply(t) }

// Log is the natural logarithm.
func (t *Tensor) Log() *Tensor { return opLog.apply(t) }

// Sin is the sine of t in radians.
func (t *Tensor) Sin() *Tensor { return opSin.apply(t) }

// Cos is the cosine of t in radians.
func (t *Tensor) Cos() *Tensor { return opCos.apply(t) }

// Tanh is the hyperbolic tangent.
func (t *Tensor) Tanh() *Tensor { return opTanh.apply(t) }

// Sigmoid is 1/(1+exp(-t)).
func (t *Tensor) Sigmoid() *Tensor { return opSigmoid.apply(t) }

// ReLU is max(t, 0); its gradient at 0 is 0.
func (t *Tensor) ReLU() *Tensor { return opReLU.apply(t) }

// SiLU is t*sigmoid(t).
func (t *Tensor) SiLU() *Tensor { return opSiLU.apply(t) }

// GELU is t*Phi(t), with Phi the distribution function of the standard normal (Hendrycks & Gimpel, 2016).
func (t *Tensor) GELU() *Tensor { return opGELU.apply(t) }

// GELUTanh is GPT-2's approximation of GELU,
//
//	t/2 * (1 + tanh(sqrt(2/pi) * (t + 0.044715 t³)))
func (t *Tensor) GELUTanh() *Tensor { return opGELUTanh.apply(t) }

// Scale is t*by.
func (t *Tensor) Scale(by float64) *Tensor { return affine(opScale, t, by, 0) }

// AddScalar is t + x.
func (t *Tensor) AddScalar(x float64) *Tensor { return affine(opAddScalar, t, 1, x) }

// affine is t*scale + shift. An integer tensor takes whole numbers only.
func affine(o *op, t *Tensor, scale, shift float64) *Tensor {
	dev := use(o.name, t)
	computes(o.name, t)
	if t.v.DType != Float32 {
		return affineInt(o, t, scale, shift)
	}
	out := like(t, Float32)
	dev.Affine(out.v, t.v, float32(scale), float32(shift))
	if n := record(o, out, t); n != nil {
		n.real = scale
	}
	guard(o.name, out)
	return out
}

func affineInt(o *op, t *Tensor, scale, shift float64) *Tensor {
	if t.v.DType == Bool || scale != float64(int64(scale)) || shift != float64(int64(shift)) {
		failFix(o.name, "not a whole number, or not a tensor of numbers: "+t.v.DType.String(), "convert with To(Float32)", t)
	}
	one := func(x float64) *Tensor {
		c := empty(t.mem.dev, t.v.DType, nil)
		t.mem.dev.Fill(c.v, x)
		return c
	}
	if o == opScale {
		return t.Mul(one(scale))
	}
	return t.Add(one(shift))
}

var (
	opScale     = &op{name: "Scale", back: func(s *sweep, n *node) { s.give(n.in[0], s.affine(&n.grad.v, float32(n.real), 0)) }}
	opAddScalar = &op{name: "AddScalar", back: func(s *sweep, n *node) { s.give(n.in[0], s.share(n.grad, n.grad.v)) }}
)

// Dropout sets elements to zero with probability p and divides the rest by 1-p. Which ones is a pure function of the key
// and the element's place; p = 0 returns t.
func (t *Tensor) Dropout(p float64, key Key) *Tensor {
	dev := use("Dropout", t)
	want("Dropout", Float32, t)
	if !(p >= 0 && p < 1) {
		failFix("Dropout", "probability is not in [0, 1)", "", t)
	}
	if p == 0 {
		return t
	}
	out := like(t, Float32)
	dev.Dropout(out.v, t.v, float32(p), key)
	if n := record(opDropout, out, t); n != nil {
		n.real, n.key = p, key
	}
	return out
}

var opDropout = &op{"Dropout", func(s *sweep, n *node) {
	s.into(n.in[0], func(dst backend.View) { s.dev.Dropout(dst, n.grad.v, float32(n.real), n.key) })
}}
