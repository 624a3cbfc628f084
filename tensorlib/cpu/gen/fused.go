package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// result stores the lowest lane of v as result i, after the upper halves are clean.
func result(i int, v reg.VecVirtual) { Store(v.AsX(), ReturnIndex(i)) }

// reductions emits the functions that fold a row into a number. Lane l of a vector takes the elements at l, l+lanes, …, from
// first to last, then the lanes are folded: elements that are zero at the end of a row change nothing.
func reductions(g machine) {
	fold := func(name, sig, length string, names []string, step func(acc reg.VecVirtual, at map[string]Mem, m mask)) {
		function(name+g.name, sig, name+g.name+" folds a row into its "+name+".")
		acc := g.zero()
		g.walk(length, names, func(at map[string]Mem, m mask) { step(acc, at, m) })
		r := g.across(acc, VADDPS)
		VZEROUPPER()
		result(0, r)
		RET()
	}
	one := "func(x []float32) float32"
	fold("sum", one, "x", []string{"x"}, func(acc reg.VecVirtual, at map[string]Mem, m mask) {
		VADDPS(g.read(at["x"], m), acc, acc)
	})
	fold("sumSquares", one, "x", []string{"x"}, func(acc reg.VecVirtual, at map[string]Mem, m mask) {
		x := g.read(at["x"], m)
		g.addMul(acc, x, x)
	})
	fold("dot", "func(a, b []float32) float32", "a", []string{"a", "b"}, func(acc reg.VecVirtual, at map[string]Mem, m mask) {
		g.addMul(acc, g.read(at["a"], m), g.read(at["b"], m))
	})

	function("squaresAround"+g.name, "func(x []float32, mean float32) float32", "squaresAround"+g.name+" is the sum of (x-mean)².")
	mean, acc := g.scalar("mean"), g.zero()
	g.walk("x", []string{"x"}, func(at map[string]Mem, m mask) {
		d := g.keep(g.sub(g.read(at["x"], m), mean), m)
		g.addMul(acc, d, d)
	})
	r := g.across(acc, VADDPS)
	VZEROUPPER()
	result(0, r)
	RET()

	function("max"+g.name, one, "max"+g.name+" is the largest element; NaN is passed over.")
	top := g.loadMem(constantBits(0xff800000)) // -Inf
	g.walk("x", []string{"x"}, func(at map[string]Mem, m mask) {
		g.maxInto(top, g.read(at["x"], m), m)
	})
	r = g.across(top, VMAXPS)
	VZEROUPPER()
	result(0, r)
	RET()

	function("expSum"+g.name, "func(dst, x []float32, shift float32) float32", "expSum"+g.name+" writes exp(x-shift) unless dst is nil, and is the sum of them.")
	shift, sum := g.scalar("shift"), g.zero()
	dst := Load(Param("dst").Base(), GP64())
	g.walk("x", []string{"dst", "x"}, func(at map[string]Mem, m mask) {
		e := g.exp(g.sub(g.read(at["x"], m), shift))
		e = g.keep(e, m)
		VADDPS(e, sum, sum)
		label := "skip"
		if m.set {
			label = "skipRest"
		}
		TESTQ(dst, dst)
		JZ(LabelRef(label))
		g.write(e, at["dst"], m)
		Label(label)
	})
	r = g.across(sum, VADDPS)
	VZEROUPPER()
	result(0, r)
	RET()
}

// fused emits the row functions of softmax, layer norm and AdamW.
func fused(g machine) {
	function("expScale"+g.name, "func(dst, x []float32, shift, scale float32)", "expScale"+g.name+" is exp(x-shift)*scale.")
	shift, scale := g.scalar("shift"), g.scalar("scale")
	g.walk("x", []string{"dst", "x"}, func(at map[string]Mem, m mask) {
		g.write(g.mul(g.exp(g.sub(g.read(at["x"], m), shift)), scale), at["dst"], m)
	})
	finish()

	function("softmaxGradRow"+g.name, "func(dx, dy, y []float32, dot float32)", "softmaxGradRow"+g.name+" is y*(dy-dot).")
	dot := g.scalar("dot")
	g.walk("y", []string{"dx", "dy", "y"}, func(at map[string]Mem, m mask) {
		g.write(g.mul(g.sub(g.read(at["dy"], m), dot), g.read(at["y"], m)), at["dx"], m)
	})
	finish()

	function("normApply"+g.name, "func(y, x, w, b []float32, mean, rstd float32)", "normApply"+g.name+" is (x-mean)*rstd*w + b, without b when it is nil.")
	mean, rstd := g.scalar("mean"), g.scalar("rstd")
	bias := Load(Param("b").Base(), GP64())
	g.walk("x", []string{"y", "x", "w", "b"}, func(at map[string]Mem, m mask) {
		h := g.mul(g.sub(g.read(at["x"], m), mean), rstd)
		w, label := g.read(at["w"], m), "plain"
		if m.set {
			label = "plainRest"
		}
		h = g.mul(h, w)
		TESTQ(bias, bias)
		JZ(LabelRef(label))
		VADDPS(g.read(at["b"], m), h, h)
		Label(label)
		g.write(h, at["y"], m)
	})
	finish()

	function("normSums"+g.name, "func(dw, db, dy, x, w []float32, mean, rstd float32) (g1, g2 float32)",
		"normSums"+g.name+" adds dy*h to dw and dy to db, with h = (x-mean)*rstd, and is the sums of dy*w and dy*w*h.")
	mean, rstd = g.scalar("mean"), g.scalar("rstd")
	g1, g2 := g.zero(), g.zero()
	g.walk("dy", []string{"dw", "db", "dy", "x", "w"}, func(at map[string]Mem, m mask) {
		h := g.mul(g.sub(g.read(at["x"], m), mean), rstd)
		dy := g.read(at["dy"], m)
		dw := g.read(at["dw"], m)
		g.addMul(dw, dy, h)
		g.write(dw, at["dw"], m)
		g.write(g.add(dy, g.read(at["db"], m)), at["db"], m)
		t := g.mul(dy, g.read(at["w"], m))
		VADDPS(t, g1, g1)
		g.addMul(g2, t, h)
	})
	r1, r2 := g.across(g1, VADDPS), g.across(g2, VADDPS)
	VZEROUPPER()
	result(0, r1)
	result(1, r2)
	RET()

	function("normBack"+g.name, "func(dx, add, dy, x, w []float32, mean, rstd, m1, m2 float32)",
		"normBack"+g.name+" is rstd*(dy*w - m1 - h*m2), with h = (x-mean)*rstd, plus add when that is not nil.")
	mean, rstd = g.scalar("mean"), g.scalar("rstd")
	m1, m2 := g.scalar("m1"), g.scalar("m2")
	add := Load(Param("add").Base(), GP64())
	g.walk("dy", []string{"dx", "add", "dy", "x", "w"}, func(at map[string]Mem, m mask) {
		h := g.mul(g.sub(g.read(at["x"], m), mean), rstd)
		d := g.sub(g.mul(g.read(at["dy"], m), g.read(at["w"], m)), m1)
		g.subMul(d, h, m2)
		d = g.mul(d, rstd)
		label := "plain"
		if m.set {
			label = "plainRest"
		}
		TESTQ(add, add)
		JZ(LabelRef(label))
		VADDPS(g.read(at["add"], m), d, d)
		Label(label)
		g.write(d, at["dx"], m)
	})
	finish()

	function("adamw"+g.name, "func(p, g, m, v []float32, a *adamwArgs)", "adamw"+g.name+" is one update.")
	args := Load(Param("a"), GP64()).(reg.GPVirtual)
	field := func(i int) reg.VecVirtual {
		v := g.vec()
		VBROADCASTSS(Mem{Base: args, Disp: 4 * i}, v)
		return v
	}
	gscale, c1, c2, decay, rate, root, eps := field(0), field(1), field(2), field(3), field(4), field(5), field(6)
	g.walk("p", []string{"p", "g", "m", "v"}, func(at map[string]Mem, k mask) {
		x := g.mul(g.read(at["g"], k), gscale)
		m, v := g.read(at["m"], k), g.read(at["v"], k)
		g.addMul(m, g.sub(x, m), c1)
		g.write(m, at["m"], k)
		s := g.mul(x, x)
		g.addMul(v, g.sub(s, v), c2)
		g.write(v, at["v"], k)
		d := g.vec()
		VSQRTPS(v, d)
		g.fma(d, root, eps)
		p := g.mul(g.read(at["p"], k), decay)
		g.subMul(p, g.div(m, d), rate)
		g.write(p, at["p"], k)
	})
	finish()
}
