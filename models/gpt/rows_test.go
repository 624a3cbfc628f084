package gpt

import (
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// small is a model with weights large enough that its logits differ clearly, and sizes that divide by nothing.
func small() *Model {
	m := New(Config{Vocab: 17, Context: 40, Layers: 2, Heads: 3, Embed: 27, Bias: true}, 3)
	for _, p := range m.Params() {
		p.Value.ScaleInPlace(1.5)
	}
	return m
}

// text is n tokens that depend on the seed.
func text(seed uint64, n int) []int32 {
	r := tensorlib.NewRand(seed)
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(r.Intn(17))
	}
	return ids
}

// rows puts sequences beside each other, each padded on the right to T tokens with token pad.
func rows(T int, pad int32, seqs ...[]int32) *tensorlib.Tensor {
	var ids []int32
	for _, s := range seqs {
		ids = append(ids, s...)
		for range T - len(s) {
			ids = append(ids, pad)
		}
	}
	return tensorlib.New(ids, len(seqs), T)
}

// same fails unless two tensors have the same bits.
func same(t *testing.T, what string, got, want *tensorlib.Tensor) {
	t.Helper()
	if got.Ne(want).Sum().Item() != 0 {
		t.Errorf("%s: differs by %v, want the same bits", what, got.Sub(want).Abs().Max())
	}
}

// alone is the logits (T, V) of one sequence.
func alone(m *Model, seq []int32) *tensorlib.Tensor {
	return m.Forward(lm.Batch{Tokens: rows(len(seq), 0, seq)}).Select(0, 0)
}

// A row's logits have the same bits whatever the other rows are, and whatever padding stands after it.
func TestRowsAreIndependent(t *testing.T) {
	rowsAreIndependent(t, small())
	// Here products have more terms than are summed at a time, and more keys than a vector has elements.
	rowsAreIndependent(t, New(Config{Vocab: 17, Context: 40, Layers: 1, Heads: 2, Embed: 160}, 3))
}

func rowsAreIndependent(t *testing.T, m *Model) {
	t.Helper()
	seq := text(1, 13)
	want := alone(m, seq)
	for _, c := range []struct {
		T    int
		pad  int32
		rest [][]int32
	}{{13, 0, [][]int32{text(2, 13)}}, {13, 0, [][]int32{text(3, 13)}}, {21, 0, [][]int32{text(4, 21)}}, {40, 16, [][]int32{text(5, 1), text(6, 40), text(7, 22)}}} {
		first := m.Forward(lm.Batch{Tokens: rows(c.T, c.pad, append([][]int32{seq}, c.rest...)...)})
		same(t, "first of the rows", first.Select(0, 0).Slice(0, 0, 13), want)
		last := m.Forward(lm.Batch{Tokens: rows(c.T, c.pad, append(c.rest, seq)...)})
		same(t, "last of the rows", last.Select(0, -1).Slice(0, 0, 13), want)
	}
}

// leftPadded is sequences padded on the left to T tokens.
func leftPadded(T int, seqs ...[]int32) lm.Batch {
	var ids, positions, first []int32
	for _, s := range seqs {
		pad := T - len(s)
		for t := range T {
			id := int32(16)
			if t >= pad {
				id = s[t-pad]
			}
			ids, positions, first = append(ids, id), append(positions, int32(max(t-pad, 0))), append(first, int32(pad))
		}
	}
	shape := func(x []int32) *tensorlib.Tensor { return tensorlib.New(x, len(seqs), T) }
	return lm.Batch{Tokens: shape(ids), Positions: shape(positions), First: shape(first)}
}

// Padding on the left changes nothing, and nor does another document before it in the row. Positions that are said count as those that are not.
func TestLeftPaddingAndPacking(t *testing.T) {
	m, a, b := small(), text(1, 13), text(2, 20)
	same(t, "positions said", m.Forward(leftPadded(13, a)).Select(0, 0), alone(m, a))
	got := m.Forward(leftPadded(25, a, b)) // (2, 25, V)
	closeTo(t, "13 tokens after padding", got.Select(0, 0).Slice(0, 12, 25), alone(m, a), 1e-5)
	closeTo(t, "20 tokens after padding", got.Select(0, 1).Slice(0, 5, 25), alone(m, b), 1e-5)
	if !got.Finite() {
		t.Error("the logits of padding are not finite")
	}

	packed := func(before []int32) *tensorlib.Tensor {
		positions, first := make([]int32, 33), make([]int32, 33)
		for t := range 33 {
			positions[t] = int32(t)
			if t >= 20 {
				positions[t], first[t] = int32(t-20), 20
			}
		}
		x := m.Forward(lm.Batch{
			Tokens: rows(33, 0, append(append([]int32{}, before...), a...)), Positions: tensorlib.New(positions, 1, 33), First: tensorlib.New(first, 1, 33),
		})
		return x.Select(0, 0).Slice(0, 20, 33)
	}
	closeTo(t, "the second document", packed(b), alone(m, a), 1e-5)
	same(t, "the second document after another first", packed(text(9, 20)), packed(b))
}

// With dropout, too, padding on the left reaches no gradient.
func TestLeftPaddingWithDropout(t *testing.T) {
	m := New(Config{Vocab: 17, Context: 40, Layers: 2, Heads: 3, Embed: 27, Dropout: 0.2}, 3)
	gradient := func(pad int32) *tensorlib.Tensor {
		b := leftPadded(25, text(1, 13))
		ids := b.Tokens.Clone()
		ids.Slice(1, 0, 12).CopyFrom(tensorlib.Full(float64(pad), 1, 12).To(tensorlib.Int32))
		b.Tokens = ids
		m.Train(5, 6)
		m.Forward(b).Slice(1, 12, 25).Square().Sum().Backward()
		g := m.Blocks[0].Attn.QKV.Weight.Grad().Clone()
		for _, p := range m.Params() {
			p.Value.ZeroGrad()
		}
		return g
	}
	g := gradient(0)
	if !g.Finite() || g.Abs().Max().Item() == 0 {
		t.Fatal("the gradient is not finite, or zero")
	}
	same(t, "the gradient with other padding", gradient(7), g)
}

// Rows of different lengths generate together what each does alone: cut anywhere, and padded with anything.
func TestNextWithRaggedRows(t *testing.T) {
	m := small()
	seqs := [][]int32{text(1, 30), text(2, 17), text(3, 40)}
	c := m.NewCache(3)
	at := []int{0, 0, 0}
	for _, lengths := range [][]int{{5, 9, 1}, {7, 1, 2}, {1, 1, 1}, {0, 5, 20}, {11, 0, 3}, {6, 1, 13}} {
		T := 0
		for _, n := range lengths {
			T = max(T, n)
		}
		var pieces [][]int32
		for b, n := range lengths {
			pieces = append(pieces, seqs[b][at[b]:at[b]+n])
			at[b] += n
		}
		logits := m.Next(rows(T+1, int32(len(pieces)), pieces...), lengths, c) // (3, V)
		for b, n := range lengths {
			if n > 0 {
				same(t, "a row among others", logits.Select(0, b), alone(m, seqs[b][:at[b]]).Select(0, -1))
			}
		}
		if got := c.Lens(); got[0] != at[0] || got[1] != at[1] || got[2] != at[2] {
			t.Fatalf("lengths are %v, want %v", got, at)
		}
	}
}

// A row can begin anew, go back, and be copied, while the others go on.
func TestTruncateAndCopy(t *testing.T) {
	m := small()
	a, b := text(1, 30), text(2, 30)
	c := m.NewCache(3)
	m.Next(rows(20, 0, a[:20], b[:11], a[:3]), []int{20, 11, 3}, c)
	c.Truncate(0, 0)
	c.Truncate(1, 7)
	c.Copy(2, 1)
	logits := m.Next(rows(9, 0, b[:9], b[7:9], a[7:14]), []int{9, 2, 7}, c)
	same(t, "a row begun anew", logits.Select(0, 0), alone(m, b[:9]).Select(0, -1))
	same(t, "a row gone back", logits.Select(0, 1), alone(m, b[:9]).Select(0, -1))
	forked := append(append([]int32{}, b[:7]...), a[7:14]...)
	same(t, "a copied row", logits.Select(0, 2), alone(m, forked).Select(0, -1))
	c.Copy(0, 0)
	for says, f := range map[string]func(){
		"row 1 has 9 tokens, not 10": func() { c.Truncate(1, 10) },
		"row 1 has 9 tokens, not -1": func() { c.Truncate(1, -1) },
	} {
		if err := tensorlib.Try(f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
}

type otherCache struct{ lm.Cache }

func TestBatchMistakesAreNamed(t *testing.T) {
	m := small()
	ids := func(T int) *tensorlib.Tensor { return tensorlib.New(make([]int32, 2*T), 2, T) }
	at := func(p int32) *tensorlib.Tensor { return tensorlib.New([]int32{0, 1, p, 3}, 2, 2) }
	for says, f := range map[string]func(){
		"41 tokens are more than the context of 40":                    func() { m.Forward(lm.Batch{Tokens: ids(41)}) },
		"position 40 of token 0 in row 1 is not in the context of 40":  func() { m.Forward(lm.Batch{Tokens: ids(2), Positions: at(40)}) },
		"position -1 of token 0 in row 1":                              func() { m.Forward(lm.Batch{Tokens: ids(2), Positions: at(-1)}) },
		"Positions is not int32 of the tokens' shape: (2, 2) x (2, 3)": func() { m.Forward(lm.Batch{Tokens: ids(3), Positions: at(2)}) },
		"First is not int32 of the tokens' shape":                      func() { m.Forward(lm.Batch{Tokens: ids(2), First: at(2).To(tensorlib.Int64)}) },
		"no tokens": func() { m.Forward(lm.Batch{}) },
		"gpt.Next: the cache is a gpt.otherCache":                          func() { m.Next(ids(2), nil, otherCache{}) },
		"gpt.Next: 1 lengths for 2 rows":                                   func() { m.Next(ids(2), []int{1}, m.NewCache(2)) },
		"gpt.Next: row 1 is said to hold 3 new tokens":                     func() { m.Next(ids(2), []int{1, 3}, m.NewCache(2)) },
		"gpt.Next: the 41 tokens of row 0 are more than the context of 40": func() { m.Next(ids(41), []int{41, 2}, m.NewCache(2)) },
		"gpt.Next: tokens are not (batch, time)":                           func() { m.Next(tensorlib.New([]int32{1}), nil, m.NewCache(1)) },
	} {
		if err := tensorlib.Try(f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
}

// Hidden is what the head reads; a head of another kind can be put on it.
func TestHidden(t *testing.T) {
	m := small()
	b := lm.Batch{Tokens: rows(5, 0, text(1, 5))}
	h := m.Hidden(b) // (1, 5, C)
	same(t, "the head's product", tensorlib.LinearT(h, m.Tokens.Weight), m.Forward(b))
	score := nn.NewLinear(27, 1, false, 0.1, tensorlib.NewRand(1))
	score.Forward(h).Sum().Backward()
	if g := m.Positions.Weight.Grad(); g == nil || g.Abs().Max().Item() == 0 {
		t.Error("a head on Hidden gives the model no gradient")
	}
}
