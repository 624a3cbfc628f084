package tokenizer

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says which characters of a text have no id.
type UnknownError struct{ Chars string }

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("the tokenizer has no token for %q: it knows the characters of the text it was made from; make it from a text "+
		"with these too, or use tokenizer bpe, which takes any bytes", e.Chars)
}

// EncodeAll is Encode, or EncodeSpecial if special, that leaves nothing out: characters without an id are an *UnknownError.
func EncodeAll(t Tokenizer, text string, special bool) ([]int, error) {
	encode, rest := t.Encode, text
	if special {
		encode = t.EncodeSpecial
		for _, token := range t.Added() {
			rest = strings.ReplaceAll(rest, token.Text, "")
		}
	}
	if unknown := t.Unknown(rest); unknown != "" {
		return nil, &UnknownError{unknown}
	}
	return encode(text), nil
}

// DecodeText is Decode without the special tokens.
func DecodeText(t Tokenizer, ids []int) string {
	special := map[int]bool{}
	for _, token := range t.Added() {
		special[token.ID] = token.Special
	}
	return t.Decode(slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return special[id] }))
}

// ID returns the id of a token by its text: of an added token, or of a text that is one token.
func ID(t Tokenizer, text string) (id int, ok bool) {
	for _, token := range t.Added() {
		if token.Text == text {
			return token.ID, true
		}
	}
	if ids := t.Encode(text); len(ids) == 1 && t.Decode(ids) == text {
		return ids[0], true
	}
	return 0, false
}

// EOS returns the id of the token that ends a document: the Config's, or "<|endoftext|>" where the Config names none.
func EOS(t Tokenizer) (id int, ok bool) {
	if text := t.Config().EOS; text != "" {
		return ID(t, text)
	}
	return ID(t, EndOfText)
}

// Stops returns the ids after which a model has said all: those of generation_config.json, EOS, and "<|end|>" of our own chats.
func Stops(t Tokenizer) []int {
	var stops []int
	for _, id := range t.Config().Stops {
		if id >= 0 && id < t.Size() {
			stops = append(stops, id)
		}
	}
	if id, ok := EOS(t); ok {
		stops = append(stops, id)
	}
	if id, ok := ID(t, End); ok {
		stops = append(stops, id)
	}
	slices.Sort(stops)
	return slices.Compact(stops)
}
