package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// moves emits the copies of small blocks that packing is made of.
func moves(g machine) {
	copyPanels(g)
	transpose(g)
}

// panelsAtOnce is how many panels copyPanels writes side by side: the cache lines it reads hold elements of several, and panels
// may lie so that all begin in one set of the first cache.
const panelsAtOnce = 4

// copyPanels copies up to two vectors from every row to each of up to four panels. It writes whole vectors: AVX2's masked stores
// take longer than the rest.
func copyPanels(g machine) {
	name := "copyPanels" + g.name
	function(name, "func(dst *float32, stride, panel int, src *float32, row, rows, cols, panels int)",
		name+" copies rows of cols elements, at most two vectors, for each of one to four panels, and zeros up to a whole vector; the distances are in bytes, and rows is not 0.")
	c := panelCopy{machine: g, dst: pointers("dst", "panel"), src: pointers("src", "")}
	c.stride, c.row = Load(Param("stride"), GP64()), Load(Param("row"), GP64())
	c.rows = Load(Param("rows"), GP64())
	cols, panels := Load(Param("cols"), GP64()).(reg.GPVirtual), Load(Param("panels"), GP64())
	MOVQ(cols, c.src.step)
	SHLQ(U8(2), c.src.step)
	c.dst.third()
	c.src.third()
	CMPQ(cols, Imm(uint64(g.lanes)))
	JGT(LabelRef("two"))
	c.choose(1, panels, cols)
	Label("two")
	SUBQ(Imm(uint64(g.lanes)), cols)
	c.choose(2, panels, cols)
}

// pointers are the places of up to four panels: base and three steps from it.
type places struct{ base, step, last reg.Register }

func pointers(base, step string) places {
	p := places{base: Load(Param(base), GP64()), step: GP64(), last: GP64()}
	if step != "" {
		Load(Param(step), p.step)
	}
	return p
}

// third computes the place three steps from the base.
func (p *places) third() {
	LEAQ(Mem{Base: p.base, Index: p.step, Scale: 2}, p.last)
	ADDQ(p.step, p.last)
}

// at is disp bytes into the panel.
func (p *places) at(panel, disp int) Mem {
	switch panel {
	case 0:
		return Mem{Base: p.base, Disp: disp}
	case 3:
		return Mem{Base: p.last, Disp: disp}
	}
	return Mem{Base: p.base, Index: p.step, Scale: uint8(panel), Disp: disp}
}

type panelCopy struct {
	machine
	dst, src          places
	stride, row, rows reg.Register
}

// choose emits the loops for rows of that many vectors, the last of which has the given lanes, and the choice between them.
func (c *panelCopy) choose(vectors int, panels reg.Register, lanes reg.GPVirtual) {
	m := c.tail(lanes)
	loop := func(n int) string { return fmt.Sprintf("loop%dx%d", n, vectors) }
	for n := 1; n < panelsAtOnce; n++ {
		CMPQ(panels, Imm(uint64(n)))
		JEQ(LabelRef(loop(n)))
	}
	for n := panelsAtOnce; n > 0; n-- {
		Label(loop(n))
		for i := range n {
			for v := range vectors {
				at := mask{}
				if v == vectors-1 {
					at = m
				}
				c.write(c.read(c.src.at(i, v*c.bytes()), at), c.dst.at(i, v*c.bytes()), mask{})
			}
		}
		ADDQ(c.row, c.src.base)
		ADDQ(c.stride, c.dst.base)
		if n == panelsAtOnce {
			ADDQ(c.row, c.src.last)
			ADDQ(c.stride, c.dst.last)
		}
		DECQ(c.rows)
		JNZ(LabelRef(loop(n)))
		VZEROUPPER()
		RET()
	}
}

// transpose turns up to one vector of columns: lanes × lanes elements at a time. Like copyPanels it writes whole vectors.
func transpose(g machine) {
	function("transpose"+g.name, "func(dst *float32, stride int, src *float32, col, rows, cols int)",
		"transpose"+g.name+" writes dst[i, j] = src[j, i] for cols, at most a vector, of j, and anything in the rest of the vector; the strides are in bytes, and neither count is 0.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	stride, col, rows, cols := Load(Param("stride"), GP64()), Load(Param("col"), GP64()), Load(Param("rows"), GP64()).(reg.GPVirtual), Load(Param("cols"), GP64()).(reg.GPVirtual)
	zero := GP64()
	XORQ(zero, zero)

	block := func(in mask) {
		v := make([]reg.VecVirtual, g.lanes)
		p, step, left := GP64(), GP64(), GP64()
		MOVQ(src, p)
		MOVQ(col, step)
		MOVQ(cols, left)
		for j := range v {
			v[j] = g.read(Mem{Base: p}, in)
			if j < g.lanes-1 { // past the last column, read it again
				DECQ(left)
				CMPQ(left, Imm(1))
				CMOVQLT(zero, step)
				ADDQ(step, p)
				if j == 0 {
					continue
				}
			}
		}
		v = g.transposed(v)
		q := GP64()
		MOVQ(dst, q)
		count := GP64()
		if in.set {
			MOVQ(rows, count)
		}
		for i := range v {
			if in.set && i > 0 {
				DECQ(count)
				JZ(LabelRef("done"))
			}
			g.write(v[i], Mem{Base: q}, mask{})
			ADDQ(stride, q)
		}
		MOVQ(q, dst)
	}
	SUBQ(Imm(uint64(g.lanes)), rows)
	JLT(LabelRef("rest"))
	Label("whole")
	block(mask{})
	ADDQ(Imm(uint64(g.bytes())), src)
	SUBQ(Imm(uint64(g.lanes)), rows)
	JGE(LabelRef("whole"))
	Label("rest")
	ADDQ(Imm(uint64(g.lanes)), rows)
	JZ(LabelRef("done"))
	block(g.tail(rows))
	Label("done")
	VZEROUPPER()
	RET()
}

// transposed turns a square of registers.
func (g machine) transposed(v []reg.VecVirtual) []reg.VecVirtual {
	pairs := func(v []reg.VecVirtual, lo, hi func(ops ...Op), step int) []reg.VecVirtual {
		r := make([]reg.VecVirtual, len(v))
		for base := 0; base < len(v); base += 2 * step {
			for i := range step {
				a, b := v[base+i], v[base+step+i]
				r[base+2*i], r[base+2*i+1] = g.vec(), g.vec()
				lo(b, a, r[base+2*i])
				hi(b, a, r[base+2*i+1])
			}
		}
		return r
	}
	v = pairs(v, VUNPCKLPS, VUNPCKHPS, 1) // two columns: (0,1), (2,3), …
	w := make([]reg.VecVirtual, len(v))
	for base := 0; base < len(v); base += 4 { // four columns
		a, b, c, d := v[base], v[base+1], v[base+2], v[base+3]
		for i := range 4 {
			w[base+i] = g.vec()
		}
		VUNPCKLPD(c, a, w[base])
		VUNPCKHPD(c, a, w[base+1])
		VUNPCKLPD(d, b, w[base+2])
		VUNPCKHPD(d, b, w[base+3])
	}
	if !g.wide() {
		r := make([]reg.VecVirtual, 8)
		for i := range 4 {
			r[i], r[i+4] = g.vec(), g.vec()
			VPERM2F128(U8(0x20), w[i+4], w[i], r[i])
			VPERM2F128(U8(0x31), w[i+4], w[i], r[i+4])
		}
		return r
	}
	// w[4b+i] has in its quarter q: row 4q+i, columns 4b … 4b+3.
	r := make([]reg.VecVirtual, 16)
	for i := range 4 {
		w0, w1, w2, w3 := w[i], w[4+i], w[8+i], w[12+i]
		t0, t1, t2, t3 := g.vec(), g.vec(), g.vec(), g.vec()
		VSHUFF32X4(U8(0x88), w1, w0, t0) // quarters 0, 2 of w0 and of w1
		VSHUFF32X4(U8(0xdd), w1, w0, t1) // quarters 1, 3
		VSHUFF32X4(U8(0x88), w3, w2, t2)
		VSHUFF32X4(U8(0xdd), w3, w2, t3)
		for q, pair := range [][2]reg.VecVirtual{{t0, t2}, {t1, t3}} {
			lo, hi := g.vec(), g.vec()
			VSHUFF32X4(U8(0x88), pair[1], pair[0], lo)
			VSHUFF32X4(U8(0xdd), pair[1], pair[0], hi)
			r[4*q+i], r[4*(q+2)+i] = lo, hi
		}
	}
	return r
}

// odds emits what fits nowhere else.
func odds() {
	function("pause", "func()", "pause tells the processor that this core spins.")
	PAUSE()
	RET()
	for _, g := range []machine{wide, narrow} {
		function("fmaPeak"+g.name, "func(n int)", "fmaPeak"+g.name+" does n times twelve independent fused multiply-adds.")
		n := Load(Param("n"), GP64())
		x := g.zero()
		var acc []reg.VecVirtual
		for range 12 {
			acc = append(acc, g.zero())
		}
		Label("loop")
		for _, a := range acc {
			VFMADD231PS(x, x, a)
		}
		DECQ(n)
		JNZ(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}
