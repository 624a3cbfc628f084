package nn

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib"
)

// SelfAttention is causal multi-head self-attention as in GPT-2: one projection makes queries, keys and values, another
// joins the heads. Its parameters have GPT-2's names.
type SelfAttention struct {
	QKV     *Linear // (C, 3C)
	Proj    *Linear // (C, C)
	Heads   int
	Dropout float64 // of attention weights and of the result, in training
}

// Forward maps (B, T, C) to (B, T, C). A token sees those before it and itself, from token first[b, t] of its row on, where first is (B, T)
// Int32; nil: from the row's first token on. With dropout the attention weights are stored; else they never are.
func (a *SelfAttention) Forward(x, first *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	return pass.Dropout(a.Proj.forward(a.attend(x, first, pass), pass), a.Dropout)
}

// AddTo is onto + Forward(x, first, pass), in one pass where there is no dropout.
func (a *SelfAttention) AddTo(onto, x, first *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	return a.Proj.addTo(onto, a.attend(x, first, pass), pass, a.Dropout)
}

// attend is the heads' results side by side, (B, T, C).
func (a *SelfAttention) attend(x, first *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	qkv := a.QKV.forward(x, pass) // (B, T, 3C)
	if pass == nil || a.Dropout == 0 {
		return tensorlib.AttentionPackedWith(qkv, a.Heads, tensorlib.AttentionOptions{Causal: true, First: first})
	}
	return a.withDropout(qkv, first, pass)
}

func (a *SelfAttention) withDropout(qkv, first *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	B, T := qkv.Dim(0), qkv.Dim(1)
	q, k, v := a.heads(qkv)
	D := q.Dim(3)
	time := tensorlib.Arange(T)
	hidden := time.Reshape(1, T).Gt(time.Reshape(T, 1)) // (T, T): keys after the query
	if first != nil {
		before := time.To(tensorlib.Int32).Reshape(1, 1, 1, T).Lt(first.Reshape(B, 1, T, 1)) // (B, 1, T, T)
		hidden = hidden.Or(before)
	}
	att := q.MatMul(k.T()).Scale(1 / math.Sqrt(float64(D))) // (B, H, T, T)
	// The least number, and not minus infinity, keeps queries that see no key finite; they get the result 0.
	att = att.MaskedFill(hidden, -math.MaxFloat32).Softmax() // (B, H, T, T)
	if first != nil {
		att = att.MaskedFill(hidden, 0)
	}
	y := pass.Dropout(att, a.Dropout).MatMul(v)                    // (B, H, T, D)
	return y.Transpose(1, 2).Contiguous().Reshape(B, T, a.Heads*D) // (B, T, C)
}

// Next is AddTo without dropout for tokens that follow those in a layer of the cache, (B, T, C), to which it adds them; the tokens count
// when the cache advances. It records no gradients.
func (a *SelfAttention) Next(onto, x *tensorlib.Tensor, c *KVCache, layer int) *tensorlib.Tensor {
	q, k, v := a.heads(a.QKV.Forward(x)) // (B, H, T, D)
	y := c.attend(layer, q, k, v)        // (B, H, T, D)
	return a.Proj.AddTo(onto, y.Transpose(1, 2).Reshape(x.Dim(0), x.Dim(1), -1))
}

// heads parts a joined projection (B, T, 3C) into queries, keys and values (B, H, T, D), on the same memory.
func (a *SelfAttention) heads(qkv *tensorlib.Tensor) (q, k, v *tensorlib.Tensor) {
	B, T, C := qkv.Dim(0), qkv.Dim(1), qkv.Dim(2)/3
	part := func(i int) *tensorlib.Tensor {
		return qkv.Slice(2, i*C, (i+1)*C).Reshape(B, T, a.Heads, C/a.Heads).Transpose(1, 2)
	}
	return part(0), part(1), part(2)
}

// Params are "c_attn" and "c_proj".
func (a *SelfAttention) Params() []Param {
	return append(Named("c_attn", a.QKV), Named("c_proj", a.Proj)...)
}
