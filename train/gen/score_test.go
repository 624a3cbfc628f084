package gen

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
)

// What greedy decoding chose has the log-probability that it had when it was chosen.
func TestScoreIsWhatGenerationSaw(t *testing.T) {
	m := untrained()
	written, err := Generate(t.Context(), m, ragged(), Options{MaxTokens: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range written {
		n := len(ragged()[r.Prompt])
		all := slices.Concat(ragged()[r.Prompt], r.Tokens)
		scores, err := Score(m, all[:min(16, len(all))])
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range scores[n:] {
			if math.Abs(got-r.LogProbs[i]) > 1e-12 {
				t.Errorf("token %d of prompt %d: score %v, when it was chosen %v", i, r.Prompt, got, r.LogProbs[i])
			}
		}
	}
}

// Other sequences and padding change no bit; and the scores are the logarithms of a softmax over Forward.
func TestScores(t *testing.T) {
	m := untrained()
	m.Train(1, 2) // which Scores ends
	sequences := append(ragged(), slices.Repeat([]int32{4, 9}, 8))
	all, err := Scores(t.Context(), m, sequences, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, ids := range sequences {
		one, err := Score(m, ids)
		if err != nil {
			t.Fatal(err)
		}
		want := m.Forward(models.Batch{Tokens: tensorlib.New(ids, 1, len(ids))}).LogSoftmax()
		for j := range ids {
			switch {
			case j == 0:
				if !math.IsNaN(one[0]) || !math.IsNaN(all[i][0]) {
					t.Errorf("the first of %v has score %v, want NaN", ids, one[0])
				}
			case one[j] != all[i][j]:
				t.Errorf("token %d of %v: %v alone, %v among others", j, ids, one[j], all[i][j])
			case math.Abs(one[j]-want.At(0, j-1, int(ids[j]))) > 1e-5:
				t.Errorf("token %d of %v: %v, the softmax says %v", j, ids, one[j], want.At(0, j-1, int(ids[j])))
			}
		}
	}
	part, err := Scores(t.Context(), m, [][]int32{sequences[1]}, []int{5})
	if err != nil || !math.IsNaN(part[0][4]) || !slices.Equal(part[0][5:], all[1][5:]) {
		t.Errorf("from position 5 on: %v, %v; all: %v", part, err, all[1])
	}
}

func TestScoreText(t *testing.T) {
	s, err := ScoreText(untrained(), letters, "ab")
	if err != nil || len(s) != 2 || s[1].Text != "b" || s[1].ID != letters.Encode("b")[0] || s.Sum() != s[1].LogProb {
		t.Fatalf("%+v, %v", s, err)
	}
	html, _ := s.MIME()["text/html"].(string)
	if !strings.Contains(html, ">a</span>") || !strings.Contains(s.String(), `"b"`) {
		t.Errorf("shown as %q and %q", html, s.String())
	}
}

func TestScoreRefuses(t *testing.T) {
	m := untrained()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Scores(ended, m, [][]int32{{1, 2}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %v", err)
	}
	broken := untrained()
	broken.Norm.Weight.CopyFrom(tensorlib.Full(math.NaN(), 16))
	for want, f := range map[string]func() error{
		"17 tokens, more than the model's context of 16": func() error { _, err := Score(m, make([]int32, 17)); return err },
		"it has no tokens": func() error { _, err := Score(m, nil); return err },
		`never seen: "A"`:  func() error { _, err := ScoreText(m, letters, "aA"); return err },
		"not finite":       func() error { _, err := Score(broken, []int32{1, 2}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
