package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine is one of the two instruction sets; its methods emit the same operation in either.
type machine struct {
	name  string
	lanes int
}

var (
	wide   = machine{"512", 16}
	narrow = machine{"256", 8}
)

func (g machine) wide() bool { return g.lanes == 16 }
func (g machine) bytes() int { return 4 * g.lanes }

// vec is a fresh vector register.
func (g machine) vec() reg.VecVirtual {
	if g.wide() {
		return ZMM()
	}
	return YMM()
}

func (g machine) zero() reg.VecVirtual {
	v := g.vec()
	if g.wide() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// constants holds the tables of constants by their bits: eight copies each, for the instructions that cannot repeat one.
var constants = map[uint32]Mem{}

func constantBits(bits uint32) Mem {
	m, ok := constants[bits]
	if !ok {
		m = GLOBL(fmt.Sprintf("c%08x", bits), 8|16) // RODATA|NOPTR
		for i := range 8 {
			DATA(4*i, U32(bits))
		}
		constants[bits] = m
	}
	return m
}

func constant(x float64) Mem { return constantBits(math.Float32bits(float32(x))) }

// load is a register full of a constant.
func (g machine) load(x float64) reg.VecVirtual { return g.loadMem(constant(x)) }

func (g machine) loadMem(m Mem) reg.VecVirtual {
	v := g.vec()
	VBROADCASTSS(m, v)
	return v
}

// scalar is a register full of a float32 parameter. It comes straight from memory: avo's Load is a MOVSS without the V, which costs a
// hundred nanoseconds once a vector's upper half is in use.
func (g machine) scalar(name string) reg.VecVirtual {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return g.loadMem(p.Addr)
}

type instruction = func(ops ...Op)

// exactly makes an instruction of one that exists in one form only.
func exactly(f func(a, b, c Op)) instruction { return func(ops ...Op) { f(ops[0], ops[1], ops[2]) } }

// three emits dst = a op b, where b is a register or a constant.
func (g machine) three(plain, repeated instruction, a reg.VecVirtual, b any) reg.VecVirtual {
	d := g.vec()
	g.into(plain, repeated, d, a, b)
	return d
}

func (g machine) into(plain, repeated instruction, d, a reg.VecVirtual, b any) {
	switch b := b.(type) {
	case reg.VecVirtual:
		plain(b, a, d)
	case float64:
		if g.wide() {
			repeated(constant(b), a, d)
		} else {
			plain(constant(b), a, d)
		}
	default:
		panic(fmt.Sprintf("operand %T", b))
	}
}

func (g machine) add(a reg.VecVirtual, b any) reg.VecVirtual {
	return g.three(VADDPS, VADDPS_BCST, a, b)
}

func (g machine) sub(a reg.VecVirtual, b any) reg.VecVirtual {
	return g.three(VSUBPS, VSUBPS_BCST, a, b)
}

func (g machine) mul(a reg.VecVirtual, b any) reg.VecVirtual {
	return g.three(VMULPS, VMULPS_BCST, a, b)
}
func (g machine) div(a, b reg.VecVirtual) reg.VecVirtual { return g.three(VDIVPS, nil, a, b) }

// most and least are b, not a, when either is NaN.
func (g machine) most(a, b reg.VecVirtual) reg.VecVirtual  { return g.three(VMAXPS, nil, a, b) }
func (g machine) least(a, b reg.VecVirtual) reg.VecVirtual { return g.three(VMINPS, nil, a, b) }

// fma sets a to a*b + c, for c a register or a constant.
func (g machine) fma(a, b reg.VecVirtual, c any) { g.into(VFMADD213PS, VFMADD213PS_BCST, a, b, c) }

// addMul sets a to a + b*c.
func (g machine) addMul(a, b reg.VecVirtual, c any) { g.into(VFMADD231PS, VFMADD231PS_BCST, a, b, c) }

// subMul sets a to a - b*c.
func (g machine) subMul(a, b reg.VecVirtual, c any) { g.into(VFNMADD231PS, VFNMADD231PS_BCST, a, b, c) }

// poly is the polynomial in x with the coefficients c, highest first.
func (g machine) poly(x reg.VecVirtual, c ...float64) reg.VecVirtual {
	p := g.load(c[0])
	for _, v := range c[1:] {
		g.fma(p, x, v)
	}
	return p
}

// bitwise operations with the bits of a constant.
func (g machine) and(a reg.VecVirtual, bits uint32) reg.VecVirtual {
	if g.wide() {
		return g.three(VPANDD, VPANDD_BCST, a, g.loadMem(constantBits(bits)))
	}
	return g.three(exactly(VPAND), nil, a, g.loadMem(constantBits(bits)))
}

func (g machine) flip(a reg.VecVirtual) reg.VecVirtual {
	if g.wide() {
		return g.three(VPXORD, VPXORD_BCST, a, g.loadMem(constantBits(1<<31)))
	}
	return g.three(exactly(VPXOR), nil, a, g.loadMem(constantBits(1<<31)))
}

func (g machine) abs(a reg.VecVirtual) reg.VecVirtual { return g.and(a, 1<<31-1) }

// choose is yes where a < b, else no.
func (g machine) choose(a, b, yes, no reg.VecVirtual) reg.VecVirtual {
	d := g.vec()
	if g.wide() {
		k := K()
		VCMPPS(U8(17), b, a, k) // less than, quiet
		VBLENDMPS(yes, no, k, d)
		return d
	}
	m := g.vec()
	VCMPPS(U8(17), b, a, m)
	VBLENDVPS(m, yes, no, d)
	return d
}

// mask stands for the lanes of the last, shorter vector of a row; the zero mask is all lanes.
type mask struct {
	k   reg.Register
	v   reg.VecVirtual
	set bool
}

// tail is a mask of the first n lanes, 0 < n < lanes.
func (g machine) tail(n reg.GPVirtual) mask {
	if g.wide() {
		m, k := GP64(), K()
		MOVQ(I32(-1), m)
		BZHIQ(n, m, m)
		KMOVW(m.As32(), k)
		return mask{k: k, set: true}
	}
	table, at, v := GP64(), GP64(), YMM()
	LEAQ(lanesTable(), table)
	MOVQ(U64(8), at)
	SUBQ(n, at)
	VMOVDQU(Mem{Base: table, Index: at, Scale: 4}, v)
	return mask{v: v, set: true}
}

var lanesMem *Mem

// lanesTable is eight words of ones and eight of zeros.
func lanesTable() Mem {
	if lanesMem == nil {
		m := GLOBL("lanes", 8|16)
		for i := range 16 {
			x := uint32(0)
			if i < 8 {
				x = 1<<32 - 1
			}
			DATA(4*i, U32(x))
		}
		lanesMem = &m
	}
	return *lanesMem
}

// read loads a vector; lanes outside m are zero and their memory is not touched.
func (g machine) read(at Mem, m mask) reg.VecVirtual {
	d := g.vec()
	switch {
	case !m.set:
		VMOVUPS(at, d)
	case g.wide():
		VMOVUPS_Z(at, m.k, d)
	default:
		VMASKMOVPS(at, m.v, d)
	}
	return d
}

func (g machine) write(v reg.VecVirtual, at Mem, m mask) {
	switch {
	case !m.set:
		VMOVUPS(v, at)
	case g.wide():
		VMOVUPS(v, m.k, at)
	default:
		VMASKMOVPS(v, m.v, at)
	}
}

// keep clears the lanes outside m.
func (g machine) keep(v reg.VecVirtual, m mask) reg.VecVirtual {
	if !m.set {
		return v
	}
	d := g.vec()
	if g.wide() {
		VMOVAPS_Z(v, m.k, d)
	} else {
		VANDPS(v, m.v, d)
	}
	return d
}

// maxInto sets the lanes of top in m to the larger of top and x; where x is NaN, top stays. It may use x up.
func (g machine) maxInto(top, x reg.VecVirtual, m mask) {
	if m.set && g.wide() {
		VMAXPS(top, x, m.k, top)
		return
	}
	if m.set {
		VBLENDVPS(m.v, x, top, x)
	}
	VMAXPS(top, x, top) // x first, for the sake of NaN
}

// finiteOrZero clears the lanes that are infinite or NaN.
func (g machine) finiteOrZero(v reg.VecVirtual) reg.VecVirtual {
	d, r := g.sub(v, v), g.vec() // zero, where v is finite
	if g.wide() {
		k := K()
		VCMPPS(U8(0), g.zero(), d, k) // equal, quiet
		VMOVAPS_Z(v, k, r)
		return r
	}
	VCMPPS(U8(0), g.zero(), d, d)
	VANDPS(v, d, r)
	return r
}

// across folds the lanes of v into the lowest of the result.
func (g machine) across(v reg.VecVirtual, fold func(ops ...Op)) reg.VecVirtual {
	y := YMM()
	if g.wide() {
		VEXTRACTF64X4(U8(1), v, y)
		low := YMM()
		VMOVAPS(v.AsY(), low)
		fold(low, y, y)
	} else {
		VMOVAPS(v, y)
	}
	x, t := XMM(), XMM()
	VEXTRACTF128(U8(1), y, x)
	fold(y.AsX(), x, x)
	VPSHUFD(U8(0x4e), x, t)
	fold(t, x, x)
	VPSHUFD(U8(0xb1), x, t)
	fold(t, x, x)
	return x
}
