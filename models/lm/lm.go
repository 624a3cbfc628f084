// Package lm is what every language model has in common, whatever its family: what it reads (a [Batch]), what it can do (the
// interface [LM]), what it remembers while it generates (a [Cache]), and the folder in which its weights are kept.
//
// Package models names the same types and opens such a folder with the family that its config.json names; a family is a
// package beside this one.
package lm

import (
	"fmt"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// Batch is what a language model reads: tokens, and where sequences lie in them.
//
// Padding stands on the right of a row and needs no word: no token sees what follows it. Padding on the left is said by Positions, which
// begin at 0 at the first token that is none, and by First, which is that token's index. Several documents packed into one row
// have positions that begin anew with each, and as First the index at which the document of a token begins.
type Batch struct {
	Tokens    *tensorlib.Tensor // (B, T) Int32
	Positions *tensorlib.Tensor // (B, T) Int32; nil: 0, 1, 2, … in each row
	First     *tensorlib.Tensor // (B, T) Int32: the first token that token t sees (packed documents, left padding); nil: 0
}

// LM is what a stage needs of a language model. It is used by one goroutine at a time. A row's logits are bit for bit the same whatever
// the other rows are, and whatever padding stands after it.
type LM interface {
	nn.Module                          // Params under Hugging Face's names
	Forward(b Batch) *tensorlib.Tensor // logits (B, T, V)
	Train(seed, step uint64)           // dropout on, with these random numbers; call it before every step
	Eval()                             // dropout off, as it is at first
	NewCache(rows int) Cache           // an empty one
	// Next reads tokens (B, T) that follow those in the cache, whose rows are B, and returns the logits (B, V) after the last of each
	// row. Row b holds lengths[b] new tokens, padded on the right; nil: all have T. A row with 0 is left as it is, and its logits mean
	// nothing. No gradients are recorded and no dropout is applied.
	Next(tokens *tensorlib.Tensor, lengths []int, c Cache) *tensorlib.Tensor
	Vocab() int            // number of token ids, V
	Context() int          // longest sequence
	Save(dir string) error // writes config.json and model.safetensors, which transformers opens, into dir, and makes it where there is none
	Describe() string      // the shape as one word, "gpt2-L4-H4-C128-T64", for lists and search attributes
	String() string        // the shape as one sentence
}

// Cache holds what a model has computed of the tokens seen so far, so that each new token costs one column of work. Its memory belongs to no
// tensorlib.Scope. Rows are independent of each other.
type Cache interface {
	Lens() []int         // tokens seen, by row
	Truncate(row, n int) // forgets all but the first n tokens of a row; 0 makes room for another sequence
	Copy(dst, src int)   // makes row dst a copy of row src, as when sequences share a prompt
}

// Check panics with an OpError of that operation unless tokens, positions and first fit each other and the context.
func (b Batch) Check(op string, context int) {
	refuse := func(msg, fix string, ts ...*tensorlib.Tensor) {
		e := &tensorlib.OpError{Op: op, Msg: msg, Fix: fix}
		for _, t := range ts {
			e.Shapes = append(e.Shapes, t.Shape())
		}
		panic(e)
	}
	tokens := b.Tokens
	if tokens == nil {
		refuse("the batch has no tokens", "")
	}
	if tokens.Rank() != 2 || tokens.Dim(1) == 0 {
		refuse("tokens are not (batch, time)", "", tokens)
	}
	fits := func(name string, t *tensorlib.Tensor) {
		if t != nil && (t.DType() != tensorlib.Int32 || !t.Shape().Equal(tokens.Shape())) {
			refuse(name+" is not int32 of the tokens' shape", "it is "+t.DType().String(), t, tokens)
		}
	}
	fits("Positions", b.Positions)
	fits("First", b.First)
	if b.Positions == nil {
		if T := tokens.Dim(1); T > context {
			refuse(fmt.Sprintf("%d tokens are more than the context of %d", T, context), "keep only the last ones", tokens)
		}
		return
	}
	for i, p := range b.Positions.Int64s() {
		if p < 0 || p >= int64(context) {
			refuse(fmt.Sprintf("position %d of token %d in row %d is not in the context of %d", p, i%tokens.Dim(1), i/tokens.Dim(1), context),
				"cut the sequence", tokens)
		}
	}
}
