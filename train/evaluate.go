package train

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/eval"
	"github.com/athanor-ml/athanor/train/gen"
	"github.com/athanor-ml/athanor/train/spec"
)

// evaluation is the stage that asks a model the held-out rows, some at each step, and counts the right answers.
type evaluation struct {
	spec      *spec.Evaluate
	seed      uint64
	steps     int
	model     models.LM
	tok       tokenizer.Tokenizer
	questions []eval.Question
	answers   []eval.Answer // so far: the cursor
}

// prepareEvaluate reads the rows and says how many steps they give.
func prepareEvaluate(env Env) (name string, steps int, err error) {
	e := env.Run.Evaluate
	if _, _, err := openBase(env.Inputs[modelPart], e.Data.Template); err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	x, err := data.ReadExamples(e.Data, env.DataDir)
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	if len(x.Val) == 0 {
		return "", 0, fmt.Errorf("%w: %s has no held-out rows: lower data.train", ErrInput, e.Data.Source)
	}
	var texts []string
	for _, row := range x.Val {
		for _, m := range row.Messages {
			texts = append(texts, m.Role, m.Content)
		}
	}
	return hashTexts(texts), (len(x.Val) + e.Batch - 1) / e.Batch, nil
}

// newEvaluate opens the model and lays out the questions.
func newEvaluate(env Env) (Stage, error) {
	e := env.Run.Evaluate
	s := &evaluation{spec: e, seed: env.Run.Seed, steps: env.Steps}
	var err error
	if s.model, s.tok, err = openBase(env.Inputs[modelPart], e.Data.Template); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	x, err := data.ReadExamples(e.Data, env.DataDir)
	if err == nil {
		s.questions, err = questions(s.tok, e.Data.Template, x.Val)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	s.model.Eval()
	return s, nil
}

// questions are examples as a model reads them, by its chat template.
func questions(tok tokenizer.Tokenizer, template string, examples []data.Example) ([]eval.Question, error) {
	t, err := chat.For(tok, template)
	if err != nil {
		return nil, err
	}
	out := make([]eval.Question, len(examples))
	for i, x := range examples {
		ids, err := t.Prompt(tok, x.Prompt())
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		last := x.Prompt()[len(x.Prompt())-1]
		out[i] = eval.Question{Prompt: last.Content, Tokens: ids, Expected: x.Response(), Group: x.Kind}
	}
	return out, nil
}

// Step asks the next questions. An answer is a function of the seed, the question's number and the sample's.
func (s *evaluation) Step(ctx context.Context, step int) (Values, error) {
	first := (step - 1) * s.spec.Batch
	part := s.questions[min(first, len(s.questions)):min(first+s.spec.Batch, len(s.questions))]
	numbers := make([]int, len(part))
	for i := range numbers {
		numbers[i] = first + i
	}
	answers, err := eval.Ask(ctx, s.model, s.tok, part, eval.Options{Generation: gen.Options{
		MaxTokens: s.spec.MaxTokens, Temperature: s.spec.Temperature, TopK: s.spec.TopK, TopP: s.spec.TopP, Samples: s.spec.Samples,
		Seed: s.seed, Rows: s.spec.Batch, Numbers: numbers, EOS: tokenizer.Stops(s.tok),
	}})
	if err != nil {
		return nil, err
	}
	for i := range answers {
		answers[i].Question += first
	}
	s.answers = append(s.answers[:min(len(s.answers), first*s.spec.Samples)], answers...)
	return Values{"exactMatch": eval.Metrics(s.answers)["exactMatch"]}, nil
}

// Eval is what the answers so far come to, over all rows and for each kind of them, with the interval of Wilson (95 %).
func (s *evaluation) Eval(context.Context, int) (Values, error) { return eval.Metrics(s.answers), nil }

// Checkpoint is the answers so far.
func (s *evaluation) Checkpoint() ckpt.Parts { return ckpt.Parts{Cursor: &s.answers} }

// Outputs is the report: all answers, one a line.
func (s *evaluation) Outputs() map[string]func(dir string) error {
	return map[string]func(dir string) error{"report": func(dir string) error {
		return eval.WriteReport(filepath.Join(dir, "answers.jsonl"), s.answers)
	}}
}

// Close has nothing to give back.
func (s *evaluation) Close() error { return nil }
