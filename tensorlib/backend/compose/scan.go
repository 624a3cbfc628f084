package compose

import "github.com/athanor-ml/athanor/tensorlib/backend"

type scans struct{ core backend.Device }

// SumSquares implements backend.Scans.
func (s scans) SumSquares(dst backend.View, xs []backend.View) {
	w := begin(s.core)
	defer w.end()
	w.Fill(dst, 0)
	for _, x := range xs {
		w.Binary(backend.Add, dst, dst, w.fold(backend.Sum, w.unary(backend.Square, x)))
	}
}

// Finite implements backend.Scans.
func (s scans) Finite(dst, x backend.View) {
	w := begin(s.core)
	defer w.end()
	if x.Numel() == 0 {
		w.Fill(dst, 1)
		return
	}
	w.Copy(dst, w.fold(backend.Min, w.converted(w.finite(x), backend.Float32)))
}

// fold reduces all axes of x, to a view without dimensions.
func (w *work) fold(op backend.ReduceOp, x backend.View) backend.View {
	var ones [backend.MaxRank]int
	for i := range ones {
		ones[i] = 1
	}
	y := w.blank(x.DType, ones[:x.Rank]...)
	w.Reduce(op, y, x)
	y.Rank = 0
	return y
}
