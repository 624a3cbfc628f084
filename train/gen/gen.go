// Package gen lets a trained model write.
//
// [Text] continues a prompt, [Stream] does so piece by piece. The model reads the prompt once and then one token at a
// time, its keys and values cached. [Options] say how a token is chosen from the model's distribution: made flatter or
// sharper by the temperature, cut to the likeliest k or to the likeliest that together have the probability p (Holtzman
// et al., 2020), with a penalty on what was said already (Keskar et al., 2019). The random number of a token is a
// function of the seed and the token's place, so the same call gives the same text.
package gen

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
)

// Options say how much is written and how tokens are chosen. The zero Options write 256 tokens, each time the likeliest one.
type Options struct {
	MaxTokens   int      `json:"maxTokens"`   // 0: 256
	Temperature float64  `json:"temperature"` // 1: the model's distribution; lower is safer; 0: always the likeliest token
	TopK        int      `json:"topK"`        // only the k likeliest tokens; 0: all
	TopP        float64  `json:"topP"`        // only the likeliest tokens that together have this probability; 0: all
	Penalty     float64  `json:"penalty"`     // divides the logits of tokens that came before; above 1 discourages repetition; 0: none
	Stop        []string `json:"stop"`        // ends before the first of these
	Seed        uint64   `json:"seed"`
}

// Result is what was written.
type Result struct {
	Text   string // without the prompt and the stop string
	Tokens []int  // all that were sampled
	Reason string // why it ended: "length" or "stop"
}

// Validate reports every fault of the options.
func (o Options) Validate() error {
	var errs []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s is %v, want %s", name, value, want))
		}
	}
	check(o.MaxTokens >= 0, "maxTokens", o.MaxTokens, "0 (256) or more")
	check(o.Temperature >= 0 && !math.IsInf(o.Temperature, 0), "temperature", o.Temperature, "0 (the likeliest token) or more")
	check(o.TopK >= 0, "topK", o.TopK, "0 (all) or more")
	check(o.TopP >= 0 && o.TopP <= 1, "topP", o.TopP, "0 (all) to 1")
	check(o.Penalty >= 0 && !math.IsInf(o.Penalty, 0), "penalty", o.Penalty, "0 (none) or more")
	for i, s := range o.Stop {
		check(s != "", fmt.Sprintf("stop[%d]", i), `""`, "some text")
	}
	return errors.Join(errs...)
}

// Text continues the prompt and returns what it added. In a notebook, interrupting the cell ends it. See Stream.
func Text(m models.LM, tok tokenizer.Tokenizer, prompt string, o Options) (string, error) {
	r, err := Stream(display.Context(), m, tok, prompt, o, nil)
	return r.Text, err
}

// Stream continues the prompt and calls on, which may be nil, with each piece of text as it comes: whole characters,
// and nothing that may turn out to be part of a stop string. An empty prompt stands for a new line. When the context of
// the model is full, the older half of it is forgotten. When ctx ends, Stream returns what there is and ctx's error.
func Stream(ctx context.Context, m models.LM, tok tokenizer.Tokenizer, prompt string, o Options, on func(piece string)) (Result, error) {
	ids, err := start(m, tok, prompt, o)
	if err != nil {
		return Result{}, fmt.Errorf("generate: %w", err)
	}
	n := o.MaxTokens
	if n == 0 {
		n = 256
	}
	w := writer{stops: o.Stop, on: on}
	r := Result{Reason: "length"}
	reader := reader{model: m, cache: m.NewCache(1)}
	choose := newSampler(o, tok.Size())
	choose.saw(ids...)
	for i := range n {
		if err = ctx.Err(); err != nil {
			break
		}
		var id int
		if id, err = choose.token(reader.next(ids), i); err != nil {
			break
		}
		ids = append(ids, id)
		choose.saw(id)
		r.Tokens = append(r.Tokens, id)
		if w.add(tok.Decode([]int{id})) {
			r.Reason = "stop"
			break
		}
	}
	r.Text = w.finish()
	if err != nil {
		return r, fmt.Errorf("generate: after %d tokens: %w", len(r.Tokens), err)
	}
	return r, nil
}

// start checks the call and returns the ids of the prompt.
func start(m models.LM, tok tokenizer.Tokenizer, prompt string, o Options) ([]int, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if tok.Size() > m.Vocab() {
		return nil, fmt.Errorf("the tokenizer has %d ids, the model only %d: they do not belong together", tok.Size(), m.Vocab())
	}
	if u := tok.Unknown(prompt); u != "" {
		return nil, fmt.Errorf("the prompt has characters that the model has never seen: %q", u)
	}
	if prompt == "" && tok.Unknown("\n") == "" {
		prompt = "\n"
	}
	ids := tok.Encode(prompt)
	if len(ids) == 0 {
		ids = []int{0}
	}
	return ids, nil
}

// reader feeds the model.
type reader struct {
	model models.LM
	cache models.Cache
	read  int // how many of the ids the cache has seen, or has forgotten
}

// next returns the logits (V) of what follows ids, which begin with those of the last call.
func (r *reader) next(ids []int) (logits []float32) {
	context := r.model.Context()
	from := r.read
	if r.cache.Lens()[0]+len(ids)-from > context {
		r.cache.Truncate(0, 0)
		from = len(ids) - max(1, context/2)
		if r.read == 0 {
			from = len(ids) - context // a long prompt: all that fits
		}
	}
	tensorlib.Scope(func() {
		idx := tensorlib.New(ids[from:], 1, len(ids)-from)  // (1, T)
		logits = r.model.Next(idx, nil, r.cache).Float32s() // (1, V)
	})
	r.read = len(ids)
	return logits
}
