package nn

import (
	"fmt"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
)

// KVCache holds the keys and values of the tokens that the attention layers of a model have seen, of several sequences that are independent of
// each other and may differ in length. Its memory belongs to no Scope and grows with the longest sequence.
//
// A step of generating calls Next of every layer with the same new tokens, and then Advance.
type KVCache struct {
	lens []int               // tokens seen, by row
	k, v []*tensorlib.Tensor // by layer, (B, H, room, D); the first lens[b] of row b are used
}

// NewKVCache makes an empty cache of rows sequences.
func NewKVCache(layers, rows int) *KVCache {
	return &KVCache{lens: make([]int, rows), k: make([]*tensorlib.Tensor, layers), v: make([]*tensorlib.Tensor, layers)}
}

// Lens is the number of tokens seen, by row.
func (c *KVCache) Lens() []int { return slices.Clone(c.lens) }

// Truncate forgets all but the first n tokens of a row.
func (c *KVCache) Truncate(row, n int) {
	if n < 0 || n > c.lens[row] {
		panic(&tensorlib.OpError{Op: "KVCache.Truncate", Msg: fmt.Sprintf("row %d has %d tokens, not %d", row, c.lens[row], n)})
	}
	c.lens[row] = n
}

// Copy makes row dst a copy of row src.
func (c *KVCache) Copy(dst, src int) {
	if n := c.lens[src]; n > 0 && dst != src {
		for _, x := range slices.Concat(c.k, c.v) {
			x.Select(0, dst).Slice(1, 0, n).CopyFrom(x.Select(0, src).Slice(1, 0, n))
		}
	}
	c.lens[dst] = c.lens[src]
}

// Advance counts lengths[b] of the tokens that all layers have now seen as those of row b. What a layer has seen beyond them is padding, and is
// written over by the next tokens.
func (c *KVCache) Advance(lengths []int) {
	for b, n := range lengths {
		c.lens[b] += n
	}
}

// attend is causal attention of the new queries (B, H, T, D) to the keys and values of a layer's rows and to the new ones, which it adds to the layer.
func (c *KVCache) attend(layer int, q, k, v *tensorlib.Tensor) *tensorlib.Tensor {
	c.reserve(layer, k)
	T := k.Dim(2)
	ends := make([]int32, len(c.lens))
	for b, n := range c.lens {
		ends[b] = int32(n + T)
	}
	longest := int(slices.Max(ends))
	keys, values := c.k[layer].Slice(2, 0, longest), c.v[layer].Slice(2, 0, longest) // (B, H, longest, D)
	if longest == int(slices.Min(ends)) {
		keys.Slice(2, longest-T, longest).CopyFrom(k)
		values.Slice(2, longest-T, longest).CopyFrom(v)
		return tensorlib.Attention(q, keys, values, true)
	}
	for b, end := range ends {
		row := func(x *tensorlib.Tensor) *tensorlib.Tensor { return x.Select(0, b).Slice(1, int(end)-T, int(end)) }
		row(keys).CopyFrom(k.Select(0, b))
		row(values).CopyFrom(v.Select(0, b))
	}
	return tensorlib.AttentionWith(q, keys, values, tensorlib.AttentionOptions{Causal: true, Lengths: tensorlib.New(ends)})
}

// reserve makes room in a layer for the new keys (B, H, T, D) after those of the longest row.
func (c *KVCache) reserve(layer int, k *tensorlib.Tensor) {
	B, H, T, D := k.Dim(0), k.Dim(1), k.Dim(2), k.Dim(3)
	longest, room := slices.Max(c.lens), 0
	if c.k[layer] != nil {
		room = c.k[layer].Dim(2)
	}
	if longest+T <= room {
		return
	}
	room = max(longest+T, 2*room, leastRoom)
	for _, kept := range []*[]*tensorlib.Tensor{&c.k, &c.v} {
		old, grown := (*kept)[layer], tensorlib.Zeros(B, H, room, D).Keep()
		if old != nil {
			grown.Slice(2, 0, old.Dim(2)).CopyFrom(old)
		}
		(*kept)[layer] = grown
	}
}

const leastRoom = 16 // tokens
