package data

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/athanor-ml/athanor/data/tokenizer"
)

// Corpus is a text as tokens, in two splits: "train" to learn from, "val" held out. Several goroutines may read it.
type Corpus struct {
	Name      string // of the source
	Dir       string // where it lies; empty: in memory
	Tokenizer tokenizer.Tokenizer

	train, val tokens
}

// tokens is a split.
type tokens interface {
	Len() int
	Read(dst []int32, at int) // panics out of range
	Close() error
}

// Ignore is the target of positions that do not count, as CrossEntropy has it.
const Ignore = -100

func (c *Corpus) split(name string) tokens {
	switch name {
	case "train":
		return c.train
	case "val":
		return c.val
	}
	panic(fmt.Sprintf("data: split is %q, want \"train\" or \"val\"", name))
}

// Len is the number of tokens of a split.
func (c *Corpus) Len(split string) int { return c.split(split).Len() }

// Vocab is the number of token ids.
func (c *Corpus) Vocab() int { return c.Tokenizer.Size() }

// Check reports whether both splits have windows of T tokens and the targets after them.
func (c *Corpus) Check(T int) error {
	for _, s := range []string{"train", "val"} {
		if n := c.Len(s); n <= T {
			return fmt.Errorf("data %s: its %s split has %d tokens, too few for a context of %d: use a longer text or a shorter context", c.Name, s, n, T)
		}
	}
	return nil
}

// Decode is the text of tokens as Batch gives them.
func (c *Corpus) Decode(tokens []int32) string {
	ids := make([]int, len(tokens))
	for i, id := range tokens {
		ids[i] = int(id)
	}
	return c.Tokenizer.Decode(ids)
}

// String says what the corpus is, in a line.
func (c *Corpus) String() string {
	return fmt.Sprintf("%s: %d tokens to train on, %d held out, of %d ids", c.Name, c.Len("train"), c.Len("val"), c.Vocab())
}

// Close ends the use of the corpus's files.
func (c *Corpus) Close() error { return errors.Join(c.train.Close(), c.val.Close()) }

// Batch returns B random windows of T tokens, and for each token the one after it: x and y of (B, T), row by row. It is
// a pure function of its arguments and the text. It panics when the split is not longer than T; see Check.
func (c *Corpus) Batch(split string, seed uint64, step, B, T int) (x, y []int32) {
	x, y = make([]int32, B*T), make([]int32, B*T)
	c.ReadBatch(x, y, split, seed, step, T)
	return x, y
}

// ReadBatch is Batch into slices of the caller's, of B*T each.
//
// Window b of step s begins at the high 64 bits of r*(n-T), with n the length of the split and r the splitmix64 hash (Steele et
// al., 2014) of seed, s and b; so every window is as likely as any other to within 2^-40.
func (c *Corpus) ReadBatch(x, y []int32, split string, seed uint64, step, T int) {
	t := c.split(split)
	for b := range len(x) / T {
		r := mix(mix(mix(seed)+uint64(step)) + uint64(b))
		at, _ := bits.Mul64(r, uint64(t.Len()-T))
		window(t, x[b*T:(b+1)*T], y[b*T:(b+1)*T], int(at))
	}
}

// window reads the tokens from index at on to x, and the ones after each to y.
func window(t tokens, x, y []int32, at int) {
	t.Read(x, at)
	copy(y, x[1:])
	t.Read(y[len(y)-1:], at+len(x))
}

// mix is the output function of splitmix64.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// EvalBatches is the number of batches of at most B windows of T tokens that EvalBatch makes of a split.
func (c *Corpus) EvalBatches(split string, B, T int) int {
	return (c.windows(split, T) + B - 1) / B
}

// windows is how many windows of T predictions cover the len-1 predictions of a split.
func (c *Corpus) windows(split string, T int) int { return (c.Len(split) - 1 + T - 1) / T }

// EvalBatch returns batch i of EvalBatches: windows side by side that together predict each token of the split, but the
// first, exactly once. x and y are (B', T) with B' <= B, smaller in the last batch. The last window is moved back to
// end with the text; its targets that the window before has predicted are Ignore. count is the number of the other
// targets.
func (c *Corpus) EvalBatch(split string, i, B, T int) (x, y []int32, count int) {
	t := c.split(split)
	first, last := i*B, min((i+1)*B, c.windows(split, T))
	x, y = make([]int32, (last-first)*T), make([]int32, (last-first)*T)
	for w := first; w < last; w++ {
		row := (w - first) * T
		at := min(w*T, t.Len()-1-T)
		window(t, x[row:row+T], y[row:row+T], at)
		for j := range w*T - at {
			y[row+j] = Ignore
		}
		count += T - (w*T - at)
	}
	return x, y, count
}

// Bytes is the number of bytes of text that the tokens of a split after its first stand for.
func (c *Corpus) Bytes(split string) int {
	t := c.split(split)
	const chunk = 1 << 16
	n := 0
	buf := make([]int32, chunk)
	for at := 1; at < t.Len(); at += chunk {
		part := buf[:min(chunk, t.Len()-at)]
		t.Read(part, at)
		n += len(c.Decode(part))
	}
	return n
}
