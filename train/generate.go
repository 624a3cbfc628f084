package train

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/gen"
	"github.com/athanor-ml/athanor/train/spec"
)

// generation is the stage that lets a model continue prompts, some at each step.
type generation struct {
	spec    *spec.Generate
	seed    uint64
	model   models.LM
	tok     tokenizer.Tokenizer
	texts   []string
	prompts [][]int32
	samples []Sample // so far: the cursor
}

// Sample is what a model has written.
type Sample struct {
	Prompt     string    `json:"prompt"`
	Completion string    `json:"completion"`
	Tokens     []int32   `json:"tokens"`
	LogProbs   []float64 `json:"logProbs"` // of each token under the distribution that it was drawn from
	Reason     string    `json:"reason"`   // why it ended: "stop", "length", "context"
}

// prepareGenerate reads the prompts and says how many steps they give.
func prepareGenerate(env Env) (name string, steps int, err error) {
	g := env.Run.Generate
	if _, err := models.Open(env.Inputs[modelPart]); err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	texts, err := readPrompts(g.Prompts)
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return hashTexts(texts), (len(texts) + g.Batch - 1) / g.Batch, nil
}

// readPrompts reads prompts, one a line, or the "prompt" of each line of JSON.
func readPrompts(t spec.Text) ([]string, error) {
	if t.Source == "" {
		return []string{t.Text}, nil
	}
	info, err := os.Stat(t.Source)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", t.Source)
	}
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	text, err := os.ReadFile(t.Source)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	var all []string
	scan := bufio.NewScanner(bytes.NewReader(text))
	scan.Buffer(nil, 16<<20)
	for n := 1; scan.Scan(); n++ {
		line := scan.Text()
		if strings.HasSuffix(t.Source, ".jsonl") {
			var row struct {
				Prompt *string `json:"prompt"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil || row.Prompt == nil {
				return nil, fmt.Errorf("prompts: %s:%d: want an object with \"prompt\", a text", t.Source, n)
			}
			line = *row.Prompt
		}
		if line != "" {
			all = append(all, line)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("prompts: %s: %w", t.Source, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("prompts: %s holds none", t.Source)
	}
	return all, nil
}

// newGenerate opens the model and lays out the prompts.
func newGenerate(env Env) (Stage, error) {
	s := &generation{spec: env.Run.Generate, seed: env.Run.Seed}
	if err := s.open(env.Inputs[modelPart]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return s, nil
}

func (s *generation) open(dir string) (err error) {
	if s.spec.Prompts.Chat {
		s.model, s.tok, err = openBase(dir, "")
	} else {
		s.model, s.tok, err = OpenModel(dir)
	}
	if err != nil {
		return err
	}
	if s.texts, err = readPrompts(s.spec.Prompts); err != nil {
		return err
	}
	for i, text := range s.texts {
		ids, err := promptIDs(s.tok, text, s.spec.Prompts.Chat)
		if err != nil {
			return fmt.Errorf("prompt %d: %w", i+1, err)
		}
		if len(ids) >= s.model.Context() {
			return fmt.Errorf("prompt %d has %d tokens, the context is %d: shorten it", i+1, len(ids), s.model.Context())
		}
		s.prompts = append(s.prompts, ids)
	}
	s.model.Eval()
	return nil
}

// promptIDs is a prompt as a model reads it.
func promptIDs(tok tokenizer.Tokenizer, text string, asChat bool) ([]int32, error) {
	if asChat {
		t, err := chat.For(tok, "")
		if err != nil {
			return nil, err
		}
		return t.Prompt(tok, []chat.Message{{Role: "user", Content: text}})
	}
	if unknown := tok.Unknown(text); unknown != "" {
		return nil, fmt.Errorf("the model has never seen the characters %q", unknown)
	}
	var ids []int32
	for _, id := range tok.Encode(text) {
		ids = append(ids, int32(id))
	}
	return ids, nil
}

// Step continues the next prompts. A sample is a function of the seed, the prompt's number and the sample's.
func (s *generation) Step(ctx context.Context, step int) (Values, error) {
	first := (step - 1) * s.spec.Batch
	part := s.prompts[min(first, len(s.prompts)):min(first+s.spec.Batch, len(s.prompts))]
	o := gen.Options{
		MaxTokens: s.spec.MaxTokens, Temperature: s.spec.Temperature, TopK: s.spec.TopK, TopP: s.spec.TopP, Samples: s.spec.Samples,
		Seed: s.seed, Rows: s.spec.Batch, EOS: tokenizer.Stops(s.tok), Tokenizer: s.tok,
	}
	if s.spec.Stop != "" {
		o.Stop = []string{s.spec.Stop}
	}
	for i := range part {
		o.Numbers = append(o.Numbers, first+i)
	}
	results, err := gen.Generate(ctx, s.model, part, o)
	if err != nil {
		return nil, err
	}
	s.samples = s.samples[:min(len(s.samples), first*s.spec.Samples)]
	for _, r := range results {
		s.samples = append(s.samples, Sample{
			Prompt: s.texts[first+r.Prompt], Completion: r.Text, Tokens: r.Tokens, LogProbs: r.LogProbs, Reason: r.Reason,
		})
	}
	return s.measure(), nil
}

// measure is how many samples there are, and how long they are on average.
func (s *generation) measure() Values {
	tokens := 0
	for _, x := range s.samples {
		tokens += len(x.Tokens)
	}
	return Values{"samples": float64(len(s.samples)), "meanTokens": float64(tokens) / float64(max(len(s.samples), 1))}
}

// Eval is the measure of all samples.
func (s *generation) Eval(context.Context, int) (Values, error) { return s.measure(), nil }

// Checkpoint is the samples so far.
func (s *generation) Checkpoint() ckpt.Parts { return ckpt.Parts{Cursor: &s.samples} }

// Outputs is the samples, one a line.
func (s *generation) Outputs() map[string]func(dir string) error {
	return map[string]func(dir string) error{"samples": func(dir string) error {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		for _, x := range s.samples {
			if err := enc.Encode(x); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(dir, "samples.jsonl"), b.Bytes(), 0o600)
	}}
}

// Close has nothing to give back.
func (s *generation) Close() error { return nil }
