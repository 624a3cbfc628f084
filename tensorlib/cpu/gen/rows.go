package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// walk goes along rows of equal length, a vector at a time. The body gets, for each slice parameter named, where its vector
// lies, and the mask of the lanes that count; it is emitted twice, for whole vectors and for the rest.
func (g machine) walk(length string, names []string, body func(at map[string]Mem, m mask)) {
	n := GP64()
	Load(Param(length).Len(), n)
	g.along(n, names, "", body)
}

// along is walk for the first n elements. It uses n up, and returns the offset in bytes behind the last vector it came to. The suffix
// keeps the labels of several walks in one function apart.
func (g machine) along(n reg.GPVirtual, names []string, suffix string, body func(at map[string]Mem, m mask)) reg.GPVirtual {
	off := GP64()
	at := map[string]Mem{}
	for _, name := range names {
		p := Load(Param(name).Base(), GP64())
		at[name] = Mem{Base: p, Index: off, Scale: 1}
	}
	XORQ(off, off)
	SUBQ(Imm(uint64(g.lanes)), n)
	JLT(LabelRef("rest" + suffix))
	Label("whole" + suffix)
	body(at, mask{})
	ADDQ(Imm(uint64(g.bytes())), off)
	SUBQ(Imm(uint64(g.lanes)), n)
	JGE(LabelRef("whole" + suffix))
	Label("rest" + suffix)
	ADDQ(Imm(uint64(g.lanes)), n)
	JZ(LabelRef("end" + suffix))
	body(at, g.tail(n))
	ADDQ(Imm(uint64(g.bytes())), off)
	Label("end" + suffix)
	return off
}

func finish() {
	VZEROUPPER()
	RET()
}

// exp is e to the x: 2^n times a polynomial (Cephes' expf) in what is left of x, |r| <= ln(2)/2. Too large is +Inf, too small 0.
func (g machine) exp(x reg.VecVirtual) reg.VecVirtual {
	x = g.least(g.load(89), x)
	x = g.most(g.load(-104), x)
	n := g.mul(x, 1.44269504088896341)
	if g.wide() {
		VRNDSCALEPS(U8(8), n, n)
	} else {
		VROUNDPS(U8(8), n, n)
	}
	r := g.vec()
	VMOVAPS(x, r)
	g.subMul(r, n, 0.693359375)
	g.subMul(r, n, -2.12194440e-4)
	p := g.poly(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	g.fma(p, g.mul(r, r), r)
	p = g.add(p, 1.0)
	if g.wide() {
		VSCALEFPS(n, p, p)
		return p
	}
	half, rest := YMM(), YMM() // two factors: 2^n itself may be no normal number
	VCVTPS2DQ(n, n)
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, rest)
	for _, e := range []reg.VecVirtual{half, rest} {
		VPADDD(constantBits(127), e, e)
		VPSLLD(Imm(23), e, e)
		VMULPS(e, p, p)
	}
	return p
}

// sigmoid is 1/(1+exp(-x)).
func (g machine) sigmoid(x reg.VecVirtual) reg.VecVirtual {
	return g.div(g.load(1), g.add(g.exp(g.flip(x)), 1.0))
}

// tanh is 1 - 2/(exp(2x)+1), and where that would cancel, |x| < 0.625, Cephes' polynomial.
func (g machine) tanh(x reg.VecVirtual) reg.VecVirtual {
	e := g.add(g.exp(g.add(x, x)), 1.0)
	large := g.sub(g.load(1), g.div(g.load(2), e))
	z := g.mul(x, x)
	small := g.poly(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	small = g.mul(small, z)
	g.fma(small, x, x)
	return g.choose(g.abs(x), g.load(0.625), small, large)
}

// normal is Phi(x) and exp(-x²/2), by Abramowitz & Stegun 7.1.26: for x < 0, Phi = t*(a1+t*(a2+…))*exp(-x²/2)/2 with
// t = 1/(1+p*|x|/sqrt(2)); the error is below 1e-7, and the tail keeps its relative precision.
func (g machine) normal(x reg.VecVirtual) (cdf, e reg.VecVirtual) {
	e = g.exp(g.mul(g.mul(x, x), -0.5))
	a := g.abs(x)
	g.fma(a, g.load(0.3275911*0.70710678118654752), 1.0)
	t := g.div(g.load(1), a)
	h := g.poly(t, 0.5*1.061405429, 0.5*-1.453152027, 0.5*1.421413741, 0.5*-0.284496736, 0.5*0.254829592)
	h = g.mul(g.mul(h, t), e)
	return g.choose(x, g.zero(), h, g.sub(g.load(1), h)), e
}

// The constants of GPT-2's GELU, x*sigmoid(2u) with u = root*(x + cube*x³).
const (
	geluRoot = 0.7978845608028654
	geluCube = 0.044715
)

func (g machine) geluGate(x reg.VecVirtual) reg.VecVirtual {
	u := g.mul(x, x)
	g.fma(u, g.load(-2*geluRoot*geluCube), -2*geluRoot)
	return g.div(g.load(1), g.add(g.exp(g.mul(u, x)), 1.0))
}

// elementwise emits the functions that work on each element by itself.
func elementwise(g machine) {
	unary := func(name string, f func(x reg.VecVirtual) reg.VecVirtual) {
		function(name+g.name, "func(dst, x []float32)", name+g.name+" is "+name+" of each element.")
		g.walk("x", []string{"dst", "x"}, func(at map[string]Mem, m mask) {
			g.write(f(g.read(at["x"], m)), at["dst"], m)
		})
		finish()
	}
	unary("exp", g.exp)
	unary("sigmoid", g.sigmoid)
	unary("tanh", g.tanh)
	unary("square", func(x reg.VecVirtual) reg.VecVirtual { return g.mul(x, x) })
	unary("relu", func(x reg.VecVirtual) reg.VecVirtual { return g.most(g.zero(), x) })
	unary("silu", func(x reg.VecVirtual) reg.VecVirtual { return g.mul(x, g.sigmoid(x)) })
	unary("gelu", func(x reg.VecVirtual) reg.VecVirtual {
		cdf, _ := g.normal(x)
		return g.mul(x, cdf)
	})
	unary("geluTanh", func(x reg.VecVirtual) reg.VecVirtual { return g.mul(x, g.geluGate(x)) })

	grad := func(name string, f func(dy reg.VecVirtual, at map[string]Mem, m mask) reg.VecVirtual) {
		function(name+"Grad"+g.name, "func(dx, dy, x, y []float32)", name+"Grad"+g.name+" is dy times the derivative of "+name+".")
		g.walk("dy", []string{"dx", "dy", "x", "y"}, func(at map[string]Mem, m mask) {
			g.write(f(g.read(at["dy"], m), at, m), at["dx"], m)
		})
		finish()
	}
	ofX := func(f func(x reg.VecVirtual) reg.VecVirtual) func(reg.VecVirtual, map[string]Mem, mask) reg.VecVirtual {
		return func(dy reg.VecVirtual, at map[string]Mem, m mask) reg.VecVirtual {
			return g.mul(f(g.read(at["x"], m)), dy)
		}
	}
	ofY := func(f func(y reg.VecVirtual) reg.VecVirtual) func(reg.VecVirtual, map[string]Mem, mask) reg.VecVirtual {
		return func(dy reg.VecVirtual, at map[string]Mem, m mask) reg.VecVirtual {
			return g.mul(f(g.read(at["y"], m)), dy)
		}
	}
	grad("exp", ofY(func(y reg.VecVirtual) reg.VecVirtual { return y }))
	grad("square", ofX(func(x reg.VecVirtual) reg.VecVirtual { return g.add(x, x) }))
	grad("sigmoid", ofY(func(y reg.VecVirtual) reg.VecVirtual { return g.mul(y, g.sub(g.load(1), y)) }))
	grad("tanh", ofY(func(y reg.VecVirtual) reg.VecVirtual {
		d := g.load(1)
		g.subMul(d, y, y)
		return d
	}))
	grad("relu", func(dy reg.VecVirtual, at map[string]Mem, m mask) reg.VecVirtual {
		return g.choose(g.zero(), g.read(at["x"], m), dy, g.zero())
	})
	grad("silu", ofX(func(x reg.VecVirtual) reg.VecVirtual { // s + x*s*(1-s)
		s := g.sigmoid(x)
		t := g.mul(s, x)
		d := g.sub(g.load(1), s)
		g.fma(d, t, s)
		return d
	}))
	grad("gelu", ofX(func(x reg.VecVirtual) reg.VecVirtual { // Phi + x*phi
		cdf, e := g.normal(x)
		g.addMul(cdf, g.mul(e, x), 0.3989422804014327)
		return cdf
	}))
	grad("geluTanh", ofX(func(x reg.VecVirtual) reg.VecVirtual { // s + x*s*(1-s)*2u'; far out s*(1-s) is 0 and x must not overflow
		s := g.geluGate(x)
		x = g.most(g.load(-100), g.least(g.load(100), x))
		d := g.mul(x, x)
		g.fma(d, g.load(6*geluRoot*geluCube), 2*geluRoot)
		d = g.mul(g.mul(d, x), g.mul(s, g.sub(g.load(1), s)))
		return g.add(d, s)
	}))

	binary := func(name string, f func(a, b reg.VecVirtual) reg.VecVirtual) {
		function(name+g.name, "func(dst, a, b []float32)", name+g.name+" is "+name+" of each pair of elements.")
		g.walk("a", []string{"dst", "a", "b"}, func(at map[string]Mem, m mask) {
			g.write(f(g.read(at["a"], m), g.read(at["b"], m)), at["dst"], m)
		})
		finish()
	}
	binary("add", func(a, b reg.VecVirtual) reg.VecVirtual { return g.add(a, b) })
	binary("sub", func(a, b reg.VecVirtual) reg.VecVirtual { return g.sub(a, b) })
	binary("mul", func(a, b reg.VecVirtual) reg.VecVirtual { return g.mul(a, b) })
	binary("div", g.div)

	function("affine"+g.name, "func(dst, x []float32, scale, shift float32)", "affine"+g.name+" is x*scale + shift.")
	scale, shift := g.scalar("scale"), g.scalar("shift")
	g.walk("x", []string{"dst", "x"}, func(at map[string]Mem, m mask) {
		x := g.read(at["x"], m)
		g.fma(x, scale, shift)
		g.write(x, at["dst"], m)
	})
	finish()
}
