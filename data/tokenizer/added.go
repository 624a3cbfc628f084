package tokenizer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is an added token: a text that is one id as a whole, beside what the tokenizer learnt, such as "<|endoftext|>".
type Token struct {
	ID      int    `json:"id"`
	Text    string `json:"content"`
	Special bool   `json:"special"` // found by EncodeSpecial only, left out by DecodeText
	LStrip  bool   `json:"lstrip"`  // takes the blanks before it along
	RStrip  bool   `json:"rstrip"`  // takes the blanks after it along
}

// The special tokens of our own chats. A base model whose tokenizer has them is ready to be taught to answer.
const (
	EndOfText = "<|endoftext|>" // ends a document, pads a row
	System    = "<|system|>"
	User      = "<|user|>"
	Assistant = "<|assistant|>"
	End       = "<|end|>" // ends what one party says
)

// ChatTokens returns the special tokens of our own chats, in the order in which Add gives them ids.
func ChatTokens() []string { return []string{EndOfText, System, User, Assistant, End} }

// added holds the added tokens of a tokenizer and its Config. It never changes once the tokenizer is handed out.
type added struct {
	base   int     // ids of the learnt vocabulary; added tokens come after them, or name one of them
	tokens []Token // by id
	config Config
}

// Added implements Tokenizer.
func (a *added) Added() []Token { return slices.Clone(a.tokens) }

// Config implements Tokenizer.
func (a *added) Config() Config { return a.config }

// Size implements Tokenizer.
func (a *added) Size() int {
	if n := len(a.tokens); n > 0 {
		return max(a.base, a.tokens[n-1].ID+1)
	}
	return a.base
}

// text is the text of an added token.
func (a *added) text(id int) (string, bool) {
	i, ok := slices.BinarySearchFunc(a.tokens, id, func(t Token, id int) int { return cmp.Compare(t.ID, id) })
	if !ok {
		return "", false
	}
	return a.tokens[i].Text, true
}

// maxHoles bounds the ids that a foreign file may leave out between its added tokens.
const maxHoles = 1 << 16

// set takes tokens as the added ones.
func (a *added) set(tokens []Token) error {
	tokens = slices.SortedFunc(slices.Values(tokens), func(s, t Token) int { return cmp.Compare(s.ID, t.ID) })
	seen := map[string]bool{}
	for i, t := range tokens {
		switch {
		case t.Text == "" || !utf8.ValidString(t.Text):
			return fmt.Errorf("added token %d is %q, want a text", t.ID, t.Text)
		case t.ID < 0 || t.ID >= a.base+len(tokens)+maxHoles:
			return fmt.Errorf("added token %q has id %d, far from the vocabulary's %d", t.Text, t.ID, a.base)
		case seen[t.Text] || i > 0 && tokens[i-1].ID == t.ID:
			return fmt.Errorf("added token %q, id %d, comes twice", t.Text, t.ID)
		}
		seen[t.Text] = true
	}
	a.tokens = tokens
	return nil
}

// segment is a part of a text: an added token, or what lies between two.
type segment struct {
	text string // without the token
	id   int    // of the token; -1: none
}

// segments cuts text at added tokens, at the special ones too if special: the leftmost first, of those that begin together the
// longest, as Hugging Face's tokenizers do.
func (a *added) segments(text string, special bool) []segment {
	if !slices.ContainsFunc(a.tokens, func(t Token) bool { return special || !t.Special }) {
		return []segment{{text, -1}}
	}
	var out []segment
	from := 0
	for at := 0; at < len(text); {
		t, ok := a.match(text[at:], special)
		if !ok {
			at++
			continue
		}
		before, rest := text[from:at], text[at+len(t.Text):]
		if t.LStrip {
			before = strings.TrimRightFunc(before, unicode.IsSpace)
		}
		if t.RStrip {
			rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		}
		if before != "" {
			out = append(out, segment{before, -1})
		}
		out = append(out, segment{"", t.ID})
		at = len(text) - len(rest)
		from = at
	}
	if from < len(text) {
		out = append(out, segment{text[from:], -1})
	}
	return out
}

// match finds the longest added token that text begins with.
func (a *added) match(text string, special bool) (best Token, ok bool) {
	for _, t := range a.tokens {
		if (special || !t.Special) && len(t.Text) > len(best.Text) && strings.HasPrefix(text, t.Text) {
			best, ok = t, true
		}
	}
	return best, ok
}

// encode encodes text with added tokens, what lies between them with plain.
func (a *added) encode(text string, special bool, plain func(ids []int, text string) []int) []int {
	ids := make([]int, 0, len(text)/2)
	for _, s := range a.segments(text, special) {
		if s.id >= 0 {
			ids = append(ids, s.id)
		} else {
			ids = plain(ids, s.text)
		}
	}
	return ids
}

// unknown is Unknown of the parts of text that are not added tokens.
func (a *added) unknown(text string, plain func(text string) string) string {
	var b strings.Builder
	for _, s := range a.segments(text, false) {
		for _, r := range plain(s.text) {
			if !strings.ContainsRune(b.String(), r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// Add returns a tokenizer like t that has texts as special tokens too, with ids after all others, and the Config c. A text
// that t has already among its added tokens keeps its id.
func Add(t Tokenizer, texts []string, c Config) (Tokenizer, error) {
	tokens, next := t.Added(), t.Size()
	for _, text := range texts {
		if !slices.ContainsFunc(tokens, func(t Token) bool { return t.Text == text }) {
			tokens = append(tokens, Token{ID: next, Text: text, Special: true})
			next++
		}
	}
	var with Tokenizer
	var err error
	switch t := t.(type) {
	case *Char:
		n := *t
		n.config, err, with = c, n.set(tokens), &n
	case *BPE:
		n := *t
		n.config, err, with = c, n.set(tokens), &n
	default:
		err = fmt.Errorf("a %T takes no added tokens", t)
	}
	if err != nil {
		return nil, fmt.Errorf("add tokens to a tokenizer: %w", err)
	}
	return with, nil
}
