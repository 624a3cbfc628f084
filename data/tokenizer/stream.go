package tokenizer

import "unicode/utf8"

// pieceBytes is about how much text Stream encodes at a time.
const pieceBytes = 1 << 14

// Stream encodes text piece by piece, so that the ids need not all be in memory, and calls on with those of each piece: together they are
// Encode(text). on must not keep them. It ends with the first error of on, which is the only one.
func Stream(t Tokenizer, text string, on func(ids []int32) error) error {
	n := min(len(text), pieceBytes)
	ids, narrow := make([]int, 0, n), make([]int32, 0, n)
	for len(text) > 0 {
		piece := text[:pieceLen(t, text)]
		text = text[len(piece):]
		ids = appendIDs(t, ids[:0], piece)
		narrow = narrow[:0]
		for _, id := range ids {
			narrow = append(narrow, int32(id))
		}
		if err := on(narrow); err != nil {
			return err
		}
	}
	return nil
}

// appendIDs is Encode into a slice that is there, where the tokenizer can.
func appendIDs(t Tokenizer, ids []int, text string) []int {
	switch t := t.(type) {
	case *Char:
		if t.onlySpecial() {
			return t.plain(ids, text)
		}
	case *BPE:
		if t.onlySpecial() {
			return t.plain(ids, text)
		}
	}
	return append(ids, t.Encode(text)...)
}

// onlySpecial reports whether Encode finds no added tokens.
func (a *added) onlySpecial() bool {
	for _, t := range a.tokens {
		if !t.Special {
			return false
		}
	}
	return true
}

// pieceLen is the length of a prefix of text whose ids, followed by those of the rest, are those of text: up to the end of a word of a BPE, of
// a character of a Char.
func pieceLen(t Tokenizer, text string) int {
	n := 0
	switch t := t.(type) {
	case *Char:
		if n = min(pieceBytes, len(text)); !t.onlySpecial() {
			return len(text)
		}
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
	case *BPE:
		if !t.onlySpecial() {
			return len(text)
		}
		for n < len(text) && n < pieceBytes {
			n += nextWord(text[n:])
		}
	default:
		n = len(text)
	}
	return n
}
