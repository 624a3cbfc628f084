package cpu

import (
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// rowCase is one kernel on rows of n elements: f fills out from the inputs, of which the kernels are given copies.
type rowCase struct {
	name string
	tol  float64
	f    func(k *kernels, n int, out, a, b, c []float32)
}

// rowCases are the kernels that work on a row as a whole. The elementwise ones are in TestTwins.
var rowCases = []rowCase{
	{"add", 0, func(k *kernels, _ int, out, a, b, _ []float32) { k.binary[backend.Add](out, a, b) }},
	{"sub", 0, func(k *kernels, _ int, out, a, b, _ []float32) { k.binary[backend.Sub](out, a, b) }},
	{"mul", 0, func(k *kernels, _ int, out, a, b, _ []float32) { k.binary[backend.Mul](out, a, b) }},
	{"div", 1e-6, func(k *kernels, _ int, out, a, b, _ []float32) { k.binary[backend.Div](out, a, b) }},
	{"affine", 1e-6, func(k *kernels, _ int, out, a, _, _ []float32) { k.affine(out, a, 1.5, -0.25) }},
	{"sum", 1e-5, func(k *kernels, _ int, out, a, _, _ []float32) { set(out, k.sum(a)) }},
	{"sumSquares", 1e-5, func(k *kernels, _ int, out, a, _, _ []float32) { set(out, k.sumSquares(a)) }},
	{"squaresAround", 1e-5, func(k *kernels, _ int, out, a, _, _ []float32) { set(out, k.squaresAround(a, 0.5)) }},
	{"dot", 1e-5, func(k *kernels, _ int, out, a, b, _ []float32) { set(out, k.dot(a, b)) }},
	{"max", 0, func(k *kernels, _ int, out, a, _, _ []float32) { set(out, k.max(a)) }},
	{"expSum", 1e-5, func(k *kernels, _ int, out, a, _, _ []float32) { set(out, k.expSum(out, a, 1)) }},
	{"expScale", 1e-6, func(k *kernels, _ int, out, a, _, _ []float32) { k.expScale(out, a, 1, 3) }},
	{"softmaxGradRow", 1e-6, func(k *kernels, _ int, out, a, b, _ []float32) { k.softmaxGradRow(out, a, b, 0.7) }},
	{"normApply", 1e-6, func(k *kernels, _ int, out, a, b, c []float32) { k.normApply(out, a, b, c, 0.1, 1.3) }},
	{"normApply no bias", 1e-6, func(k *kernels, _ int, out, a, b, _ []float32) { k.normApply(out, a, b, nil, 0.1, 1.3) }},
	{"normGrad", 1e-5, func(k *kernels, _ int, out, a, b, c []float32) {
		dw, db := slices.Clone(a), slices.Clone(b)
		k.normGrad(out, nil, dw, db, a, b, c, 0.1, 1.3)
		fold(out, dw, db)
	}},
	{"normGrad added", 1e-5, func(k *kernels, _ int, out, a, b, c []float32) {
		k.normGrad(out, a, slices.Clone(a), slices.Clone(b), a, b, c, 0.1, 1.3)
	}},
	{"adamw", 1e-6, func(k *kernels, _ int, out, a, b, c []float32) {
		copy(out, a)
		m, v := slices.Clone(b), slices.Clone(c)
		for i := range v {
			v[i] *= v[i]
		}
		k.adamw(out, a, m, v, &adamwArgs{scale: 0.5, c1: 0.1, c2: 0.01, decay: 0.99, rate: 0.1, root: 1.2, eps: 1e-3})
		fold(out, m, v)
	}},
	{"weigh", 1e-6, func(k *kernels, n int, out, a, _, _ []float32) {
		row := whole(a)
		top, sum := k.weigh(row, n, 0.7, 0.25)
		copy(out, row)
		fold(out, []float32{top, sum}, row[n:])
	}},
	{"slopes", 1e-6, func(k *kernels, n int, out, a, b, _ []float32) {
		p, ds := whole(a), whole(b)
		k.slopes(p, ds, n, 0.7, 0.3, 0.2)
		copy(out, p)
		fold(out, ds, p[n:])
	}},
	{"unit", 0, func(k *kernels, _ int, out, a, _, _ []float32) { k.unit(out, wordsOf(a)) }},
	{"drop", 1e-6, func(k *kernels, _ int, out, a, b, _ []float32) { k.drop(out, a, wordsOf(b), 0.3, 1.25) }},
	{"words", 0, func(k *kernels, n int, out, _, _, _ []float32) {
		words := make([]uint32, 5*wordGroup)
		k.words(words, backend.Key{Seed: 1<<63 + uint64(n), Stream: 1<<62 + 3}, 1<<32-7)
		goUnit(out, words[n:])
	}},
	{"copy2D", 0, func(k *kernels, n int, out, a, _, _ []float32) { block(k, out, a, n, 1, n) }},
	{"copyPanels", 0, func(k *kernels, n int, out, a, _, _ []float32) { panels(k, out, a, n) }},
	{"transpose", 0, func(k *kernels, n int, out, a, _, _ []float32) { block(k, out, a, 1, 3, n) }},
}

func set(out []float32, x float32) {
	if len(out) > 0 {
		out[0] = x
	}
}

// fold adds rows to out, as far as they go.
func fold(out []float32, rows ...[]float32) {
	for _, r := range rows {
		for i, x := range r {
			if len(out) > 0 {
				out[i%len(out)] += x
			}
		}
	}
}

// whole is a copy of a with junk up to two vectors of any kernels.
func whole(a []float32) []float32 {
	w := make([]float32, (len(a)+15)&^15+16)
	fill(w, 7)
	copy(w, a)
	return w
}

// panels copies three rows of n elements of a, as far as they fill panels of 1 to 13 columns, and folds the panels.
func panels(k *kernels, out, a []float32, n int) {
	const rows, pad = 3, 16
	cols := n%13 + 1
	count := n / rows / cols
	if count == 0 {
		return
	}
	dst := make([]float32, count*rows*pad)
	k.copyPanels(dst, pad, rows*pad, a, count*cols, rows, cols, count)
	for r := range count * rows {
		fold(out[r%n:], dst[r*pad:][:cols])
	}
}

// block copies three rows of up to n elements of a by copy2D, and folds them.
func block(k *kernels, out, a []float32, row, col, n int) {
	rows := 3
	if n < rows {
		return
	}
	cols := n / rows
	if col == 1 {
		row = cols
	}
	dst := make([]float32, rows*128)
	k.copy2D(dst, 128, a, row, col, rows, cols)
	for r := range rows {
		fold(out, dst[r*128:][:cols])
	}
}

// TestRowTwins compares every row kernel with its twin in plain Go, at all lengths of a row up to a few vectors: the tails.
func TestRowTwins(t *testing.T) {
	twin, rng := goKernels(), rand.New(rand.NewPCG(3, 4))
	for _, isa := range []string{"avx512", "avx2"} {
		k, err := kernelsFor(isa)
		if err != nil {
			t.Logf("%s is not here: %v", isa, err)
			continue
		}
		for _, c := range rowCases {
			for n := range 67 {
				var in [3][]float32
				for i := range in {
					in[i] = make([]float32, n)
					for j := range in[i] {
						in[i][j] = float32(rng.Float64()*3 + 0.1)
					}
				}
				got, want := make([]float32, n), make([]float32, n)
				c.f(k, n, got, slices.Clone(in[0]), slices.Clone(in[1]), slices.Clone(in[2]))
				c.f(twin, n, want, in[0], in[1], in[2])
				if e := apart(got, want); e > c.tol {
					t.Errorf("%s %s of %d elements: %v, the Go twin has %v (off by %.2g)", isa, c.name, n, got, want, e)
					break
				}
			}
		}
	}
}

// apart is the largest difference, relative to the larger of 1 and the number wanted.
func apart(got, want []float32) (worst float64) {
	for i, w := range want {
		e := math.Abs(float64(got[i])-float64(w)) / max(1, math.Abs(float64(w)))
		if math.IsNaN(e) {
			e = math.Inf(1)
		}
		worst = max(worst, e)
	}
	return worst
}

// TestWeighNotFinite: a row whose peak is not a number gets weights relative to 0, and NaN does not hide the others.
func TestWeighNotFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, isa := range []string{"avx512", "avx2", "go"} {
		k, err := kernelsFor(isa)
		if err != nil {
			continue
		}
		for _, c := range []struct {
			x, peak, top float32
		}{{inf, -inf, 0}, {-inf, -inf, 0}, {float32(math.NaN()), 2, 2}, {3, 2, 3}} {
			row := make([]float32, 16)
			row[0] = c.x
			if top, _ := k.weigh(row, 1, 1, c.peak); top != c.top {
				t.Errorf("%s: weigh(%v) with peak %v has top %v, want %v", isa, c.x, c.peak, top, c.top)
			}
		}
	}
}

// TestAssemblyIsWhatItSays: the functions for AVX2 use no register and no mask of AVX-512, which avo would give them without a word
// and most of our machines would run; and none has an SSE move of a parameter between vector instructions (400 cycles a call).
func TestAssemblyIsWhatItSays(t *testing.T) {
	wide := regexp.MustCompile(`\b([XY](1[6-9]|2\d|3[01])|Z\d+|K[0-7])\b`)
	for _, file := range []string{"rows_amd64.s", "tiles_amd64.s"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Split(string(source), "\nTEXT ·")[1:] {
			name, _, _ := strings.Cut(text, "(")
			if bad := wide.FindString(text); strings.Contains(name, "256") && bad != "" {
				t.Errorf("%s: %s uses %s, which AVX2 does not have", file, name, bad)
			}
			if i := strings.Index(text, "MOVSS"); i >= 0 && strings.Contains(text[i:], "VZEROUPPER") {
				t.Errorf("%s: %s has a MOVSS before VZEROUPPER", file, name)
			}
		}
	}
}
