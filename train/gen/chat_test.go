package gen

import (
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models/gpt"
)

// chatty is a tokenizer with the tokens of chats and a model for it.
func chatty(t *testing.T) (*gpt.Model, tokenizer.Tokenizer) {
	t.Helper()
	tok, err := tokenizer.Add(letters, tokenizer.ChatTokens(), tokenizer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m := gpt.New(gpt.Config{Vocab: tok.Size(), Context: 32, Layers: 2, Heads: 2, Embed: 16}, 5)
	for _, p := range m.Params() {
		if p.Value.Rank() == 2 {
			p.Value.ScaleInPlace(8)
		}
	}
	return m, tok
}

// An answer follows the user's turn and the assistant's token, ends with the token that ends a turn, and its text has no special tokens.
func TestAnswers(t *testing.T) {
	m, tok := chatty(t)
	o := Options{MaxTokens: 20, Temperature: 3, Samples: 40}
	got, err := Answers(m, tok, []string{"hi", "who"}, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Tokenizer = tok
	want, err := Generate(t.Context(), m, [][]int32{
		int32s(tok.EncodeSpecial("<|user|>hi<|end|><|assistant|>")), int32s(tok.EncodeSpecial("<|user|>who<|end|><|assistant|>")),
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	ended, special := 0, 0
	stops := tokenizer.Stops(tok)
	for i, r := range got {
		if !slices.Equal(r.Tokens, want[i].Tokens) {
			t.Errorf("answer %d is %v, want %v", i, r.Tokens, want[i].Tokens)
		}
		last := int(r.Tokens[len(r.Tokens)-1])
		if r.Reason == EndOfSequence {
			ended++
		}
		if (r.Reason == EndOfSequence) != slices.Contains(stops, last) {
			t.Errorf("answer %d ends with token %d because of %q", i, last, r.Reason)
		}
		for _, id := range r.Tokens {
			if int(id) >= letters.Size() {
				special++
			}
		}
		if strings.ContainsAny(r.Text, "<|>") {
			t.Errorf("answer %d has special tokens in its text: %q", i, r.Text)
		}
	}
	if ended == 0 || special <= ended {
		t.Errorf("%d answers ended by themselves, with %d special tokens in all: the test sees nothing", ended, special)
	}
	one, err := Answer(m, tok, "hi", Options{MaxTokens: 5})
	greedy, _ := Answers(m, tok, []string{"hi"}, Options{MaxTokens: 5})
	if err != nil || one != greedy[0].Text {
		t.Errorf("%q, %v; want %q", one, err, greedy[0].Text)
	}
}

func TestAnswersRefuse(t *testing.T) {
	m, tok := chatty(t)
	if _, err := Answer(m, tok, "HI", Options{}); err == nil || !strings.Contains(err.Error(), `no token for "HI"`) {
		t.Errorf("characters without tokens: %v", err)
	}
	if _, err := Answer(untrained(), letters, "hi", Options{}); err == nil {
		t.Error("a tokenizer without the tokens of chats is no error")
	}
}

// Texts of a tokenizer that says so begin with BOS; it is a token as any other, and scores begin after it.
func TestBOS(t *testing.T) {
	m, tok := chatty(t)
	with, err := tokenizer.Add(tok, nil, tokenizer.Config{BOS: tokenizer.EndOfText, AddBOS: true})
	if err != nil {
		t.Fatal(err)
	}
	bos, _ := tokenizer.ID(with, tokenizer.EndOfText)
	if ids, err := Encode(with, "ab"); err != nil || !slices.Equal(ids, append([]int32{int32(bos)}, int32s(letters.Encode("ab"))...)) {
		t.Errorf("ids %v, %v", ids, err)
	}
	s, err := ScoreText(m, with, "ab")
	if err != nil || len(s) != 3 || s[0].ID != bos {
		t.Errorf("scored %v, %v; want BOS and two letters", s, err)
	}
}
