package gpt

import (
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// Cache holds the keys and values of the tokens seen so far, so that each new token costs one column of work. Its memory
// belongs to no Step.
type Cache struct {
	layers []nn.KVCache
	batch  int
}

// Cache makes an empty cache for this model. The first Next fixes the number of sequences.
func (m *Model) Cache() *Cache { return &Cache{layers: make([]nn.KVCache, len(m.Blocks))} }

// Len is the number of tokens seen.
func (c *Cache) Len() int {
	if len(c.layers) == 0 {
		return 0
	}
	return c.layers[0].Len
}

// Reset forgets the tokens and keeps the memory.
func (c *Cache) Reset() {
	for i := range c.layers {
		c.layers[i].Len = 0
	}
}

// Next reads further tokens (B, T) and returns the logits (B, V) that follow the last of them, the same as the last row of
// Forward over all tokens so far. No gradients are recorded and no dropout is applied. It panics with an OpError when
// the context is full: start a new cache with the last tokens then.
func (m *Model) Next(idx *tensorlib.Tensor, c *Cache) *tensorlib.Tensor {
	from := c.Len()
	m.checkTokens(idx, from)
	if from > 0 && c.batch != idx.Dim(0) {
		panic(&tensorlib.OpError{Op: "gpt.Next", Msg: "the cache was begun with another number of sequences", Shapes: []tensorlib.Shape{idx.Shape()}})
	}
	if c.batch != idx.Dim(0) { // an empty cache of another size
		c.layers, c.batch = make([]nn.KVCache, len(m.Blocks)), idx.Dim(0)
	}
	var logits *tensorlib.Tensor
	tensorlib.NoGrad(func() {
		x := m.embed(idx, from) // (B, T, C)
		for i, b := range m.Blocks {
			x = b.Attn.Next(x, b.Norm1.Forward(x), &c.layers[i], m.Config.Context)
			x = b.MLP.AddTo(x, b.Norm2.Forward(x), nil)
		}
		logits = m.head(x.Select(1, -1)) // (B, V)
	})
	return logits
}
