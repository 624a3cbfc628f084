package cpu

import (
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
			for _, s := range []struct{ m, k, n, deep int }{
				{128, 768, 384, 2}, {512, 768, 128, 2}, {33, 1100, 47, 3}, {70, 2000, 1, 4}, {300, 520, 70, 2}, {300, 520, 300, 1},
			} {
				for _, accumulate := range []bool{false, true} {
					want, _ := productTN(t, isa, 1, s.m, s.k, s.n, accumulate)
					for _, threads := range []int{2, 3, 5} {
						got, deep := productTN(t, isa, threads, s.m, s.k, s.n, accumulate)
						if !slices.Equal(got, want) {
							t.Errorf("%+v, accumulate %v: %d threads give other bits than one", s, accumulate, threads)
						}
						if deep != s.deep {
							t.Errorf("%+v: cut into %d parts along k", s, deep)
						}
					}
				}
			}
		})
	}
}

// productTN is the product of an a of k × m, transposed, and a b of k × n, as for the gradient of a layer's weights, and into how many
// parts it is cut along k.
func productTN(t *testing.T, isa string, threads, m, k, n int, accumulate bool) (c []float32, deep int) {
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
	a, b, product := views[0], views[1], views[2]
	a.Dims[0], a.Dims[1], a.Strides[0], a.Strides[1] = m, k, 1, m
	d.MatMul(product, a, b, backend.MatMulOptions{Accumulate: accumulate})
	j := gemmJob{k: d.k}
	j.set(&product, &a, &b)
	j.plan(threads)
	return slices.Clone(at[float32](&product)[:m*n]), j.deep
}
