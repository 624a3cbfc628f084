package gen

import (
	"fmt"
	"math"
	"strings"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/models"
)

// Token is a token of a text with its log-probability in nats, NaN for the first.
type Token struct {
	ID      int
	Text    string
	LogProb float64
}

// Scored is a text, token by token. A cell shows it with each token as red as it surprised the model.
type Scored []Token

// ScoreText is Score of a text, after BOS if the tokenizer's texts begin with it.
func ScoreText(m models.LM, tok tokenizer.Tokenizer, text string) (Scored, error) {
	if u := tok.Unknown(text); u != "" {
		return nil, fmt.Errorf("score: the text has characters that the model has never seen: %q", u)
	}
	return ScoreTokens(m, tok, begin(tok, text))
}

// ScoreTokens is Score with the text of each token; without a tokenizer, nil, they have none.
func ScoreTokens(m models.LM, tok tokenizer.Tokenizer, ids []int32) (Scored, error) {
	logProbs, err := Score(m, ids)
	if err != nil {
		return nil, err
	}
	s := make(Scored, len(ids))
	for i, id := range ids {
		s[i] = Token{ID: int(id), LogProb: logProbs[i]}
		if tok != nil {
			s[i].Text = tok.Decode([]int{int(id)})
		}
	}
	return s, nil
}

// Sum is the log-probability of all tokens after the first.
func (s Scored) Sum() (sum float64) {
	for i := 1; i < len(s); i++ {
		sum += s[i].LogProb
	}
	return sum
}

// String is a line a token.
func (s Scored) String() string {
	var b strings.Builder
	for _, t := range s {
		score := "     "
		if !math.IsNaN(t.LogProb) {
			score = fmt.Sprintf("%5.2f", t.LogProb)
		}
		fmt.Fprintf(&b, "%s  %q\n", score, t.Text)
	}
	return b.String()
}

// MIME is the text in colours.
func (s Scored) MIME() map[string]any {
	var b strings.Builder
	b.WriteString(`<div style="white-space: pre-wrap">`)
	for i, t := range s {
		surprise, title := 0.0, "the first token"
		if i > 0 {
			surprise, title = min(1, -t.LogProb/8), fmt.Sprintf("%.2f", t.LogProb)
		}
		fmt.Fprintf(&b, `<span title="%s" style="background: rgba(220, 60, 40, %.2f)">%s</span>`, title, surprise, display.Escape(t.Text))
	}
	b.WriteString("</div>")
	return map[string]any{"text/plain": s.String(), "text/html": b.String()}
}
