// Package tokenizer turns text into token ids and back.
//
// A Tokenizer is made from a text and never changes after. Char gives each distinct character of the text an id: small
// models learn from it quickly, and it knows no other characters. BPE starts from the 256 bytes and merges the most
// frequent pairs (Sennrich et al., 2016; byte-level as in GPT-2, Radford et al., 2019): it encodes any bytes at all, and
// decodes them to the same bytes. Both save themselves as a Hugging Face tokenizer.json, which Load reads.
//
// Both carry added tokens, such as "<|endoftext|>": texts that are one id as a whole. A special one is made only by
// EncodeSpecial, which is for text that a program wrote, such as a rendered chat template: Encode takes its spelling for
// ordinary characters, so that what a user types cannot end a turn or begin another's. Add gives a tokenizer more of them.
// Config is what a model's folder says beside (which token ends a text, the chat template); Open and Save read and write
// the folder.
package tokenizer

import (
	"fmt"
	"os"
)

// Tokenizer maps text to ids in [0, Size()) and back. It is safe for use by several goroutines.
type Tokenizer interface {
	// Encode returns the ids of text. Special tokens spelled in it are ordinary text. Characters without an id are left
	// out: Unknown says which those are, EncodeAll makes an error of them.
	Encode(text string) []int
	// EncodeSpecial is Encode that makes one id of each special token in text. Never give it what a user wrote.
	EncodeSpecial(text string) []int
	// Decode returns the text of ids. An id out of range becomes U+FFFD.
	Decode(ids []int) string
	// Size is the number of ids, those of added tokens included.
	Size() int
	// Unknown returns the distinct characters of text that Encode leaves out, in their order; "" when there are none.
	Unknown(text string) string
	// Added returns the added tokens, by id.
	Added() []Token
	// Config returns what the folder of the tokenizer said of it.
	Config() Config
	// Save writes the tokenizer, without its Config, to a file as a Hugging Face tokenizer.json.
	Save(path string) error
}

// Load reads a tokenizer that Save wrote, or a byte-level BPE in the Hugging Face format from elsewhere.
func Load(path string) (Tokenizer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	t, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer %s: %w", path, err)
	}
	return t, nil
}

func save(path string, d document) error {
	b, err := d.encode()
	if err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	return nil
}
