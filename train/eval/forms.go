package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
)

// asking is how rows become what a model reads.
type asking struct {
	tok      tokenizer.Tokenizer
	template *chat.Template // nil: as they are
}

// question is the row as a question, and how its answer is compared.
func (l *line) question(by asking) (q Question, match Match, err error) {
	if l.Messages != nil {
		q, match, err = l.turns(by)
	} else {
		q, match, err = l.plain(by.template != nil)
		if err == nil && by.template != nil {
			q.Tokens, err = by.tokens([]chat.Message{{Role: "user", Content: q.Prompt}})
		}
	}
	return q, match, err
}

// tokens is what the model reads of messages. There are none when they have characters that the tokenizer does not know.
func (by asking) tokens(messages []chat.Message) ([]int32, error) {
	ids, err := by.template.Prompt(by.tok, messages)
	if unknown := (*tokenizer.UnknownError)(nil); errors.As(err, &unknown) {
		return []int32{}, nil
	}
	return ids, err
}

// plain is a row of text.
func (l *line) plain(talks bool) (Question, Match, error) {
	switch {
	case l.Prompt != nil && l.Choices != nil:
		answer, err := l.choice(l.Choices)
		return Question{Prompt: *l.Prompt, Choices: l.Choices, Expected: answer}, Exact, err
	case l.Prompt != nil && l.Response != nil:
		return Question{Prompt: *l.Prompt, Expected: *l.Response}, Exact, nil
	case l.Question != nil && l.Options != nil:
		return l.letters(talks)
	case l.Question != nil && (l.Golden != nil || l.Answer != nil):
		answer, err := l.answer()
		return Question{Prompt: fmt.Sprintf("Question: %s\nAnswer:", *l.Question), Expected: answer}, Number, err
	}
	return Question{}, "", errors.New(`want "prompt" and "response", "prompt" and "choices", "messages", or "question" with "options" or "answer"`)
}

// answer is what a row gives as its answer, text or number.
func (l *line) answer() (string, error) {
	if l.Golden != nil {
		return *l.Golden, nil
	}
	var text string
	if json.Unmarshal(l.Answer, &text) == nil {
		return text, nil
	}
	var n json.Number
	if err := json.Unmarshal(l.Answer, &n); err != nil || len(l.Answer) == 0 {
		return "", fmt.Errorf("the answer is %.40s, want text or a number", l.Answer)
	}
	return n.String(), nil
}

// choice is the text of the right choice: the answer itself, or the one that it names by a letter or by a number from 0.
func (l *line) choice(choices []string) (string, error) {
	answer, err := l.answer()
	if err != nil {
		return "", err
	}
	var index int
	switch {
	case slices.Contains(choices, answer):
		return answer, nil
	case len(answer) == 1 && answer[0] >= 'A' && int(answer[0]-'A') < len(choices):
		return choices[answer[0]-'A'], nil
	case json.Unmarshal([]byte(answer), &index) == nil && index >= 0 && index < len(choices):
		return choices[index], nil
	}
	return "", fmt.Errorf("the answer %q is none of the choices %q", answer, choices)
}

// letters asks for a letter among the options, as MMLU does. In a chat the letter begins the answer, else it follows a space.
func (l *line) letters(talks bool) (Question, Match, error) {
	if n := len(l.Options); n < 2 || n > 26 {
		return Question{}, "", fmt.Errorf("%d options, want 2 to 26", n)
	}
	space := " "
	if talks {
		space = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Question: %s\n", *l.Question)
	var choices []string
	for i, o := range l.Options {
		fmt.Fprintf(&b, "%c. %s\n", 'A'+i, o)
		choices = append(choices, space+string(rune('A'+i)))
	}
	b.WriteString("Answer:")
	answer, err := l.answer()
	if err != nil {
		return Question{}, "", err
	}
	q := Question{Prompt: b.String(), Choices: choices, Expected: space + answer}
	if !slices.Contains(choices, q.Expected) {
		return Question{}, "", fmt.Errorf("the answer is %q, want a letter up to %s", answer, choices[len(choices)-1])
	}
	return q, Exact, nil
}

// turns is a chat whose last message is asked for.
func (l *line) turns(by asking) (q Question, match Match, err error) {
	n := len(l.Messages) - 1
	if n < 1 || l.Messages[n].Role != "assistant" {
		return q, "", errors.New("want messages of which the last, and not the only one, is the assistant's")
	}
	if by.template == nil {
		return q, "", errors.New("it has messages, and the model has no chat template")
	}
	q.Expected, match = l.Messages[n].Content, Exact
	if len(l.Answer) > 0 {
		if q.Expected, err = l.answer(); err != nil {
			return q, match, err
		}
		match = Number
	}
	if q.Prompt, err = by.template.Render(by.tok, l.Messages[:n], true); err != nil {
		return q, match, err
	}
	q.Tokens, err = by.tokens(l.Messages[:n])
	return q, match, err
}
