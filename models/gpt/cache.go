package gpt

import (
	"fmt"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// NewCache makes an empty cache of rows sequences.
func (m *Model) NewCache(rows int) lm.Cache { return nn.NewKVCache(len(m.Blocks), rows) }

// Next reads tokens (B, T) that follow those in the cache, and returns the logits (B, V) after the last of each row, the same as the last row
// of Forward over all tokens so far. Row b holds lengths[b] of them, padded on the right; nil: all have T. A row with 0 is left as
// it is, and its logits mean nothing. No gradients are recorded and no dropout is applied. It panics with an OpError when a row grows
// beyond the context: begin it anew with its last tokens then.
func (m *Model) Next(tokens *tensorlib.Tensor, lengths []int, c lm.Cache) *tensorlib.Tensor {
	cache, ok := c.(*nn.KVCache)
	if !ok {
		panic(&tensorlib.OpError{Op: "gpt.Next", Msg: fmt.Sprintf("the cache is a %T", c), Fix: "make it with NewCache"})
	}
	lens := cache.Lens()
	lengths = m.newTokens(tokens, lengths, lens)
	var logits *tensorlib.Tensor
	tensorlib.NoGrad(func() {
		x := m.Tokens.Forward(tokens).Add(m.following(lens, tokens.Dim(1))) // (B, T, C)
		for i, b := range m.Blocks {
			x = b.Attn.Next(x, b.Norm1.Forward(x), cache, i)
			x = b.MLP.AddTo(x, b.Norm2.Forward(x), nil)
		}
		cache.Advance(lengths)
		logits = m.head(m.Norm.Forward(lastOf(x, lengths))) // (B, V)
	})
	return logits
}

// newTokens is lengths, with T in place of nil, checked against the tokens (B, T) and the rows' lengths so far.
func (m *Model) newTokens(tokens *tensorlib.Tensor, lengths, lens []int) []int {
	refuse := func(format string, a ...any) {
		panic(&tensorlib.OpError{Op: "gpt.Next", Msg: fmt.Sprintf(format, a...), Shapes: []tensorlib.Shape{tokens.Shape()}})
	}
	if tokens.Rank() != 2 || tokens.Dim(1) == 0 {
		refuse("tokens are not (batch, time)")
	}
	B, T := tokens.Dim(0), tokens.Dim(1)
	if B != len(lens) {
		refuse("the cache has %d rows, the tokens %d", len(lens), B)
	}
	if lengths == nil {
		lengths = make([]int, B)
		for b := range lengths {
			lengths[b] = T
		}
	}
	if len(lengths) != B {
		refuse("%d lengths for %d rows", len(lengths), B)
	}
	for b, n := range lengths {
		if n < 0 || n > T {
			refuse("row %d is said to hold %d new tokens", b, n)
		}
		if all := lens[b] + n; all > m.Config.Context {
			refuse("the %d tokens of row %d are more than the context of %d", all, b, m.Config.Context)
		}
	}
	return lengths
}

// following is the vectors of the T positions after each row's tokens so far, (B, T, C). Those of padding stay within
// the context.
func (m *Model) following(lens []int, T int) *tensorlib.Tensor {
	positions := make([]int32, 0, len(lens)*T)
	for _, n := range lens {
		for t := range T {
			positions = append(positions, int32(min(n+t, m.Config.Context-1)))
		}
	}
	return m.Positions.Forward(tensorlib.New(positions, len(lens), T))
}

// lastOf picks token lengths[b]-1 of row b of x (B, T, C): (B, C).
func lastOf(x *tensorlib.Tensor, lengths []int) *tensorlib.Tensor {
	B, T, C := x.Dim(0), x.Dim(1), x.Dim(2)
	at := make([]int32, B)
	for b, n := range lengths {
		at[b] = int32(b*T + max(n-1, 0))
	}
	return tensorlib.Embedding(x.Reshape(B*T, C), tensorlib.New(at))
}
