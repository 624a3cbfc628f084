// Package gen lets trained language models write, and tells how likely they find a text.
//
// [Generate] continues many prompts at once. Sequences in flight are the rows of a batch: each row has its own length in the
// model's cache, reads its prompt while others write, and makes room for the next prompt when its text has ended (continuous
// batching; Yu et al., 2022). Several samples of one prompt share its prefix, which is read once. [Texts] does the same for
// text, [Text] and [Stream] continue one prompt, piece by piece and for as long as one likes, and [Show] does so under a
// notebook's cell. [Answer] and [Answers] put what a user says into the model's chat template. [Options] say how a token is chosen from the model's distribution: made flatter or sharper by the
// temperature, cut to the likeliest k or to the likeliest that together have the probability p (Holtzman et al., 2020), with
// a penalty on what was said already (Keskar et al., 2019).
//
// The random number of a token is a function of the seed, the prompt's number, the sample's number and the token's position,
// and a row's logits do not depend on the other rows. So the same call gives the same text, whatever the number of rows.
//
// [Score] is the log-probability of each token of a text that is there already.
package gen

import (
	"context"
	"errors"
	"fmt"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/models"
)

// Why a sequence ended.
const (
	EndOfSequence = "eos"     // the model wrote one of Options.EOS
	StopString    = "stop"    // the text came to one of Options.Stop
	Length        = "length"  // Options.MaxTokens are written
	ContextFull   = "context" // the model's context has no room for more
)

// Result is what was written of one sequence.
type Result struct {
	Prompt   int       // which prompt it continues, by its place in the call
	Sample   int       // which of Options.Samples it is
	Text     string    // without the prompt, the stop string and the end-of-sequence token; "" without a tokenizer
	Tokens   []int32   // all that were sampled, with the end-of-sequence token
	LogProbs []float64 // of each token under the distribution that it was drawn from; when it was not drawn (temperature 0), the model's own
	Reason   string    // why it ended, "eos", "stop", "length" or "context"; "" when it was interrupted or never begun
}

// Generate continues each prompt, given as token ids, Options.Samples times. The results stand prompt by prompt, the samples
// of each in order. Prompts may differ in length. A sequence that fills the model's context ends there; a prompt that
// leaves no room gets a Result without tokens. When ctx ends, Generate returns what there is and ctx's error.
func Generate(ctx context.Context, m models.LM, prompts [][]int32, o Options) ([]Result, error) {
	if err := o.check(m); err != nil {
		return nil, fmt.Errorf("generate: %w", err)
	}
	if n := len(o.Numbers); o.Numbers != nil && n != len(prompts) {
		return nil, fmt.Errorf("generate: %d numbers for %d prompts", n, len(prompts))
	}
	for i, ids := range prompts {
		if err := checkIDs(m, ids); err != nil {
			return nil, fmt.Errorf("generate: prompt %d: %w", i, err)
		}
	}
	b := newBatch(m, prompts, o)
	if err := b.run(ctx); err != nil {
		return b.results, fmt.Errorf("generate: %w", err)
	}
	return b.results, nil
}

// checkIDs refuses a sequence that the model cannot read.
func checkIDs(m models.LM, ids []int32) error {
	if len(ids) == 0 {
		return errors.New("it has no tokens, want at least one to go on from")
	}
	for i, id := range ids {
		if id < 0 || int(id) >= m.Vocab() {
			return fmt.Errorf("token %d at position %d is not in the model's vocabulary, [0, %d)", id, i, m.Vocab())
		}
	}
	return nil
}

// Texts continues each prompt Options.Samples times; see Generate. In a notebook, interrupting the cell ends it. An empty
// prompt stands for a new line.
func Texts(m models.LM, tok tokenizer.Tokenizer, prompts []string, o Options) ([]Result, error) {
	o.Tokenizer = tok
	ids := make([][]int32, len(prompts))
	for i, p := range prompts {
		var err error
		if ids[i], err = Encode(tok, p); err != nil {
			return nil, fmt.Errorf("generate: prompt %d: %w", i, err)
		}
	}
	return Generate(display.Context(), m, ids, o)
}

// Text continues the prompt and returns what it added. In a notebook, interrupting the cell ends it. See Stream.
func Text(m models.LM, tok tokenizer.Tokenizer, prompt string, o Options) (string, error) {
	r, err := Stream(display.Context(), m, tok, prompt, o, nil)
	return r.Text, err
}

// Stream continues the prompt once and calls on, which may be nil, with each piece of text as it comes: whole characters,
// and nothing that may turn out to be part of a stop string. An empty prompt stands for a new line. When the context of
// the model is full, the older half of it is forgotten. When ctx ends, Stream returns what there is and ctx's error.
func Stream(ctx context.Context, m models.LM, tok tokenizer.Tokenizer, prompt string, o Options, on func(piece string)) (Result, error) {
	o.Tokenizer = tok
	ids, err := Encode(tok, prompt)
	if err != nil {
		return Result{}, fmt.Errorf("generate: %w", err)
	}
	return Continue(ctx, m, ids, o, on)
}

// Continue is Stream of a prompt given as token ids, as those of a chat are. Without Options.Tokenizer there is no text.
func Continue(ctx context.Context, m models.LM, prompt []int32, o Options, on func(piece string)) (Result, error) {
	o.Samples, o.Rows = 1, 1
	err := o.check(m)
	if err == nil {
		err = checkIDs(m, prompt)
	}
	if err != nil {
		return Result{}, fmt.Errorf("generate: %w", err)
	}
	b := newBatch(m, [][]int32{prompt}, o)
	b.forgets, b.on = true, on
	if err = b.run(ctx); err != nil {
		err = fmt.Errorf("generate: after %d tokens: %w", len(b.results[0].Tokens), err)
	}
	return b.results[0], err
}

// Encode is the ids of a prompt that is no chat: the tokenizer's, after its BOS where it wants one. An empty prompt stands for a new line.
func Encode(tok tokenizer.Tokenizer, prompt string) ([]int32, error) {
	if u := tok.Unknown(prompt); u != "" {
		return nil, fmt.Errorf("the prompt has characters that the model has never seen: %q", u)
	}
	if prompt == "" && tok.Unknown("\n") == "" {
		prompt = "\n"
	}
	ids := begin(tok, prompt)
	if len(ids) == 0 {
		ids = []int32{0}
	}
	return ids, nil
}

// begin is the ids of a text, after BOS if the tokenizer's texts begin with it.
func begin(tok tokenizer.Tokenizer, text string) []int32 {
	ids := int32s(tok.Encode(text))
	if bos, ok := tokenizer.ID(tok, tok.Config().BOS); ok && tok.Config().AddBOS {
		ids = append([]int32{int32(bos)}, ids...)
	}
	return ids
}

func int32s(ids []int) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}
