package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nextWord is the length in bytes of the first word of text, as GPT-2 cuts text before it merges:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// Written by hand, because Go's regexp has no lookahead and a scan is faster. A byte that is not UTF-8 counts as punctuation.
// text is not empty.
func nextWord(text string) int {
	if n := contraction(text); n > 0 {
		return n
	}
	start := 0
	if text[0] == ' ' && len(text) > 1 {
		start = 1
	}
	kind, _ := kindAt(text[start:])
	if kind != space {
		return start + run(text[start:], kind)
	}
	n := run(text, space)
	if n == len(text) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(text[:n])
	if n > last {
		return n - last // the last blank belongs to the word that follows, or stands alone
	}
	return n
}

var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

func contraction(text string) int {
	if text[0] == '\'' {
		for _, c := range contractions {
			if strings.HasPrefix(text, c) {
				return len(c)
			}
		}
	}
	return 0
}

// kind is a class of characters.
type kind uint8

const (
	letter kind = iota
	number
	space
	other
)

func kindAt(text string) (kind, int) {
	if c := text[0]; c < utf8.RuneSelf {
		return ascii[c], 1
	}
	r, n := utf8.DecodeRuneInString(text)
	return kindOf(r), n
}

func kindOf(r rune) kind {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

var ascii = func() (t [utf8.RuneSelf]kind) {
	for c := range t {
		t[c] = kindOf(rune(c))
	}
	return t
}()

// run is the length of the longest prefix of text that is all of one kind.
func run(text string, want kind) int {
	at := 0
	for at < len(text) {
		k, n := kindAt(text[at:])
		if k != want {
			break
		}
		at += n
	}
	return at
}
