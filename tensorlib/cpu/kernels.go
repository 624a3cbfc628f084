package cpu

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// kernels is one implementation of the work on rows. Rows of one call have equal lengths, and the destination may be one of
// the sources.
type kernels struct {
	name string

	unary  [backend.NumUnaryOps]func(dst, x []float32)
	grad   [backend.NumUnaryOps]func(dx, dy, x, y []float32)
	binary [backend.Minimum + 1]func(dst, a, b []float32)
	affine func(dst, x []float32, scale, shift float32)

	sum            func(x []float32) float32
	sumSquares     func(x []float32) float32
	squaresAround  func(x []float32, mean float32) float32 // Σ (x-mean)²
	dot            func(a, b []float32) float32
	max            func(x []float32) float32                     // NaN is not seen
	expSum         func(dst, x []float32, shift float32) float32 // dst = exp(x-shift) and its sum; dst may be nil
	expScale       func(dst, x []float32, shift, scale float32)  // dst = exp(x-shift)*scale
	softmaxGradRow func(dx, dy, y []float32, dot float32)        // dx = y*(dy-dot)

	weigh  func(x []float32, n int, scale, peak float32) (top, sum float32)
	slopes func(p, ds []float32, n int, scale, lse, delta float32)

	words func(words []uint32, key backend.Key, block uint64)    // whole blocks of a stream; a multiple of wordGroup
	unit  func(dst []float32, words []uint32)                    // numbers in [0, 1)
	drop  func(y, x []float32, words []uint32, p, scale float32) // y = x*scale where the number of the word is at least p, else 0

	normApply func(y, x, w, b []float32, mean, rstd float32)
	normGrad  func(dx, add, dw, db, dy, x, w []float32, mean, rstd float32) // dw and db are added to; add, unless nil, to dx
	adamw     func(p, g, m, v []float32, a *adamwArgs)

	mr, nr, pad int                   // size of a tile; distance of the terms in a packed panel of rows
	tiles       [][3]func(t *tile)    // by rows and width: all of nr, more than half of it, less
	last        func(cols int) uint64 // what a kernel wants to know of the last of cols columns, when they are less than nr
	copyPanels  func(dst []float32, stride, panel int, src []float32, row, rows, cols, panels int)
	transpose   func(dst []float32, stride int, src []float32, col, rows, cols int)

	bias [4096]float32 // scratch for a bias that is not contiguous
}

// kernelsFor are the kernels of that name, the best ones when it is empty.
func kernelsFor(isa string) (*kernels, error) {
	if isa == "" {
		isa = bestISA()
	}
	k := goKernels()
	if isa == "go" {
		return k, nil
	}
	if err := useAssembly(k, isa); err != nil {
		return nil, fmt.Errorf("cpu: kernels %q: %w", isa, err)
	}
	return k, nil
}

// goKernels are the kernels in plain Go.
func goKernels() *kernels {
	k := &kernels{name: "go", mr: 4, nr: 16, pad: 4, copyPanels: goCopyPanels, transpose: goTranspose}
	k.tiles, k.last = goTiles[:], func(int) uint64 { return 0 }
	k.unary, k.grad, k.binary = goUnary, goGrad, goBinary
	k.affine = func(dst, x []float32, scale, shift float32) {
		for i, v := range x {
			dst[i] = v*scale + shift
		}
	}
	k.sum, k.sumSquares, k.squaresAround, k.dot, k.max = goSum, goSumSquares, goSquaresAround, goDot, goMax
	k.expSum, k.expScale, k.softmaxGradRow = goExpSum, goExpScale, goSoftmaxGradRow
	k.weigh, k.slopes = goWeigh, goSlopes
	k.words, k.unit, k.drop = goWords, goUnit, goDrop
	k.normApply, k.normGrad, k.adamw = goNormApply, goNormGrad, goAdamW
	return k
}

func goSum(x []float32) float32 {
	s := 0.0
	for _, v := range x {
		s += float64(v)
	}
	return float32(s)
}

func goSumSquares(x []float32) float32 { return goDot(x, x) }

func goSquaresAround(x []float32, mean float32) float32 {
	s := 0.0
	for _, v := range x {
		e := float64(v) - float64(mean)
		s += e * e
	}
	return float32(s)
}

func goDot(a, b []float32) float32 {
	s := 0.0
	for i, v := range a {
		s += float64(v) * float64(b[i])
	}
	return float32(s)
}

func goMax(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}

func goExpSum(dst, x []float32, shift float32) float32 {
	s := 0.0
	for i, v := range x {
		e := exp32(v - shift)
		if dst != nil {
			dst[i] = e
		}
		s += float64(e)
	}
	return float32(s)
}

func goExpScale(dst, x []float32, shift, scale float32) {
	for i, v := range x {
		dst[i] = exp32(v-shift) * scale
	}
}

func goSoftmaxGradRow(dx, dy, y []float32, dot float32) {
	for i, v := range y {
		dx[i] = v * (dy[i] - dot)
	}
}

// goWeigh is exp(x*scale-top) of the first n elements and their sum, with top the largest of peak and x*scale, or 0 when that is
// not finite. The other elements become 0.
func goWeigh(x []float32, n int, scale, peak float32) (top, sum float32) {
	top = peak
	for i, v := range x[:n] {
		x[i] = v * scale
		if x[i] > top {
			top = x[i]
		}
	}
	if top-top != 0 {
		top = 0
	}
	clear(x[n:])
	return top, goExpSum(x[:n], x[:n], top)
}

// goSlopes is p = exp(p*scale-lse) and ds = (ds-delta)*p*scale of the first n elements. The others become 0.
func goSlopes(p, ds []float32, n int, scale, lse, delta float32) {
	for i := range n {
		p[i] = exp32(p[i]*scale - lse)
		ds[i] = (ds[i] - delta) * p[i] * scale
	}
	clear(p[n:])
	clear(ds[n:])
}

func goNormApply(y, x, w, b []float32, mean, rstd float32) {
	for i, v := range x {
		h := (v - mean) * rstd * w[i]
		if b != nil {
			h += b[i]
		}
		y[i] = h
	}
}

// goNormGrad is, with h = (x-mean)*rstd and g = dy*w,
//
//	dx = rstd * (g - mean(g) - h*mean(g*h)) [+ add],  dw += dy*h,  db += dy
func goNormGrad(dx, add, dw, db, dy, x, w []float32, mean, rstd float32) {
	var g1, g2 float64
	for i, v := range dy {
		h := (x[i] - mean) * rstd
		g := v * w[i]
		dw[i] += v * h
		db[i] += v
		g1 += float64(g)
		g2 += float64(g) * float64(h)
	}
	n := float64(len(x))
	m1, m2 := float32(g1/n), float32(g2/n)
	for i, v := range dy {
		h := (x[i] - mean) * rstd
		d := rstd * (v*w[i] - m1 - h*m2)
		if add != nil {
			d += add[i]
		}
		dx[i] = d
	}
}

func goAdamW(p, g, m, v []float32, a *adamwArgs) {
	for i, x := range g {
		x *= a.scale
		m[i] += (x - m[i]) * a.c1
		v[i] += (x*x - v[i]) * a.c2
		p[i] = p[i]*a.decay - a.rate*m[i]/(sqrt32(v[i])*a.root+a.eps)
	}
}
