package tensorlib

import (
	"strings"
	"testing"
)

// TestPackedDocumentsAlone: packed documents have the bits of the documents alone, and so have their gradients.
func TestPackedDocumentsAlone(t *testing.T) {
	const heads, C = 2, 10
	lengths := []int{70, 1, 13, 300}
	first := []int{}
	for _, n := range lengths {
		from := len(first)
		for range n {
			first = append(first, from)
		}
	}
	T := len(first)
	qkv := NewRand(3).Normal(1, T, 3*C).SetRequiresGrad(true)
	weights := NewRand(4).Normal(1, T, C)
	out := AttentionPackedWith(qkv, heads, AttentionOptions{Causal: true, First: New(first, 1, T).To(Int32)})
	out.Mul(weights).Sum().Backward()
	from := 0
	for _, n := range lengths {
		alone := qkv.Slice(1, from, from+n).Detach().Clone().SetRequiresGrad(true)
		y := AttentionPacked(alone, heads, true)
		y.Mul(weights.Slice(1, from, from+n)).Sum().Backward()
		sameBits(t, "result", out.Slice(1, from, from+n), y)
		sameBits(t, "gradient", qkv.Grad().Slice(1, from, from+n), alone.Grad())
		from += n
	}
}

func sameBits(t *testing.T, what string, got, want *Tensor) {
	t.Helper()
	if string(got.Bytes()) != string(want.Bytes()) {
		t.Errorf("%s %v differs from %v", what, got, want)
	}
}

// TestLengthsWithoutGradients: Lengths with something to differentiate is refused, and works inside NoGrad.
func TestLengthsWithoutGradients(t *testing.T) {
	q := NewRand(1).Normal(2, 1, 1, 4).SetRequiresGrad(true)
	k := NewRand(2).Normal(2, 1, 5, 4)
	o := AttentionOptions{Causal: true, Lengths: New([]int32{2, 5})}
	if err := Try(func() { AttentionWith(q, k, k, o) }); err == nil || !strings.Contains(err.Error(), "Lengths has no gradient") {
		t.Errorf("AttentionWith(Lengths) of a leaf: %v, want it to say that there is no gradient", err)
	}
	NoGrad(func() {
		row := AttentionWith(q, k, k, o).Slice(0, 0, 1)
		sameBits(t, "row of 2 keys", row, Attention(q.Slice(0, 0, 1), k.Slice(0, 0, 1).Slice(2, 0, 2), k.Slice(0, 0, 1).Slice(2, 0, 2), true))
	})
}
