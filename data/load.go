package data

import (
	"fmt"
	"unicode/utf8"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

// Options says how Load makes a corpus. The zero Options are characters, nine tenths to train on, the default data directory.
type Options struct {
	Tokenizer string   // "char" (also when empty) or "bpe"
	Vocab     int      // of bpe; 0: 512
	Train     float64  // the share of the text, from its start, to train on; 0: 0.9
	MaxBytes  int      // reads no more of the source; 0: all, of gosrc and godoc 4 MB
	Special   []string // special tokens that the tokenizer gets beside what it learns, such as tokenizer.ChatTokens()
	Dir       string   // the data directory; empty: the one of SetDir
	Cache     string   // where the corpus is kept, prepared; empty: in the directory of SetCache, or in memory if there is none
}

// Load makes a corpus of a source: "tinyshakespeare"; "godoc", the doc comments of Go's standard library; "gosrc", its source; "auto",
// tinyshakespeare if it is there, else godoc; "tasks:pretrain", generated text (see data/tasks); or the path of a text file.
func Load(source string, o Options) (*Corpus, error) {
	d := spec.Data{Source: source, Tokenizer: o.Tokenizer, Vocab: o.Vocab, Train: o.Train, MaxBytes: o.MaxBytes}
	if d.Tokenizer == "" {
		d.Tokenizer = "char"
	}
	if d.Tokenizer == "bpe" && d.Vocab == 0 {
		d.Vocab = 512
	}
	if d.Train == 0 {
		d.Train = 0.9
	}
	if o.Cache == "" {
		o.Cache = cacheDir()
	}
	if o.Cache != "" {
		dir, err := build(recipe{d, o.Special}, o.Dir, o.Cache, nil)
		if err != nil {
			return nil, err
		}
		return Open(dir)
	}
	name, text, err := readSource(d.Source, o.Dir, d.MaxBytes)
	if err != nil {
		return nil, err
	}
	e, err := encode(name, text, recipe{d, o.Special})
	if err != nil {
		return nil, err
	}
	train, val := e.inMemory(e.train), e.inMemory(e.val)
	if err := e.enough(train.Len(), val.Len()); err != nil {
		return nil, err
	}
	return &Corpus{Name: name, Tokenizer: e.tokenizer, train: train, val: val}, nil
}

// recipe is all that decides what a corpus is, beside the text.
type recipe struct {
	spec.Data
	special []string
}

func recipeOf(d spec.Data) recipe {
	if d.Special {
		return recipe{d, tokenizer.ChatTokens()}
	}
	return recipe{d, nil}
}

// encoded is a text cut in two and the tokenizer that makes tokens of it.
type encoded struct {
	name       string
	tokenizer  tokenizer.Tokenizer
	train, val string
}

// enough reports whether there are tokens to make windows of.
func (e encoded) enough(train, val int) error {
	if train < 2 || val < 2 {
		return fmt.Errorf("data source %q: %d tokens to train on and %d held out, want at least 2 of each: the text is too short", e.name, train, val)
	}
	return nil
}

// inMemory is the tokens of text, in two bytes each where that is enough.
func (e encoded) inMemory(text string) tokens {
	if e.tokenizer.Size() <= 1<<16 {
		return streamed[uint16](e.tokenizer, text)
	}
	return streamed[int32](e.tokenizer, text)
}

func streamed[E uint16 | int32](tok tokenizer.Tokenizer, text string) inMemory[E] {
	n := 0
	_ = tokenizer.Stream(tok, text, func(ids []int32) error { // never fails, nor does what it calls
		n += len(ids)
		return nil
	})
	all := make(inMemory[E], 0, n)
	_ = tokenizer.Stream(tok, text, func(ids []int32) error {
		for _, id := range ids {
			all = append(all, E(id))
		}
		return nil
	})
	return all
}

// encode cuts the text and trains the tokenizer. A BPE learns from the training part alone; characters are those of the
// whole text, so that the held-out part has no unknown ones.
func encode(name, text string, d recipe) (encoded, error) {
	if !(d.Train > 0 && d.Train < 1) {
		return encoded{}, fmt.Errorf("data source %q: the share to train on is %v, want above 0 and below 1", name, d.Train)
	}
	cut := boundary(text, int(float64(len(text))*d.Train))
	var tok tokenizer.Tokenizer
	var err error
	switch d.Tokenizer {
	case "char":
		if !utf8.ValidString(text) {
			return encoded{}, fmt.Errorf("data source %q: the text is not UTF-8; convert it, or use tokenizer bpe, which takes any bytes", name)
		}
		tok = tokenizer.NewChar(text)
	case "bpe":
		tok, err = tokenizer.TrainBPE(text[:cut], d.Vocab)
	default:
		err = fmt.Errorf("tokenizer is %q, want \"char\" or \"bpe\"", d.Tokenizer)
	}
	if err == nil {
		tok, err = tokenizer.Add(tok, d.special, tokenizer.Config{})
	}
	if err != nil {
		return encoded{}, fmt.Errorf("data source %q: %w", name, err)
	}
	return encoded{name, tok, text[:cut], text[cut:]}, nil
}

// inMemory is tokens that need no file.
type inMemory[E uint16 | int32] []E

// Len implements tokens.
func (m inMemory[E]) Len() int { return len(m) }

// Read implements tokens.
func (m inMemory[E]) Read(dst []int32, at int) {
	for i, id := range m[at : at+len(dst)] {
		dst[i] = int32(id)
	}
}

// Close implements tokens.
func (m inMemory[E]) Close() error { return nil }
