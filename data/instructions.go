package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

// InstructionOptions says how examples become tokens.
type InstructionOptions struct {
	Template string  // the name of a chat template; empty: the tokenizer's own, else "plain"
	Context  int     // T: a row has at most T+1 tokens, of which the last is only predicted; 0: no limit
	DropLong bool    // rows that are longer are dropped; else the beginning of their prompt is cut off, where that is enough
	Train    float64 // the share of the rows to train on; 0: 0.95
	MaxRows  int     // takes no more of the source's rows; 0: all
	Skip     bool    // rows that cannot be read or laid out are passed over, and reported; else they are an error
	Dir      string  // the data directory; empty: the one of SetDir
	Cache    string  // where what is made is kept; empty: in the directory of SetCache, or in memory if there is none
}

// Instructions are examples as tokens, in two splits: "train" to learn from, "val" held out. Several goroutines may read them.
type Instructions struct {
	Name string // of the source
	Dir  string // where they lie; empty: in memory

	report     Report
	train, val *exampleSet
	plans      plans
}

// exampleSet is a split: its examples' tokens one after the other.
type exampleSet struct {
	tokens  tokens // of all examples
	trained tokens // 1 where a token is trained
	starts  tokens // where each example begins, and where the last ends
}

func (s *exampleSet) n() int { return s.starts.Len() - 1 }

// span is where example i lies.
func (s *exampleSet) span(i int) (from, to int) {
	var b [2]int32
	s.starts.Read(b[:], i)
	return int(b[0]), int(b[1])
}

func (s *exampleSet) close() error {
	return errors.Join(s.tokens.Close(), s.trained.Close(), s.starts.Close())
}

// LoadInstructions makes instructions of a source that ReadExamples reads, as tokens of tok.
func LoadInstructions(source string, tok tokenizer.Tokenizer, o InstructionOptions) (*Instructions, error) {
	d := spec.Instructions{Source: source, Template: o.Template, Train: o.Train, MaxRows: o.MaxRows, Skip: o.Skip}
	if d.Train == 0 {
		d.Train = 0.95
	}
	if o.Cache == "" {
		o.Cache = cacheDir()
	}
	if o.Cache != "" {
		dir, err := prepareInstructions(d, tok, o, nil)
		if err != nil {
			return nil, err
		}
		return OpenInstructions(dir)
	}
	x, err := ReadExamples(d, o.Dir)
	if err != nil {
		return nil, err
	}
	return x.tokenize(tok, o)
}

// NewInstructions makes instructions of examples that a program has: a cell, say. Those to hold out are val.
func NewInstructions(train, val []Example, tok tokenizer.Tokenizer, o InstructionOptions) (*Instructions, error) {
	x := &Examples{Name: "rows", Train: train, Val: val, Report: Report{Rows: len(train) + len(val)}}
	return x.tokenize(tok, o)
}

// tokenize lays out the examples by the template.
func (x *Examples) tokenize(tok tokenizer.Tokenizer, o InstructionOptions) (*Instructions, error) {
	t, err := chat.For(tok, o.Template)
	if err != nil {
		return nil, fmt.Errorf("instructions %s: %w", x.Name, err)
	}
	m := setMaker{tok: tok, template: t, o: o, report: x.Report}
	train, err := m.set("train", x.Train)
	if err != nil {
		return nil, fmt.Errorf("instructions %s: %w", x.Name, err)
	}
	val, err := m.set("val", x.Val)
	if err != nil {
		return nil, fmt.Errorf("instructions %s: %w", x.Name, err)
	}
	m.report.Train, m.report.Val = train.n(), val.n()
	if train.n() == 0 {
		why := "there are none"
		if len(m.report.Reasons) > 0 {
			why = "the first: " + m.report.Reasons[0]
		}
		return nil, fmt.Errorf("instructions %s: no row is left to train on (%v; %s)", x.Name, m.report, why)
	}
	return &Instructions{Name: x.Name, report: m.report, train: train, val: val}, nil
}

// setMaker turns examples into tokens and counts what becomes of them.
type setMaker struct {
	tok      tokenizer.Tokenizer
	template *chat.Template
	o        InstructionOptions
	report   Report
}

func (m *setMaker) set(split string, examples []Example) (*exampleSet, error) {
	var tokens, trained inMemory[int32]
	starts := inMemory[int32]{0}
	for i, e := range examples {
		ids, flags, err := m.template.Tokenize(m.tok, e.Messages)
		if err == nil {
			flags[0] = false // nothing predicts the first token
		}
		switch {
		case errors.Is(err, chat.ErrNothingTrained), err == nil && !slices.Contains(flags, true):
			m.report.Empty++
			continue
		case errors.Is(err, chat.ErrNoStop), errors.Is(err, chat.ErrNotPrefix):
			return nil, err // it is the template that is wrong
		case err != nil && !m.o.Skip:
			return nil, fmt.Errorf("%s row %d: %w; set skip to pass over such rows", split, i+1, err)
		case err != nil:
			m.report.skip(fmt.Sprintf("%s row %d", split, i+1), err)
			continue
		}
		if ids, flags = m.fit(ids, flags); ids == nil {
			m.report.Long++
			continue
		}
		for j, id := range ids {
			tokens, trained = append(tokens, id), append(trained, 0)
			if flags[j] {
				trained[len(trained)-1] = 1
				m.report.Trained++
			}
		}
		if len(tokens) > math.MaxInt32 {
			return nil, fmt.Errorf("the %s split has more than %d tokens", split, math.MaxInt32)
		}
		m.report.Tokens += len(ids)
		starts = append(starts, int32(len(tokens)))
	}
	return &exampleSet{tokens, trained, starts}, nil
}

// fit cuts off the beginning of the prompt, but not BOS, until a row fits the context; nil when it may not, or what is trained would be cut.
func (m *setMaker) fit(ids []int32, flags []bool) ([]int32, []bool) {
	over := len(ids) - m.o.Context - 1
	if m.o.Context == 0 || over <= 0 {
		return ids, flags
	}
	keep := 0
	if bos, ok := tokenizer.ID(m.tok, m.tok.Config().BOS); ok && m.tok.Config().BOS != "" && int(ids[0]) == bos {
		keep = 1
	}
	first := 0
	for !flags[first] {
		first++
	}
	if m.o.DropLong || keep+over >= first { // a token stays before the first that is trained
		return nil, nil
	}
	m.report.Truncated++
	cut := append(append([]int32{}, ids[:keep]...), ids[keep+over:]...)
	return cut, append(append([]bool{}, flags[:keep]...), flags[keep+over:]...)
}

func (d *Instructions) split(name string) *exampleSet {
	switch name {
	case "train":
		return d.train
	case "val":
		return d.val
	}
	panic(fmt.Sprintf("data: split is %q, want \"train\" or \"val\"", name))
}

// Len is the number of rows of a split.
func (d *Instructions) Len(split string) int { return d.split(split).n() }

// Report says what became of the rows of the source.
func (d *Instructions) Report() Report { return d.report }

// String says what the instructions are, in a line.
func (d *Instructions) String() string { return d.Name + ": " + d.report.String() }

// Close ends the use of the files.
func (d *Instructions) Close() error { return errors.Join(d.train.close(), d.val.close()) }
