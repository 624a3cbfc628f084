package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// document is what a tokenizer.json says: tokens by id, merges as "left right",
// added tokens, and whether tokens are spelled byte by byte in
// the alphabet of GPT-2.
type document struct {
	vocab     []string
	merges    []string
	byteLevel bool
	added     []Token
}

// orderedVocab writes a vocabulary as a JSON object in the order of the ids.
type orderedVocab []string

// MarshalJSON implements json.Marshaler.
func (v orderedVocab) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for id, token := range v {
		key, err := json.Marshal(token)
		if err != nil {
			return nil, err
		}
		if id > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%d", key, id)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (d document) encode() ([]byte, error) {
	type object = map[string]any
	model := object{
		"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
		"fuse_unk": false, "byte_fallback": false, "vocab": orderedVocab(d.vocab), "merges": append([]string{}, d.merges...),
	}
	file := object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": addedTokens(d.added), "normalizer": nil,
		"pre_tokenizer": nil, "post_processor": nil, "decoder": object{"type": "Fuse"}, "model": model,
	}
	if d.byteLevel {
		level := object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}
		file["pre_tokenizer"], file["decoder"] = level, level
	}
	return json.MarshalIndent(file, "", " ")
}

// addedTokens writes added tokens with all the fields that Hugging Face's library wants.
func addedTokens(tokens []Token) []any {
	list := []any{}
	for _, t := range tokens {
		list = append(list, map[string]any{
			"id": t.ID, "content": t.Text, "special": t.Special, "lstrip": t.LStrip, "rstrip": t.RStrip, "single_word": false, "normalized": false,
		})
	}
	return list
}

// Parse reads a tokenizer.json from memory; see Load.
func Parse(text []byte) (Tokenizer, error) {
	var file struct {
		Added        []Token         `json:"added_tokens"`
		Normalizer   json.RawMessage `json:"normalizer"`
		PreTokenizer *struct {
			Type           string `json:"type"`
			AddPrefixSpace bool   `json:"add_prefix_space"`
			UseRegex       *bool  `json:"use_regex"`
		} `json:"pre_tokenizer"`
		Model struct {
			Type   string            `json:"type"`
			Vocab  map[string]int    `json:"vocab"`
			Merges []json.RawMessage `json:"merges"`
		} `json:"model"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("not a tokenizer.json: %w", err)
	}
	if file.Model.Type != "BPE" {
		return nil, fmt.Errorf("model type is %q, want BPE", file.Model.Type)
	}
	if n := string(file.Normalizer); n != "" && n != "null" {
		return nil, errors.New("it has a normalizer, which is not supported")
	}
	vocab, err := byID(file.Model.Vocab)
	if err != nil {
		return nil, err
	}
	pre := file.PreTokenizer
	if pre == nil {
		if len(file.Model.Merges) > 0 {
			return nil, errors.New("it has merges but no ByteLevel pre-tokenizer, which is not supported")
		}
		return charFrom(vocab, file.Added)
	}
	if pre.Type != "ByteLevel" || pre.AddPrefixSpace || pre.UseRegex != nil && !*pre.UseRegex {
		return nil, errors.New("its pre-tokenizer is not supported, want ByteLevel with add_prefix_space false and use_regex true")
	}
	merges := make([]pairOfTokens, len(file.Model.Merges))
	for i, raw := range file.Model.Merges {
		if merges[i], err = parseMerge(raw); err != nil {
			return nil, fmt.Errorf("merge %d: %w", i, err)
		}
	}
	return bpeFrom(vocab, file.Model.Vocab, merges, file.Added)
}

// byID inverts a vocabulary, whose ids must be 0 to len-1.
func byID(ids map[string]int) ([]string, error) {
	if len(ids) == 0 {
		return nil, errors.New("the vocabulary is empty")
	}
	tokens := make([]string, len(ids))
	taken := make([]bool, len(ids))
	for _, token := range slices.Sorted(maps.Keys(ids)) {
		id := ids[token]
		if id < 0 || id >= len(ids) {
			return nil, fmt.Errorf("token %q has id %d, want 0 to %d", token, id, len(ids)-1)
		}
		if taken[id] {
			return nil, fmt.Errorf("tokens %q and %q both have id %d", tokens[id], token, id)
		}
		tokens[id], taken[id] = token, true
	}
	return tokens, nil
}

func charFrom(vocab []string, tokens []Token) (*Char, error) {
	chars := make([]rune, len(vocab))
	for id, token := range vocab {
		if slices.ContainsFunc(tokens, func(t Token) bool { return t.ID == id }) {
			chars[id] = -1
			continue
		}
		r, n := utf8.DecodeRuneInString(token)
		if n == 0 || n != len(token) {
			return nil, fmt.Errorf("token %q of a tokenizer without merges is not one character", token)
		}
		chars[id] = r
	}
	c := newChar(chars)
	return c, c.set(tokens)
}

type pairOfTokens struct{ left, right string }

// parseMerge reads "left right", or ["left", "right"] as newer files have it.
func parseMerge(raw json.RawMessage) (pairOfTokens, error) {
	var parts []string
	var s string
	if json.Unmarshal(raw, &s) == nil {
		parts = strings.Split(s, " ")
	} else if err := json.Unmarshal(raw, &parts); err != nil {
		return pairOfTokens{}, fmt.Errorf("%.40s is not a pair of tokens", raw)
	}
	if len(parts) != 2 {
		return pairOfTokens{}, fmt.Errorf("%.40s has %d tokens, want 2", raw, len(parts))
	}
	return pairOfTokens{parts[0], parts[1]}, nil
}

func bpeFrom(vocab []string, ids map[string]int, merges []pairOfTokens, tokens []Token) (*BPE, error) {
	b := &BPE{added: added{base: len(vocab)}, ranks: make(map[pair]merge, len(merges))}
	for c, r := range alphabet {
		id, ok := ids[string(r)]
		if !ok {
			return nil, fmt.Errorf("the vocabulary has no token %q for byte %#02x", string(r), c)
		}
		b.bytes[c] = int32(id)
	}
	for _, token := range vocab {
		b.pieces = append(b.pieces, unspell(token))
	}
	for i, m := range merges {
		left, ok1 := ids[m.left]
		right, ok2 := ids[m.right]
		id, ok3 := ids[m.left+m.right]
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("merge %d of %q and %q: a part or the result is not in the vocabulary", i, m.left, m.right)
		}
		p := pair{int32(left), int32(right)}
		if _, dup := b.ranks[p]; dup {
			return nil, fmt.Errorf("merge %d of %q and %q comes twice", i, m.left, m.right)
		}
		b.ranks[p] = merge{int32(i), int32(id)}
		b.merges = append(b.merges, p)
	}
	return b, b.set(tokens)
}

// Save implements Tokenizer.
func (b *BPE) Save(path string) error {
	d := document{byteLevel: true, added: b.tokens}
	for id, p := range b.pieces {
		if text, ok := b.text(id); ok {
			d.vocab = append(d.vocab, text)
		} else {
			d.vocab = append(d.vocab, spell(p))
		}
	}
	for _, p := range b.merges {
		d.merges = append(d.merges, d.vocab[p.left]+" "+d.vocab[p.right])
	}
	return save(path, d)
}

// alphabet is how GPT-2 spells each byte as a visible character: itself where it is one in Latin-1, else from U+0100 on.
var alphabet = func() (a [256]rune) {
	next := rune(256)
	for c := range a {
		switch {
		case c >= '!' && c <= '~', c >= 0xA1 && c <= 0xAC, c >= 0xAE:
			a[c] = rune(c)
		default:
			a[c] = next
			next++
		}
	}
	return a
}()

var unalphabet = func() map[rune]byte {
	m := map[rune]byte{}
	for c, r := range alphabet {
		m[r] = byte(c)
	}
	return m
}()

func spell(piece string) string {
	var b strings.Builder
	for i := range len(piece) {
		b.WriteRune(alphabet[piece[i]])
	}
	return b.String()
}

// unspell is the inverse of spell. A token with other characters, as special tokens may have, stands for its own text.
func unspell(token string) string {
	var b []byte
	for _, r := range token {
		c, ok := unalphabet[r]
		if !ok {
			return token
		}
		b = append(b, c)
	}
	return string(b)
}
