package tokenizer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Char is a tokenizer of characters (Unicode code points).
type Char struct {
	added
	chars []rune       // by id, ascending; -1 where an added token stands
	ids   map[rune]int // the inverse
}

// NewChar returns the tokenizer of the distinct characters of text, numbered in the order of their code points. The text must
// be valid UTF-8: bytes that are not count as U+FFFD and do not come back.
func NewChar(text string) *Char {
	seen := map[rune]bool{}
	var chars []rune
	for _, r := range text {
		if !seen[r] {
			seen[r] = true
			chars = append(chars, r)
		}
	}
	slices.Sort(chars)
	return newChar(chars)
}

func newChar(chars []rune) *Char {
	c := &Char{added: added{base: len(chars)}, chars: chars, ids: make(map[rune]int, len(chars))}
	for id, r := range chars {
		if r >= 0 {
			c.ids[r] = id
		}
	}
	return c
}

// Encode implements Tokenizer.
func (c *Char) Encode(text string) []int { return c.encode(text, false, c.plain) }

// EncodeSpecial implements Tokenizer.
func (c *Char) EncodeSpecial(text string) []int { return c.encode(text, true, c.plain) }

// plain appends the ids of the characters of text.
func (c *Char) plain(ids []int, text string) []int {
	ids = slices.Grow(ids, utf8.RuneCountInString(text))
	for _, r := range text {
		if id, ok := c.ids[r]; ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// Decode implements Tokenizer.
func (c *Char) Decode(ids []int) string {
	var b strings.Builder
	for _, id := range ids {
		if text, ok := c.text(id); ok {
			b.WriteString(text)
		} else if id < 0 || id >= len(c.chars) {
			b.WriteRune(utf8.RuneError)
		} else {
			b.WriteRune(c.chars[id])
		}
	}
	return b.String()
}

// Unknown implements Tokenizer.
func (c *Char) Unknown(text string) string {
	return c.unknown(text, func(text string) string {
		var unknown []rune
		for _, r := range text {
			if _, ok := c.ids[r]; !ok && !slices.Contains(unknown, r) {
				unknown = append(unknown, r)
			}
		}
		return string(unknown)
	})
}

// Save implements Tokenizer. In the file it is a BPE model without merges.
func (c *Char) Save(path string) error {
	vocab := make([]string, len(c.chars))
	for id, r := range c.chars {
		vocab[id] = string(r)
		if text, ok := c.text(id); ok {
			vocab[id] = text
		}
	}
	return save(path, document{vocab: vocab, added: c.tokens})
}
