package compose

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// attentions stores the scores of all queries and keys, (B, H, T, S).
type attentions struct{ core backend.Device }

// Attention implements backend.Attentions.
func (a attentions) Attention(out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	w := begin(a.core)
	defer w.end()
	scores := w.scores(q, k, o)
	peak := w.peak(scores)
	e := w.unary(backend.Exp, w.binary(backend.Sub, scores, peak))
	sum := w.reduce(backend.Sum, e, 3)
	w.Binary(backend.Add, column(lse), peak, w.unary(backend.Log, sum))
	zero := w.number(backend.Float32, 0)
	some := w.binary(backend.Ne, sum, zero) // queries that see a key, or something that is no number
	if o.Lengths.Present() {
		v = w.where(stretched(w.inRow(k, o), v), v, zero) // 0 times what stands behind the keys may be NaN
	}
	share := w.where(some, w.unary(backend.Recip, sum), zero)
	w.Copy(out, w.binary(backend.Mul, w.matMul(e, v), share))
}

// AttentionGrad implements backend.Attentions. With p the softmax and delta = Σ dout*out of a query,
//
//	dv = pᵀ·dout,  ds = p*(dout·vᵀ - delta)*scale,  dq = ds·k,  dk = dsᵀ·q
func (a attentions) AttentionGrad(dq, dk, dv, dout, out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	w := begin(a.core)
	defer w.end()
	scores := w.scores(q, k, o)
	p := w.unary(backend.Exp, w.binary(backend.Sub, scores, column(lse)))
	zero := w.number(backend.Float32, 0)
	hidden := w.binary(backend.Eq, scores, w.number(backend.Float32, math.Inf(-1))) // -Inf less -Inf is no number
	p = w.where(hidden, zero, p)
	delta := w.reduce(backend.Sum, w.binary(backend.Mul, dout, out), 3)
	ds := w.binary(backend.Sub, w.matMul(dout, swapped(v)), delta)
	ds = w.affine(w.binary(backend.Mul, ds, p), float64(o.Scale), 0)
	w.Copy(dv, w.matMul(swapped(p), dout))
	w.Copy(dq, w.matMul(ds, k))
	w.Copy(dk, w.matMul(swapped(ds), q))
}

// scores is q·kᵀ*scale (B, H, T, S), -Inf where a query does not see a key.
func (w *work) scores(q, k backend.View, o backend.AttentionOptions) backend.View {
	scores := w.affine(w.matMul(q, swapped(k)), float64(o.Scale), 0)
	none := w.number(backend.Float32, math.Inf(-1))
	B, T, S := q.Dims[0], q.Dims[2], k.Dims[2]
	keys := shaped(w.count(S), 1, 1, 1, S)
	whole := w.blank(backend.Int32, B, 1, T, S)
	w.Copy(whole, stretched(keys, whole))
	hide := func(op backend.BinaryOp, limit backend.View) { // where keys op limit
		hidden := w.binary(op, whole, limit)
		scores = w.where(stretched(hidden, scores), none, scores)
	}
	if o.First.Present() {
		hide(backend.Lt, table(o.First, B, T))
	}
	lengths := w.number(backend.Int32, float64(S))
	if o.Lengths.Present() {
		most := w.binary(backend.Minimum, table(o.Lengths, B, 1), lengths)
		lengths = w.binary(backend.Maximum, most, w.number(backend.Int32, 0))
		hide(backend.Ge, lengths)
	}
	if o.Causal { // keys up to t + length - T
		at := w.blank(backend.Int32, B, 1, T, 1)
		w.Copy(at, stretched(shaped(w.count(T), 1, 1, T, 1), at))
		at = w.binary(backend.Add, at, lengths)
		hide(backend.Gt, w.binary(backend.Sub, at, w.number(backend.Int32, float64(T))))
	}
	return scores
}

// table sees (B, T), or (B) for T = 1, as (B, 1, T, 1).
func table(v backend.View, B, T int) backend.View {
	row, col := v.Strides[0], v.Strides[1]
	v.Rank = 4
	v.Dims = [backend.MaxRank]int{B, 1, T, 1}
	v.Strides = [backend.MaxRank]int{row, 0, col, 0}
	return v
}

// inRow is whether key s of a row is among its Lengths, (B, 1, S, 1).
func (w *work) inRow(k backend.View, o backend.AttentionOptions) backend.View {
	B, S := k.Dims[0], k.Dims[2]
	keys := w.blank(backend.Int32, B, 1, S, 1)
	w.Copy(keys, stretched(shaped(w.count(S), 1, 1, S, 1), keys))
	return w.binary(backend.Lt, keys, table(o.Lengths, B, 1))
}
