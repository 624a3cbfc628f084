package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// attention emits the row functions of attention. Rows have room for whole vectors: what lies behind their n elements is set to zero,
// without masked stores, up to their length.
func attention(g machine) {
	function("weigh"+g.name, "func(x []float32, n int, scale, peak float32) (top, sum float32)",
		"weigh"+g.name+" is exp(x*scale-top) of the first n elements and their sum, with top the largest of peak and x*scale, or 0 when that is not finite.")
	scale, top := g.scalar("scale"), g.scalar("peak")
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	g.along(n, []string{"x"}, "Max", func(at map[string]Mem, m mask) {
		x := g.mul(g.read(at["x"], m), scale)
		g.maxInto(top, x, m)
	})
	VBROADCASTSS(g.across(top, VMAXPS), top)
	top = g.finiteOrZero(top)
	sum := g.zero()
	n = Load(Param("n"), GP64()).(reg.GPVirtual)
	off := g.along(n, []string{"x"}, "Exp", func(at map[string]Mem, m mask) {
		e := g.keep(g.exp(g.sub(g.mul(g.read(at["x"], m), scale), top)), m)
		VADDPS(e, sum, sum)
		g.write(e, at["x"], mask{})
	})
	g.clearFrom(off, "x", "x")
	r := g.across(sum, VADDPS)
	VZEROUPPER()
	result(0, top)
	result(1, r)
	RET()

	function("slopes"+g.name, "func(p, ds []float32, n int, scale, lse, delta float32)",
		"slopes"+g.name+" is p = exp(p*scale-lse) and ds = (ds-delta)*p*scale, of the first n elements.")
	scale, lse, delta := g.scalar("scale"), g.scalar("lse"), g.scalar("delta")
	n = Load(Param("n"), GP64()).(reg.GPVirtual)
	off = g.along(n, []string{"p", "ds"}, "", func(at map[string]Mem, m mask) {
		p := g.exp(g.sub(g.mul(g.read(at["p"], m), scale), lse))
		d := g.mul(g.mul(g.sub(g.read(at["ds"], m), delta), p), scale)
		g.write(g.keep(p, m), at["p"], mask{})
		g.write(g.keep(d, m), at["ds"], mask{})
	})
	g.clearFrom(off, "p", "p", "ds")
	finish()
}

// clearFrom writes zeros to the rows named, from the offset off to the length of the first, which is whole vectors.
func (g machine) clearFrom(off reg.GPVirtual, length string, names ...string) {
	end, none := GP64(), g.zero()
	Load(Param(length).Len(), end)
	SHLQ(Imm(2), end)
	var at []Mem
	for _, name := range names {
		at = append(at, Mem{Base: Load(Param(name).Base(), GP64()), Index: off, Scale: 1})
	}
	JMP(LabelRef("clearTest"))
	Label("clear")
	for _, m := range at {
		g.write(none, m, mask{})
	}
	ADDQ(Imm(uint64(g.bytes())), off)
	Label("clearTest")
	CMPQ(off, end)
	JLT(LabelRef("clear"))
}
