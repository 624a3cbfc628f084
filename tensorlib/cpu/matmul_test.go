package cpu

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// TestProductsHaveTheSameBitsOnAnyCores: how a product is cut, by rows, columns or terms, depends on the cores and does not show.
func TestProductsHaveTheSameBitsOnAnyCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(5))
	for _, isa := range []string{"avx512", "avx2", "go"} {
		if _, err := kernelsFor(isa); err != nil {
			t.Logf("%s: %v", isa, err)
			continue
		}
		t.Run(isa, func(t *testing.T) {
			for _, s := range [][3]int{{128, 768, 384}, {512, 768, 128}, {33, 1100, 47}, {300, 520, 70}, {70, 2000, 1}} {
				for _, accumulate := range []bool{false, true} {
					m, k, n := s[0], s[1], s[2]
					want := productTN(t, isa, 1, m, k, n, accumulate)
					for _, threads := range []int{2, 3, 5} {
						if got := productTN(t, isa, threads, m, k, n, accumulate); !slices.Equal(got, want) {
							t.Errorf("%d x %d x %d, accumulate %v: %d threads give other bits than one", m, k, n, accumulate, threads)
						}
					}
				}
			}
		})
	}
}

// productTN is the product of an a of k × m, transposed, and a b of k × n, as for the gradient of a layer's weights.
func productTN(t *testing.T, isa string, threads, m, k, n int, accumulate bool) []float32 {
	t.Helper()
	d, err := NewWith(Options{ISA: isa, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	var views [3]backend.View
	for i, dims := range [][2]int{{k, m}, {k, n}, {m, n}} {
		views[i] = dense(d, dims[0], dims[1])
		d.Uniform(views[i], backend.Key{Seed: 7, Stream: uint64(i)}, 0)
	}
	a, b, c := views[0], views[1], views[2]
	a.Dims[0], a.Dims[1], a.Strides[0], a.Strides[1] = m, k, 1, m
	d.MatMul(c, a, b, backend.MatMulOptions{Accumulate: accumulate})
	if deep := deepest(d, c, a, b); threads > 1 && fmt.Sprint(m, k, n) == "128 768 384" && deep != 2 {
		t.Errorf("%d parts of k, want this shape to be cut in two", deep)
	}
	return slices.Clone(at[float32](&c)[:m*n])
}

func deepest(d *Device, c, a, b backend.View) int {
	j := gemmJob{k: d.k}
	j.set(&c, &a, &b)
	j.plan(d.workers())
	return j.deep
}
