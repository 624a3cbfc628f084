package gen

import (
	"errors"
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
)

// Options say how much is written and how tokens are chosen. The zero Options write 256 tokens, each time the likeliest one.
type Options struct {
	MaxTokens   int      `json:"maxTokens"`   // of each sequence; 0: 256
	Temperature float64  `json:"temperature"` // 1: the model's distribution; lower is safer; 0: always the likeliest token
	TopK        int      `json:"topK"`        // only the k likeliest tokens; 0: all
	TopP        float64  `json:"topP"`        // only the likeliest tokens that together have this probability; 0: all
	Penalty     float64  `json:"penalty"`     // divides the logits of tokens that came before; above 1 discourages repetition; 0: none
	Stop        []string `json:"stop"`        // the text ends before the first of these
	EOS         []int    `json:"eos"`         // token ids that end a sequence; nil: those that end an answer by the tokenizer, if there is one
	Seed        uint64   `json:"seed"`

	Samples int   `json:"samples"` // sequences for each prompt; 0: 1
	Rows    int   `json:"rows"`    // sequences in flight at a time; 0: 16
	Numbers []int `json:"numbers"` // of the prompts, for their random numbers, when these are some of a longer list; nil: 0, 1, 2, …

	Tokenizer tokenizer.Tokenizer `json:"-"` // with it results have their text, without special tokens; Stop needs it
	Done      func(Result)        `json:"-"` // is called with each result as its sequence ends; nil: nobody
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
	check(o.Samples >= 0, "samples", o.Samples, "0 (one) or more")
	check(o.Rows >= 0, "rows", o.Rows, "0 (16) or more")
	for i, s := range o.Stop {
		check(s != "", fmt.Sprintf("stop[%d]", i), `""`, "some text")
	}
	return errors.Join(errs...)
}

// check reports every fault of the options for use with a model.
func (o Options) check(m models.LM) error {
	errs := []error{o.Validate()}
	if o.Tokenizer == nil && len(o.Stop) > 0 {
		errs = append(errs, errors.New("stop strings need Options.Tokenizer, which makes text of the tokens"))
	}
	if o.Tokenizer != nil && o.Tokenizer.Size() > m.Vocab() {
		errs = append(errs, fmt.Errorf("the tokenizer has %d ids, the model only %d: they do not belong together", o.Tokenizer.Size(), m.Vocab()))
	}
	for _, id := range o.EOS {
		if id < 0 || id >= m.Vocab() {
			errs = append(errs, fmt.Errorf("eos %d is not in the model's vocabulary, [0, %d)", id, m.Vocab()))
		}
	}
	return errors.Join(errs...)
}

// filled is o with the defaults in place of zeros.
func (o Options) filled() Options {
	if o.MaxTokens == 0 {
		o.MaxTokens = 256
	}
	if o.Samples == 0 {
		o.Samples = 1
	}
	if o.Rows == 0 {
		o.Rows = 16
	}
	if o.EOS == nil && o.Tokenizer != nil {
		o.EOS = tokenizer.Stops(o.Tokenizer)
	}
	return o
}

// size is the number of ids that may be chosen.
func (o Options) size(m models.LM) int {
	if o.Tokenizer != nil {
		return o.Tokenizer.Size()
	}
	return m.Vocab()
}
