package gen

import (
	"fmt"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/models"
)

// ChatPrompt is the token ids after which a model answers what a user says, by the tokenizer's chat template, or "plain" where it has none.
func ChatPrompt(tok tokenizer.Tokenizer, says string) ([]int32, error) {
	t, err := chat.For(tok, "")
	if err != nil {
		return nil, err
	}
	return t.Prompt(tok, []chat.Message{{Role: "user", Content: says}})
}

// Answer is what a model answers in a chat that begins with what a user says. In a notebook, interrupting the cell ends it.
func Answer(m models.LM, tok tokenizer.Tokenizer, says string, o Options) (string, error) {
	r, err := Answers(m, tok, []string{says}, o)
	if err != nil {
		return "", err
	}
	return r[0].Text, nil
}

// Answers is Answer of many chats, each Options.Samples times; see Generate.
func Answers(m models.LM, tok tokenizer.Tokenizer, says []string, o Options) ([]Result, error) {
	o.Tokenizer = tok
	prompts := make([][]int32, len(says))
	for i, s := range says {
		var err error
		if prompts[i], err = ChatPrompt(tok, s); err != nil {
			return nil, fmt.Errorf("answer: chat %d: %w", i, err)
		}
	}
	return Generate(display.Context(), m, prompts, o)
}
