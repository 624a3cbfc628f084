package compose

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type crossEntropies struct{ core backend.Device }

// labels are targets as the operations need them.
type labels struct {
	ignored backend.View // (N) Bool
	ok      backend.View // (N) Bool: in range
	flat    backend.View // (N) Int64: where the target's logit is among all N*V, the row's first when it is not ok
	checked backend.View // (N) Int64: the target, 0 when it is ignored
}

func (w *work) labels(targets backend.View, V, ignore int) (l labels) {
	ids := w.converted(targets, backend.Int64)
	zero := w.number(backend.Int64, 0)
	l.ignored = w.binary(backend.Eq, ids, w.number(backend.Int64, float64(ignore)))
	l.checked = w.where(l.ignored, zero, ids)
	l.ok = w.binary(backend.And, w.binary(backend.Ge, ids, zero), w.binary(backend.Lt, ids, w.number(backend.Int64, float64(V))))
	rows := w.binary(backend.Mul, w.converted(w.count(ids.Dims[0]), backend.Int64), w.number(backend.Int64, float64(V)))
	l.flat = w.binary(backend.Add, rows, w.where(l.ok, ids, zero))
	return l
}

// CrossEntropy implements backend.CrossEntropies.
func (c crossEntropies) CrossEntropy(losses, lse, count, logits, targets backend.View, ignore int, op string) error {
	w := begin(c.core)
	defer w.end()
	N, V := logits.Dims[0], logits.Dims[1]
	zero := w.number(backend.Float32, 0)
	l := w.labels(targets, V, ignore)
	peak := w.peak(logits)
	sum := w.reduce(backend.Sum, w.unary(backend.Exp, w.binary(backend.Sub, logits, peak)), 1)
	rest := w.unary(backend.Log, sum)
	w.Binary(backend.Add, column(lse), peak, rest)

	picked := w.blank(backend.Float32, N, 1)
	if err := w.Gather(picked, shaped(w.converted(logits, backend.Float32), N*V, 1), l.flat, op); err != nil {
		return err
	}
	loss := w.binary(backend.Add, w.binary(backend.Sub, peak, picked), rest)
	loss = w.where(column(l.ok), loss, w.number(backend.Float32, math.NaN()))
	w.Where(column(losses), column(l.ignored), stretched(zero, picked), loss)

	used := w.converted(w.unary(backend.Not, l.ignored), backend.Float32)
	w.Copy(count, w.fold(backend.Sum, used))
	// A look-up of targets in a table of V rows reports those that are out of range.
	table := w.blank(backend.Float32, V, 1)
	w.Fill(table, 0)
	return w.Gather(picked, table, l.checked, op)
}

// CrossEntropyGrad implements backend.CrossEntropies.
func (c crossEntropies) CrossEntropyGrad(dlogits, dloss, logits, lse, targets backend.View, ignore int) {
	w := begin(c.core)
	defer w.end()
	N, V := logits.Dims[0], logits.Dims[1]
	l := w.labels(targets, V, ignore)
	each := column(dloss)
	p := w.unary(backend.Exp, w.binary(backend.Sub, logits, column(lse)))
	p = w.binary(backend.Mul, p, each)
	minus := w.blank(backend.Float32, N, 1)
	w.Unary(backend.Neg, minus, each)
	w.ScatterAdd(shaped(p, N*V, 1), minus, l.flat)
	p = w.where(stretched(column(l.ok), p), p, w.number(backend.Float32, math.NaN()))
	w.Where(dlogits, stretched(column(l.ignored), p), stretched(w.number(backend.Float32, 0), p), p)
}
