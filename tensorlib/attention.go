package tensorlib

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// AttentionOptions say which keys a query sees: all, unless a field says less.
type AttentionOptions struct {
	Causal  bool    // query t sees the keys up to t + S-T, so that with a cache of earlier keys the newest query sees all
	First   *Tensor // (B, T) Int32: query t of row b sees only the keys from First[b, t] on, as in packed documents and with left padding; nil: all
	Lengths *Tensor // (B) Int32: row b has Lengths[b] of the S keys, and its T queries are the last T of them; nil: S. Not with gradients
}

// Attention is softmax(q·kᵀ/sqrt(D))·v for q (B, H, T, D) and k, v (B, H, S, D) (Vaswani et al., 2017). Causal: query t sees
// the keys up to t + S-T, so that with a cache of earlier keys the newest query sees all. The scores are never stored.
func Attention(q, k, v *Tensor, causal bool) *Tensor {
	return AttentionWith(q, k, v, AttentionOptions{Causal: causal})
}

// AttentionWith is [Attention] with options. A key that a query does not see has weight exactly 0: changing it changes no bit of the
// result. A query that sees no key has the result 0. First and Lengths are bounded to [0, S].
func AttentionWith(q, k, v *Tensor, o AttentionOptions) *Tensor {
	dev := use("Attention", q, k, v)
	want("Attention", Float32, q, k, v)
	B, H, T, D := attentionDims(q, k, v, o.Causal)
	o.check("Attention", q, B, T)
	if o.Lengths != nil && recording(q, k, v) {
		failFix("Attention", "Lengths has no gradient", "use First, or call it inside NoGrad", q, o.Lengths)
	}
	q, k, v = unitLast(q), unitLast(k), unitLast(v)
	// In memory the result is (B, T, H, D), so that joining the heads moves nothing.
	flat := empty(dev, Float32, []int{B, T, H, D})
	flat.v = swapAxes(flat.v, 1, 2)
	lse := scratch(dev, B, H, T)
	dev.Attention(flat.v, lse, q.v, k.v, v.v, o.scaled(D))
	n := record(opAttention, flat, q, k, v, o.First)
	saveIn(n, dev, lse)
	if n != nil {
		n.num[0] = boolInt(o.Causal)
	}
	guard("Attention", flat)
	return flat
}

// check panics unless First and Lengths fit B rows of T queries.
func (o *AttentionOptions) check(op string, q *Tensor, B, T int) {
	if f := o.First; f != nil {
		use(op, q, f)
		want(op, Int32, f)
		if f.v.Rank != 2 || f.v.Dims[0] != B || f.v.Dims[1] != T {
			failFix(op, "First does not fit the queries", "it is (B, T)", f, q)
		}
	}
	if l := o.Lengths; l != nil {
		use(op, q, l)
		want(op, Int32, l)
		if l.v.Rank != 1 || l.v.Dims[0] != B {
			failFix(op, "Lengths does not fit the queries", "it is (B)", l, q)
		}
	}
}

// scaled are o as a device takes them, for heads of size D.
func (o *AttentionOptions) scaled(D int) backend.AttentionOptions {
	b := backend.AttentionOptions{Scale: float32(1 / math.Sqrt(float64(D))), Causal: o.Causal}
	if o.First != nil {
		b.First = o.First.v
	}
	if o.Lengths != nil {
		b.Lengths = o.Lengths.v
	}
	return b
}

func attentionDims(q, k, v *Tensor, causal bool) (B, H, T, D int) {
	d := q.v.Dims
	switch {
	case q.v.Rank != 4 || k.v.Rank != 4:
		failFix("Attention", "wants four dimensions", "(batch, heads, time, size)", q, k, v)
	case !sameDims(&k.v, &v.v):
		fail("Attention", "keys and values differ", k, v)
	case d[0] != k.v.Dims[0] || d[1] != k.v.Dims[1] || d[3] != k.v.Dims[3]:
		fail("Attention", "queries do not fit the keys", q, k)
	case causal && d[2] > k.v.Dims[2]:
		fail("Attention", "causal, with more queries than keys", q, k)
	}
	return d[0], d[1], d[2], d[3]
}

// unitLast is t with its last dimension dense in memory.
func unitLast(t *Tensor) *Tensor {
	if t.v.Dims[t.v.Rank-1] == 1 || t.v.Strides[t.v.Rank-1] == 1 {
		return t
	}
	return t.Contiguous()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

var opAttention = &op{"Attention", func(s *sweep, n *node) {
	q, k, v := n.in[0], n.in[1], n.in[2]
	n.grad = s.unitLast(n.grad)
	dq, dk, dv := s.like(&q.v), s.like(&k.v), s.like(&v.v)
	o := AttentionOptions{Causal: n.num[0] == 1, First: n.in[3]}
	s.dev.AttentionGrad(dq.v, dk.v, dv.v, n.grad.v, n.out.v, n.saved[0], q.v, k.v, v.v, o.scaled(q.v.Dims[3]))
	s.give(q, dq)
	s.give(k, dk)
	s.give(v, dv)
}}

// unitLast is g with its last dimension dense in memory; it takes over g.
func (s *sweep) unitLast(g gradient) gradient {
	if last := g.v.Rank - 1; g.v.Dims[last] == 1 || g.v.Strides[last] == 1 {
		return g
	}
	return s.contiguous(g)
}

// AttentionPacked is self-attention on the joined projection qkv (B, T, 3C), in which each row holds the query, the key
// and the value of all heads, as GPT-2 stores them. The result is (B, T, C). Nothing is copied to part the heads.
func AttentionPacked(qkv *Tensor, heads int, causal bool) *Tensor {
	return AttentionPackedWith(qkv, heads, AttentionOptions{Causal: causal})
}

// AttentionPackedWith is [AttentionPacked] with options, as in [AttentionWith].
func AttentionPackedWith(qkv *Tensor, heads int, o AttentionOptions) *Tensor {
	dev := use("AttentionPacked", qkv)
	want("AttentionPacked", Float32, qkv)
	if qkv.v.Rank != 3 || heads <= 0 || qkv.v.Dims[2]%(3*heads) != 0 {
		fail("AttentionPacked", "wants (B, T, 3C) with C divisible by "+itoa(heads)+" heads", qkv)
	}
	qkv = unitLast(qkv)
	B, T, C := qkv.v.Dims[0], qkv.v.Dims[1], qkv.v.Dims[2]/3
	o.check("AttentionPacked", qkv, B, T)
	if o.Lengths != nil && recording(qkv) {
		failFix("AttentionPacked", "Lengths has no gradient", "use First, or call it inside NoGrad", qkv, o.Lengths)
	}
	out := empty(dev, Float32, []int{B, T, C})
	q, k, v := partHeads(&qkv.v, heads)
	lse := scratch(dev, B, heads, T)
	dev.Attention(headView(&out.v, heads, 0, C), lse, q, k, v, o.scaled(C/heads))
	n := record(opAttentionPacked, out, qkv, o.First)
	saveIn(n, dev, lse)
	if n != nil {
		n.num = [3]int{heads, boolInt(o.Causal)}
	}
	guard("AttentionPacked", out)
	return out
}

// partHeads sees a packed (B, T, 3C) as queries, keys and values (B, H, T, D).
func partHeads(v *backend.View, heads int) (q, k, val backend.View) {
	C := v.Dims[2] / 3
	return headView(v, heads, 0, C), headView(v, heads, C, C), headView(v, heads, 2*C, C)
}

// headView sees columns [from, from+C) of v (B, T, …) as (B, H, T, D).
func headView(v *backend.View, heads, from, C int) backend.View {
	D := C / heads
	r := backend.View{Buf: v.Buf, DType: v.DType, Rank: 4, Offset: v.Offset + from}
	r.Dims = [backend.MaxRank]int{v.Dims[0], heads, v.Dims[1], D}
	r.Strides = [backend.MaxRank]int{v.Strides[0], D, v.Strides[1], 1}
	return r
}

var opAttentionPacked = &op{"AttentionPacked", func(s *sweep, n *node) {
	qkv, heads := n.in[0], n.num[0]
	o := AttentionOptions{Causal: n.num[1] == 1, First: n.in[1]}
	n.grad = s.unitLast(n.grad)
	C := n.out.v.Dims[2]
	s.into(qkv, func(dst backend.View) {
		q, k, v := partHeads(&qkv.v, heads)
		dq, dk, dv := partHeads(&dst, heads)
		s.dev.AttentionGrad(dq, dk, dv, headView(&n.grad.v, heads, 0, C), headView(&n.out.v, heads, 0, C), n.saved[0],
			q, k, v, o.scaled(C/heads))
	})
}}
