package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/athanor-ml/athanor/data/tokenizer"
)

// ErrNothingTrained is returned by Tokenize when no token of a conversation would be trained: the assistant says nothing, or the
// template shows nothing of it.
var ErrNothingTrained = errors.New("no token of the conversation would be trained: the assistant says nothing in it, or the template leaves it out")

// ErrNoStop is returned by Tokenize when the template ends what the assistant says with no special token of the tokenizer: a model
// that is trained so never stops.
var ErrNoStop = errors.New("the template ends what the assistant says with no special token of this tokenizer, so the model would not learn to stop")

// ErrNotPrefix is returned by Tokenize when a template without {% generation %} rewrites earlier turns when later ones come, so that what
// the assistant says cannot be told from the rest.
var ErrNotPrefix = errors.New("the template changes earlier turns when later ones come: mark what the assistant says with {% generation %} in it")

// Render lays out a conversation as text, with the assistant's header at the end if generate.
func (t *Template) Render(tok tokenizer.Tokenizer, messages []Message, generate bool) (string, error) {
	return t.render(messages, generate, variables(tok))
}

// Prompt returns the tokens after which the assistant speaks next.
func (t *Template) Prompt(tok tokenizer.Tokenizer, messages []Message) ([]int32, error) {
	safe, err := disarm(tok, messages)
	if err != nil {
		return nil, err
	}
	text, err := t.render(safe, true, variables(tok))
	if err != nil {
		return nil, err
	}
	ids, err := encode(tok, text)
	if err != nil {
		return nil, fmt.Errorf("chat template %s: %w", t.name, err)
	}
	return ids, nil
}

// Tokenize returns the tokens of a conversation, and which of them are trained: what the assistant says, and the token that ends it.
// What it says stands in {% generation %} in the template; in templates without, it is found by rendering the
// conversation up to each answer and with it. The tokens before an answer are those that Prompt returns for the messages before it.
func (t *Template) Tokenize(tok tokenizer.Tokenizer, messages []Message) (ids []int32, trained []bool, err error) {
	fail := func(err error) ([]int32, []bool, error) {
		return nil, nil, fmt.Errorf("chat template %s: %w", t.name, err)
	}
	if !slices.ContainsFunc(messages, func(m Message) bool { return m.Role == "assistant" && strings.TrimSpace(m.Content) != "" }) {
		return fail(ErrNothingTrained)
	}
	parts, err := t.parts(tok, messages)
	if err != nil {
		return nil, nil, err
	}
	var answers [][2]int // spans of ids
	for _, p := range parts {
		start := len(ids)
		part, err := encode(tok, p.text)
		if err != nil {
			return fail(err)
		}
		ids = append(ids, part...)
		if p.answer {
			answers = append(answers, [2]int{start, len(ids)})
		}
	}
	if len(answers) == 0 {
		return fail(ErrNothingTrained)
	}
	trained = make([]bool, len(ids))
	end := endOfAnswer(tok)
	for _, span := range answers {
		to := end(ids, span[0], span[1])
		if to < 0 {
			return fail(ErrNoStop)
		}
		for i := span[0]; i < to; i++ {
			trained[i] = true
		}
	}
	return ids, trained, nil
}

// endOfAnswer returns a function that finds where training ends in ids[from:to], which the template gives as an answer: after the last
// stop token in it, after one that follows it, or after a special token that only blanks follow; -1 when there is none.
func endOfAnswer(tok tokenizer.Tokenizer) func(ids []int32, from, to int) int {
	stops := map[int32]bool{}
	for _, id := range tokenizer.Stops(tok) {
		stops[int32(id)] = true
	}
	special := map[int32]bool{}
	for _, token := range tok.Added() {
		special[int32(token.ID)] = token.Special
	}
	return func(ids []int32, from, to int) int {
		for i := to - 1; i >= from; i-- {
			if stops[ids[i]] {
				return i + 1
			}
		}
		if to < len(ids) && stops[ids[to]] {
			return to + 1
		}
		for i := to - 1; i >= from; i-- {
			if special[ids[i]] {
				return i + 1
			}
			if strings.TrimSpace(tok.Decode([]int{int(ids[i])})) != "" {
				break
			}
		}
		return -1
	}
}

// part is a piece of a rendered conversation.
type part struct {
	text   string
	answer bool
}

// parts renders a conversation and cuts it where an answer begins and ends.
func (t *Template) parts(tok tokenizer.Tokenizer, messages []Message) ([]part, error) {
	messages, err := disarm(tok, messages)
	if err != nil {
		return nil, fmt.Errorf("chat template %s: %w", t.name, err)
	}
	vars := variables(tok)
	if !t.marks {
		return t.partsByPrefix(messages, vars)
	}
	vars[markVar] = true
	text, err := t.render(messages, false, vars)
	if err != nil {
		return nil, err
	}
	var parts []part
	for text != "" {
		before, rest, found := strings.Cut(text, spanStart)
		parts = append(parts, part{before, false})
		if found {
			var answer string
			answer, rest, _ = strings.Cut(rest, spanEnd)
			parts = append(parts, part{answer, true})
		}
		text = rest
	}
	return parts, nil
}

// partsByPrefix is parts for a template without {% generation %}.
func (t *Template) partsByPrefix(messages []Message, vars map[string]any) ([]part, error) {
	whole, err := t.render(messages, false, vars)
	if err != nil {
		return nil, err
	}
	var parts []part
	at := 0
	for i, m := range messages {
		if m.Role != "assistant" {
			continue
		}
		before, err := t.render(messages[:i], true, vars)
		if err != nil {
			return nil, err
		}
		with, err := t.render(messages[:i+1], false, vars)
		if err != nil {
			return nil, err
		}
		end := commonPrefix(with, whole)
		if len(before) < at || !strings.HasPrefix(whole, before) || end < len(before) {
			return nil, fmt.Errorf("chat template %s: %w", t.name, ErrNotPrefix)
		}
		parts = append(parts, part{whole[at:len(before)], false}, part{whole[len(before):end], true})
		at = end
	}
	return append(parts, part{whole[at:], false}), nil
}

// commonPrefix is the length of what two texts begin with alike, in whole characters.
func commonPrefix(a, b string) int {
	n := 0
	for i, r := range a {
		if !strings.HasPrefix(b[i:], string(r)) {
			break
		}
		n = i + len(string(r))
	}
	return n
}

// variables are what a template knows of the tokenizer.
func variables(tok tokenizer.Tokenizer) map[string]any {
	c := tok.Config()
	if id, ok := tokenizer.EOS(tok); ok && c.EOS == "" {
		c.EOS = tok.Decode([]int{id})
	}
	vars := map[string]any{}
	for name, text := range map[string]string{"bos_token": c.BOS, "eos_token": c.EOS, "pad_token": c.PAD, "unk_token": c.UNK} {
		if text != "" {
			vars[name] = text
		}
	}
	return vars
}

// disarm breaks up every special token that is spelled in a message, so that it stays text: what a user types must not end a turn.
func disarm(tok tokenizer.Tokenizer, messages []Message) ([]Message, error) {
	messages = slices.Clone(messages)
	for i := range messages {
		m := &messages[i]
		for _, text := range []string{m.Role, m.Content} {
			if strings.ContainsAny(text, broken+spanStart+spanEnd) {
				return nil, fmt.Errorf("message %d has one of the characters U+FDD0 to U+FDD2, which stand in no text", i)
			}
			if !utf8.ValidString(text) {
				return nil, fmt.Errorf("message %d is not UTF-8", i)
			}
		}
		for _, token := range tok.Added() {
			if token.Special {
				_, first := utf8.DecodeRuneInString(token.Text)
				apart := token.Text[:first] + broken + token.Text[first:]
				m.Role, m.Content = strings.ReplaceAll(m.Role, token.Text, apart), strings.ReplaceAll(m.Content, token.Text, apart)
			}
		}
	}
	return messages, nil
}

// encode encodes what a template has rendered.
func encode(tok tokenizer.Tokenizer, text string) ([]int32, error) {
	var ids []int32
	for piece := range strings.SplitSeq(text, broken) {
		part, err := tokenizer.EncodeAll(tok, piece, true)
		if err != nil {
			return nil, err
		}
		for _, id := range part {
			ids = append(ids, int32(id))
		}
	}
	return ids, nil
}
