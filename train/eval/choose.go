package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/athanor-ml/athanor/train/gen"
)

// Normalize is how the log-probabilities of choices of different lengths are compared.
type Normalize string

// The ways to compare choices.
const (
	Raw      Normalize = "raw"      // the sum of the tokens' log-probabilities
	PerByte  Normalize = "perByte"  // divided by the bytes of the choice
	PerToken Normalize = "perToken" // divided by its tokens
)

var ways = []Normalize{Raw, PerByte, PerToken}

func (n Normalize) validate() error {
	if n != "" && !slices.Contains(ways, n) {
		return fmt.Errorf("normalize is %q, want one of %q", n, ways)
	}
	return nil
}

// atOnce is how many questions with choices are scored together.
const atOnce = 64

// choose takes the likeliest choice of each of the questions of these numbers. A choice is encoded by itself and put after the prompt.
func (a *asker) choose(ctx context.Context, numbers []int) error {
	for part := range slices.Chunk(numbers, atOnce) {
		var sequences [][]int32
		var from []int
		for _, n := range part {
			prompt := a.prompts[n]
			for _, ids := range a.choices(n) {
				sequences = append(sequences, slices.Concat(prompt, ids))
				from = append(from, len(prompt))
			}
		}
		scores, err := gen.Scores(ctx, a.m, sequences, from)
		if err != nil {
			return err
		}
		for _, n := range part {
			k := len(a.choices(n))
			a.take(n, scores[:k])
			scores = scores[k:]
			a.answered(1)
		}
	}
	return nil
}

// choices is the ids of the choices of question n; none when the model cannot read one of them.
func (a *asker) choices(n int) [][]int32 {
	var all [][]int32
	for _, c := range a.questions[n].Choices {
		ids := a.encode(c)
		if len(ids) == 0 || len(a.prompts[n])+len(ids) > a.m.Context() {
			return nil
		}
		all = append(all, ids)
	}
	return all
}

// take answers question n from the log-probabilities of the tokens of each of its choices, those of the prompt before them.
func (a *asker) take(n int, scores [][]float64) {
	q, x := &a.questions[n], &a.answers[a.first[n]]
	if len(scores) == 0 {
		x.Reason = Unreadable
		return
	}
	values := map[Normalize][]float64{}
	for i, s := range scores {
		sum := 0.0
		for _, logProb := range s[len(a.prompts[n]):] {
			sum += logProb
		}
		values[Raw] = append(values[Raw], sum)
		values[PerByte] = append(values[PerByte], sum/float64(len(q.Choices[i])))
		values[PerToken] = append(values[PerToken], sum/float64(len(s)-len(a.prompts[n])))
	}
	best := func(way Normalize) string { return q.Choices[slices.Index(values[way], slices.Max(values[way]))] }
	x.Reason, x.Scores, x.By = Choice, values[Raw], map[Normalize]bool{}
	for _, way := range ways {
		x.By[way] = best(way) == q.Expected
	}
	way := a.o.Normalize
	if way == "" {
		way = Raw
	}
	x.Completion, x.Correct = best(way), x.By[way]
}
