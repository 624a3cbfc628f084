package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// randoms emits Philox 4x32-10 and what is made of its words.
func randoms(g machine) {
	philox(g)

	function("unit"+g.name, "func(dst []float32, words []uint32)", "unit"+g.name+" is the numbers in [0, 1) of the top 24 bits of words.")
	g.walk("dst", []string{"dst", "words"}, func(at map[string]Mem, m mask) {
		g.write(g.unit(g.read(at["words"], m)), at["dst"], m)
	})
	finish()

	function("drop"+g.name, "func(y, x []float32, words []uint32, p, scale float32)", "drop"+g.name+" is x*scale where the number of the word is at least p, else 0.")
	p, scale := g.scalar("p"), g.scalar("scale")
	g.walk("x", []string{"y", "x", "words"}, func(at map[string]Mem, m mask) {
		u := g.unit(g.read(at["words"], m))
		x := g.mul(g.read(at["x"], m), scale)
		if g.wide() {
			k := K()
			VCMPPS(U8(29), p, u, k) // at least, quiet
			VMOVAPS_Z(x, k, x)
		} else {
			VCMPPS(U8(29), p, u, u)
			VANDPS(u, x, x)
		}
		g.write(x, at["y"], m)
	})
	finish()
}

// unit is the top 24 bits of words, times 2^-24.
func (g machine) unit(words reg.VecVirtual) reg.VecVirtual {
	VPSRLD(Imm(8), words, words)
	VCVTDQ2PS(words, words)
	return g.mul(words, 1.0/(1<<24))
}

// philox keeps the words of a block in lanes of 64 bits, half as many blocks as a vector has floats. Only the low halves count: a
// multiplication reads nothing else, so what xors leave above them needs no clearing.
func philox(g machine) {
	function("philox"+g.name, "func(words []uint32, block, seed, stream uint64)",
		"philox"+g.name+" writes the blocks of a stream from block on; whole vectors of them, in pairs.")
	quads := func(name string) reg.VecVirtual {
		p, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		v := g.vec()
		VPBROADCASTQ(p.Addr, v)
		return v
	}
	shifted := func(v reg.VecVirtual) reg.VecVirtual {
		d := g.vec()
		VPSRLQ(Imm(32), v, d)
		return d
	}
	next := quads("block")
	VPADDQ(g.counters(), next, next)
	step := g.vec()
	VPBROADCASTQ(quadBits(uint64(g.lanes/2)), step)
	mul0, mul1 := Op(constantBits(0xD2511F53)), Op(constantBits(0xCD9E8D57))
	if g.wide() { // AVX2 has no registers to spare
		mul0, mul1 = g.loadMem(constantBits(0xD2511F53)), g.loadMem(constantBits(0xCD9E8D57))
	}
	weyl0, weyl1 := constantBits(0x9E3779B9), constantBits(0xBB67AE85)
	dst := Load(Param("words").Base(), GP64())
	n := Load(Param("words").Len(), GP64())

	Label("blocks")
	k0 := quads("seed")
	k1 := shifted(k0)
	var state [2][4]reg.VecVirtual
	for i := range state {
		a, c := g.vec(), quads("stream")
		VMOVAPS(next, a)
		state[i] = [4]reg.VecVirtual{a, shifted(next), c, shifted(c)}
		VPADDQ(step, next, next)
	}
	for round := range 10 {
		for i := range state {
			a, b, c, d := state[i][0], state[i][1], state[i][2], state[i][3]
			p0, p1, h0, h1 := g.vec(), g.vec(), g.vec(), g.vec()
			VPMULUDQ(mul0, a, p0)
			VPMULUDQ(mul1, c, p1)
			VPSRLQ(Imm(32), p0, h0)
			VPSRLQ(Imm(32), p1, h1)
			g.xor(h1, b)
			g.xor(h1, k0)
			g.xor(h0, d)
			g.xor(h0, k1)
			state[i] = [4]reg.VecVirtual{h1, p1, h0, p0}
		}
		if round < 9 {
			g.addWords(k0, weyl0)
			g.addWords(k1, weyl1)
		}
	}
	for i := range state {
		s := state[i]
		low, high := g.joined(s[0], s[1]), g.joined(s[2], s[3])
		even, odd := g.vec(), g.vec()
		VPUNPCKLQDQ(high, low, even)
		VPUNPCKHQDQ(high, low, odd)
		g.write(even, Mem{Base: dst, Disp: 2 * i * g.bytes()}, mask{})
		g.write(odd, Mem{Base: dst, Disp: (2*i + 1) * g.bytes()}, mask{})
	}
	ADDQ(I32(4*g.bytes()), dst)
	SUBQ(I32(4*g.lanes), n)
	JG(LabelRef("blocks"))
	finish()
}

// counters is which block each lane works on, so that the even lanes' words come before the odd lanes'.
func (g machine) counters() reg.VecVirtual {
	n := g.lanes / 2
	m := GLOBL("counters"+g.name, 8|16)
	for i := range n {
		DATA(8*i, U64(i/2+i%2*n/2))
	}
	v := g.vec()
	VMOVUPS(m, v)
	return v
}

func quadBits(x uint64) Mem {
	m := GLOBL("quad"+string(rune('0'+x)), 8|16)
	DATA(0, U64(x))
	return m
}

// xor sets a to a ^ b.
func (g machine) xor(a, b reg.VecVirtual) {
	if g.wide() {
		VPXORD(b, a, a)
	} else {
		VPXOR(b, a, a)
	}
}

// addWords adds a constant to every word of v.
func (g machine) addWords(v reg.VecVirtual, c Mem) {
	if g.wide() {
		VPADDD_BCST(c, v, v)
	} else {
		VPADDD(c, v, v)
	}
}

// joined is the low halves of low, and those of high above them.
func (g machine) joined(low, high reg.VecVirtual) reg.VecVirtual {
	up, d := g.vec(), g.vec()
	VPSLLQ(Imm(32), high, up)
	if !g.wide() {
		VPBLENDD(U8(0xaa), up, low, d)
		return d
	}
	VPSLLQ(Imm(32), low, d)
	VPSRLQ(Imm(32), d, d)
	VPORD(up, d, d)
	return d
}
