package cpu

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

//go:generate go -C gen run . -set tiles -out ../tiles_amd64.s
//go:generate go -C gen run . -set rows -out ../rows_amd64.s

// bestISA is the widest set of kernels that this processor and its operating system run.
func bestISA() string {
	switch {
	case hasAVX512():
		return "avx512"
	case hasAVX2():
		return "avx2"
	}
	return "go"
}

func hasAVX2() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 }

func hasAVX512() bool {
	return hasAVX2() && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW
}

// useAssembly puts the assembly of isa in place of the Go kernels of k.
func useAssembly(k *kernels, isa string) error {
	switch {
	case isa != "avx512" && isa != "avx2":
		return errors.New("no such kernels; there are avx512, avx2 and go")
	case isa == "avx512" && !hasAVX512(), isa == "avx2" && !hasAVX2():
		return fmt.Errorf("this processor does not run them; the best it runs are %q", bestISA())
	}
	k.name = isa
	if isa == "avx512" {
		use512(k)
	} else {
		use256(k)
	}
	return nil
}

func use512(k *kernels) {
	u := &k.unary
	u[backend.Exp], u[backend.Sigmoid], u[backend.Tanh], u[backend.Square] = exp512, sigmoid512, tanh512, square512
	u[backend.ReLU], u[backend.SiLU], u[backend.GELU], u[backend.GELUTanh] = relu512, silu512, gelu512, geluTanh512
	g := &k.grad
	g[backend.Exp], g[backend.Sigmoid], g[backend.Tanh], g[backend.Square] = expGrad512, sigmoidGrad512, tanhGrad512, squareGrad512
	g[backend.ReLU], g[backend.SiLU], g[backend.GELU], g[backend.GELUTanh] = reluGrad512, siluGrad512, geluGrad512, geluTanhGrad512
	b := &k.binary
	b[backend.Add], b[backend.Sub], b[backend.Mul], b[backend.Div] = add512, sub512, mul512, div512
	k.affine, k.sum, k.sumSquares, k.squaresAround, k.dot, k.max = affine512, sum512, sumSquares512, squaresAround512, dot512, max512
	k.expSum, k.expScale, k.softmaxGradRow = expSum512, expScale512, softmaxGradRow512
	k.weigh, k.slopes = weigh512, slopes512
	k.unit, k.drop = unit512, drop512
	k.words = func(words []uint32, key backend.Key, block uint64) { philox512(words, block, key.Seed, key.Stream) }
	k.normApply, k.adamw = normApply512, adamw512
	k.normGrad = func(dx, add, dw, db, dy, x, w []float32, mean, rstd float32) {
		g1, g2 := normSums512(dw, db, dy, x, w, mean, rstd)
		n := float32(len(x))
		normBack512(dx, add, dy, x, w, mean, rstd, g1/n, g2/n)
	}
	k.mr, k.nr, k.pad = 14, 32, 16
	k.tiles, k.last = tiles512[:], func(cols int) uint64 { return 1<<((cols-1)%16+1) - 1 } // a mask
	k.copyPanels, k.transpose = fours(copyPanels512), strips(transpose512, 16)
}

func use256(k *kernels) {
	u := &k.unary
	u[backend.Exp], u[backend.Sigmoid], u[backend.Tanh], u[backend.Square] = exp256, sigmoid256, tanh256, square256
	u[backend.ReLU], u[backend.SiLU], u[backend.GELU], u[backend.GELUTanh] = relu256, silu256, gelu256, geluTanh256
	g := &k.grad
	g[backend.Exp], g[backend.Sigmoid], g[backend.Tanh], g[backend.Square] = expGrad256, sigmoidGrad256, tanhGrad256, squareGrad256
	g[backend.ReLU], g[backend.SiLU], g[backend.GELU], g[backend.GELUTanh] = reluGrad256, siluGrad256, geluGrad256, geluTanhGrad256
	b := &k.binary
	b[backend.Add], b[backend.Sub], b[backend.Mul], b[backend.Div] = add256, sub256, mul256, div256
	k.affine, k.sum, k.sumSquares, k.squaresAround, k.dot, k.max = affine256, sum256, sumSquares256, squaresAround256, dot256, max256
	k.expSum, k.expScale, k.softmaxGradRow = expSum256, expScale256, softmaxGradRow256
	k.weigh, k.slopes = weigh256, slopes256
	k.unit, k.drop = unit256, drop256
	k.words = func(words []uint32, key backend.Key, block uint64) { philox256(words, block, key.Seed, key.Stream) }
	k.normApply, k.adamw = normApply256, adamw256
	k.normGrad = func(dx, add, dw, db, dy, x, w []float32, mean, rstd float32) {
		g1, g2 := normSums256(dw, db, dy, x, w, mean, rstd)
		n := float32(len(x))
		normBack256(dx, add, dy, x, w, mean, rstd, g1/n, g2/n)
	}
	k.mr, k.nr, k.pad = 6, 16, 8
	k.tiles, k.last = tiles256[:], func(cols int) uint64 { return uint64((cols-1)%8 + 1) } // a number of lanes
	k.copyPanels, k.transpose = fours(copyPanels256), strips(transpose256, 8)
}

// fours makes a copy to any number of panels of one that does at most four.
func fours(f func(dst *float32, stride, panel int, src *float32, row, rows, cols, panels int)) func(dst []float32, stride, panel int, src []float32, row, rows, cols, panels int) {
	return func(dst []float32, stride, panel int, src []float32, row, rows, cols, panels int) {
		for i := 0; i < panels; i += 4 {
			f(unsafe.SliceData(dst[i*panel:]), 4*stride, 4*panel, unsafe.SliceData(src[i*cols:]), 4*row, rows, cols, min(4, panels-i))
		}
	}
}

// strips makes a transposition of any number of columns, step apart, of one that does at most width.
func strips(f func(dst *float32, stride int, src *float32, step, rows, cols int), width int) func(dst []float32, stride int, src []float32, step, rows, cols int) {
	return func(dst []float32, stride int, src []float32, step, rows, cols int) {
		for c := 0; c < cols; c += width {
			f(unsafe.SliceData(dst[c:]), 4*stride, unsafe.SliceData(src[c*step:]), 4*step, rows, min(width, cols-c))
		}
	}
}

// PeakFMA is the speed of one core on fused multiply-adds that wait for nothing: floating-point operations of one call of the
// returned function, which is what a product of matrices is measured against. It is nil without AVX2.
func PeakFMA() (ops float64, run func()) {
	const n = 200000
	switch bestISA() {
	case "avx512":
		return n * 12 * 2 * 16, func() { fmaPeak512(n) }
	case "avx2":
		return n * 12 * 2 * 8, func() { fmaPeak256(n) }
	}
	return 0, nil
}
