package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The offsets of the fields of cpu.tile.
const (
	tileA, tileB, tileC, tileAdd = 0, 8, 16, 24
	tileK                        = 32
	tileARow, tileAStep          = 40, 48
	tileBStep                    = 56
	tileCRow, tileAddRow         = 64, 72
	tileLast                     = 96
	tilePanels                   = 104
	tileANext                    = 112
	tileCNext, tileAddNext       = 120, 128
)

// tiles emits a matrix kernel for every number of rows, and for three widths: two whole vectors, one whole and one masked, one
// masked. All keep c's tile in registers and walk k once; per k they load the row of b and repeat each element of a. Then they go on to
// the next panel of rows, where the processor begins before it has finished this one.
func tiles(g machine) {
	rows := 14
	if !g.wide() {
		rows = 6
	}
	table := fmt.Sprintf("// tiles%s are the kernels by rows and width: two vectors, two with the second masked, one masked.\nvar tiles%[1]s = [%d][3]func(t *tile){\n", g.name, rows+1)
	for r := 1; r <= rows; r++ {
		tileKernel(g, r, 2, false)
		tileKernel(g, r, 2, true)
		tileKernel(g, r, 1, true)
		table += fmt.Sprintf("\t%d: {tile%s_%[1]dx2, tile%[2]s_%[1]dx2m, tile%[2]s_%[1]dx1m},\n", r, g.name)
	}
	declarations = append(declarations, table+"}\n")
}

func tileKernel(g machine, rows, vectors int, masked bool) {
	name := fmt.Sprintf("tile%s_%dx%d", g.name, rows, vectors)
	if masked {
		name += "m"
	}
	function(name, "func(t *tile)", name+" is the tile kernel for that many rows and vectors; m: the last vector is masked.")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	field := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	var m mask
	if masked {
		m = tileMask(g, field(tileLast))
	}
	Label("panel")
	k, aRow, aStep, b, bStep := field(tileK), field(tileARow), field(tileAStep), field(tileB), field(tileBStep)
	var a []reg.GPVirtual // of every third row
	for i := 0; i < rows; i += 3 {
		p := field(tileA)
		if i > 0 {
			p = GP64()
			LEAQ(Mem{Base: a[len(a)-1], Index: aRow, Scale: 2}, p)
			ADDQ(aRow, p)
		}
		a = append(a, p)
	}
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		for range vectors {
			acc[i] = append(acc[i], g.zero())
		}
	}
	if g.wide() {
		fetchC(g, rows, vectors, field(tileC), field(tileCRow))
	}
	TESTQ(k, k)
	JZ(LabelRef("store"))
	Label("loop")
	var bv []reg.VecVirtual
	for j := range vectors {
		at := mask{}
		if j == vectors-1 {
			at = m
		}
		bv = append(bv, g.read(Mem{Base: b, Disp: j * g.bytes()}, at))
	}
	ADDQ(bStep, b)
	x := g.vec()
	for i := range rows {
		at := Mem{Base: a[i/3]}
		if i%3 > 0 {
			at.Index, at.Scale = aRow, uint8(i%3)
		}
		if g.wide() {
			x = g.vec()
		}
		VBROADCASTSS(at, x)
		for j := range vectors {
			VFMADD231PS(bv[j], x, acc[i][j])
		}
	}
	for _, p := range a {
		ADDQ(aStep, p)
	}
	DECQ(k)
	JNZ(LabelRef("loop"))

	Label("store")
	c, cRow, add, addRow := field(tileC), field(tileCRow), field(tileAdd), field(tileAddRow)
	TESTQ(add, add)
	JZ(LabelRef("plain"))
	for i := range rows {
		for j := range vectors {
			at := Mem{Base: add, Disp: j * g.bytes()}
			if masked && j == vectors-1 {
				v := x
				if g.wide() {
					VMOVUPS_Z(at, m.k, v)
				} else {
					VMASKMOVPS(at, m.v, v)
				}
				VADDPS(v, acc[i][j], acc[i][j])
			} else {
				VADDPS(at, acc[i][j], acc[i][j])
			}
		}
		ADDQ(addRow, add)
	}
	Label("plain")
	for i := range rows {
		for j := range vectors {
			at := mask{}
			if j == vectors-1 {
				at = m
			}
			g.write(acc[i][j], Mem{Base: c, Disp: j * g.bytes()}, at)
		}
		ADDQ(cRow, c)
	}
	DECQ(Mem{Base: t, Disp: tilePanels})
	JZ(LabelRef("done")) // and no pointer is moved past its slice, where the collector would stumble over it
	for _, f := range [][2]int{{tileA, tileANext}, {tileC, tileCNext}, {tileAdd, tileAddNext}} {
		ADDQ(field(f[1]), Mem{Base: t, Disp: f[0]})
	}
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

// fetchC asks for the rows of c, which come from the third cache or from memory while the loop runs. They go to the second cache: in the
// first one rows that are a multiple of 4 KB apart would drive each other out, and the panels that the loop reads.
func fetchC(g machine, rows, vectors int, c, cRow reg.GPVirtual) {
	for range rows {
		for j := range vectors {
			PREFETCHT1(Mem{Base: c, Disp: j * g.bytes()})
		}
		ADDQ(cRow, c)
	}
}

// tileMask takes the mask from the tile: its bits, or for AVX2 the number of lanes.
func tileMask(g machine, first reg.GPVirtual) mask {
	if g.wide() {
		k := K()
		KMOVW(first.As32(), k)
		return mask{k: k, set: true}
	}
	return g.tail(first)
}
