package gen

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
)

// What is scored at a time, padding among it, unless one sequence has more.
const (
	scoreTokens = 4096
	scoreFloats = 16 << 20 // logits: 64 MB
)

// Score is the log-probability, in nats, of each token given those before it. The first has none: its score is NaN. The sequence
// must fit the model's context.
func Score(m models.LM, ids []int32) ([]float64, error) {
	scores, err := Scores(context.Background(), m, [][]int32{ids}, nil)
	if err != nil {
		return nil, err
	}
	return scores[0], nil
}

// Scores is Score of many sequences, several at a time, padded on the right. Of sequence i the tokens before from[i] get NaN and cost
// less; a nil from stands for zeros.
func Scores(ctx context.Context, m models.LM, sequences [][]int32, from []int) ([][]float64, error) {
	out := make([][]float64, len(sequences))
	order := make([]int, len(sequences)) // the longest first, so that there is little padding
	for i, ids := range sequences {
		if err := checkIDs(m, ids); err != nil {
			return nil, fmt.Errorf("score: sequence %d: %w", i, err)
		}
		if len(ids) > m.Context() {
			return nil, fmt.Errorf("score: sequence %d has %d tokens, more than the model's context of %d: cut it", i, len(ids), m.Context())
		}
		order[i] = i
		out[i] = make([]float64, len(ids))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(sequences[b]), len(sequences[a])) })
	m.Eval()
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("score: %w", err)
		}
		T := len(sequences[order[0]])
		n := min(len(order), max(1, min(scoreTokens, scoreFloats/m.Vocab())/T))
		if err := scoreBatch(m, sequences, from, order[:n], T, out); err != nil {
			return nil, fmt.Errorf("score: %w", err)
		}
		order = order[n:]
	}
	return out, nil
}

// scoreBatch scores the sequences of these numbers, none longer than T.
func scoreBatch(m models.LM, sequences [][]int32, from []int, numbers []int, T int, out [][]float64) error {
	B := len(numbers)
	tokens := make([]int32, B*T) // token 0 is the padding: nothing sees it
	for b, i := range numbers {
		copy(tokens[b*T:], sequences[i])
	}
	var logits []float32
	tensorlib.Scope(func() {
		tensorlib.NoGrad(func() {
			logits = m.Forward(models.Batch{Tokens: tensorlib.New(tokens, B, T)}).Float32s() // (B, T, V)
		})
	})
	V := m.Vocab()
	for b, i := range numbers {
		first := 0
		if from != nil {
			first = from[i]
		}
		for t, id := range sequences[i] {
			if t == 0 || t < first {
				out[i][t] = math.NaN()
				continue
			}
			row := logits[(b*T+t-1)*V:][:V]
			if out[i][t] = float64(row[id]) - logSumExp(row); math.IsNaN(out[i][t]) {
				return errDiverged
			}
		}
	}
	return nil
}

// logSumExp is log Σ exp(x).
func logSumExp(x []float32) float64 {
	top := float64(slices.Max(x))
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}
