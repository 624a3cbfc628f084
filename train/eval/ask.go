package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/train/gen"
)

// Question is what a model is asked.
type Question struct {
	Prompt   string   `json:"prompt"`
	Tokens   []int32  `json:"-"` // what the model reads, when it is not the prompt's plain tokens: a chat, for instance
	Expected string   `json:"expected"`
	Choices  []string `json:"choices,omitempty"` // with them one is chosen, which is right when it is Expected; else the answer is written
	Group    string   `json:"group,omitempty"`   // metrics are given for each group, too
}

// Options say how a model is asked.
type Options struct {
	Match      Match       // compares a written answer with the expected one; "" is Exact
	Normalize  Normalize   // makes choices of different lengths comparable; "" is Raw
	Generation gen.Options // how answers are written; MaxTokens 0: what the longest expected answer needs and eight more, or 256 for Number
	Answered   func(n int) // is called as questions are answered, with how many more were; nil: nobody
}

// Answer is what a model made of a question.
type Answer struct {
	Question   int    `json:"question"` // its number: its place in the call, or that of Generation.Numbers
	Sample     int    `json:"sample"`
	Group      string `json:"group,omitempty"`
	Prompt     string `json:"prompt"`
	Completion string `json:"completion"` // what was written, or chosen
	Expected   string `json:"expected"`
	Correct    bool   `json:"correct"`
	Reason     string `json:"reason"` // why it ended, as in gen.Result; Choice or Unreadable

	Chosen bool               `json:"chosen,omitempty"` // the question has choices
	Scores []float64          `json:"scores,omitempty"` // of the choices: the sum of their tokens' log-probabilities
	By     map[Normalize]bool `json:"by,omitempty"`     // whether the choice is right by each way to compare them
}

// What Answer.Reason is beside gen's reasons.
const (
	Choice     = "choice"     // the likeliest of the choices was taken
	Unreadable = "unreadable" // prompt or choices have characters that the model has never seen, or fill its context
)

// asker is one call of Ask.
type asker struct {
	m         models.LM
	tok       tokenizer.Tokenizer
	questions []Question
	prompts   [][]int32 // what the model reads of each question
	o         Options
	answers   []Answer
	first     []int // the first answer of each question
}

// Ask lets a model answer questions, those with choices and those without. The answers are in the order of the questions, and of the
// samples of each. Questions that are asked in parts, with Generation.Numbers, have the same answers.
func Ask(ctx context.Context, m models.LM, tok tokenizer.Tokenizer, questions []Question, o Options) ([]Answer, error) {
	if err := o.check(questions); err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	a := &asker{m: m, tok: tok, questions: questions, o: o}
	written, chosen := a.sort()
	err := a.write(ctx, written)
	if err == nil {
		err = a.choose(ctx, chosen)
	}
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	return a.answers, nil
}

func (o Options) check(questions []Question) error {
	if err := o.Match.validate(); err != nil {
		return err
	}
	if err := o.Normalize.validate(); err != nil {
		return err
	}
	if n := len(o.Generation.Numbers); o.Generation.Numbers != nil && n != len(questions) {
		return fmt.Errorf("%d numbers for %d questions", n, len(questions))
	}
	for i, q := range questions {
		err := o.Match.accepts(q.Expected)
		if q.Choices != nil {
			err = nil
			if !slices.Contains(q.Choices, q.Expected) {
				err = fmt.Errorf("the expected answer %q is none of its choices %q", q.Expected, q.Choices)
			}
		}
		if err != nil {
			return fmt.Errorf("question %d: %w", i, err)
		}
	}
	return nil
}

// sort makes an answer for each question and sample, and parts the questions by how they are answered.
func (a *asker) sort() (written, chosen []int) {
	for i, q := range a.questions {
		a.first = append(a.first, len(a.answers))
		tokens := q.Tokens
		if tokens == nil {
			tokens, _ = gen.Encode(a.tok, q.Prompt)
		}
		a.prompts = append(a.prompts, tokens)
		samples, reason := max(1, a.o.Generation.Samples), ""
		if q.Choices != nil {
			samples = 1
		}
		switch {
		case len(tokens) == 0 || len(tokens) >= a.m.Context():
			reason = Unreadable
			a.answered(1)
		case q.Choices != nil:
			chosen = append(chosen, i)
		default:
			written = append(written, i)
		}
		for s := range samples {
			a.answers = append(a.answers, Answer{
				Question: a.number(i), Sample: s, Group: q.Group, Prompt: q.Prompt, Expected: q.Expected, Reason: reason, Chosen: q.Choices != nil,
			})
		}
	}
	return written, chosen
}

// encode is the ids of a choice; none when it has characters that the tokenizer does not know.
func (a *asker) encode(text string) []int32 {
	if a.tok.Unknown(text) != "" {
		return nil
	}
	var ids []int32
	for _, id := range a.tok.Encode(text) {
		ids = append(ids, int32(id))
	}
	return ids
}

// number is the number of the question at place i, which does not change when the questions are asked in parts.
func (a *asker) number(i int) int {
	if a.o.Generation.Numbers != nil {
		return a.o.Generation.Numbers[i]
	}
	return i
}

func (a *asker) answered(n int) {
	if a.o.Answered != nil {
		a.o.Answered(n)
	}
}

// write has the questions of these numbers answered in the model's own words.
func (a *asker) write(ctx context.Context, numbers []int) error {
	g := a.o.Generation
	g.Tokenizer, g.Numbers = a.tok, nil
	if g.MaxTokens == 0 {
		g.MaxTokens = a.room()
	}
	var prompts [][]int32
	for _, n := range numbers {
		prompts = append(prompts, a.prompts[n])
		g.Numbers = append(g.Numbers, a.number(n))
	}
	g.Done = func(r gen.Result) {
		if r.Sample == 0 {
			a.answered(1)
		}
	}
	results, err := gen.Generate(ctx, a.m, prompts, g)
	if err != nil {
		return err
	}
	for _, r := range results {
		x := &a.answers[a.first[numbers[r.Prompt]]+r.Sample]
		x.Completion, x.Reason = r.Text, r.Reason
		x.Correct = a.o.Match.Right(r.Text, x.Expected)
	}
	return nil
}

// room is how many tokens an answer may have.
func (a *asker) room() int {
	if a.o.Match == Number {
		return 256
	}
	longest := 0
	for _, q := range a.questions {
		longest = max(longest, len(a.tok.Encode(q.Expected)))
	}
	return longest + 8
}
