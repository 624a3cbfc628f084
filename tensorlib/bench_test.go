package tensorlib

import "testing"

// What one small operation costs, forward and backward: the price of being eager.
func BenchmarkSmallOp(b *testing.B) {
	w := Ones(4).SetRequiresGrad(true)
	const ops = 100
	b.ReportAllocs()
	for b.Loop() {
		Scope(func() {
			w.ZeroGrad()
			x := w
			for range ops {
				x = x.Add(w)
			}
			x.Sum().Backward()
		})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/ops, "ns/recorded-op")
}

// The same without a tape and outside of a step.
func BenchmarkSmallOpNoGrad(b *testing.B) {
	x, y := Ones(4), Ones(4)
	b.ReportAllocs()
	for b.Loop() {
		x.Add(y)
	}
}
