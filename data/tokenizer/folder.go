package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Config is what a model's folder says of its tokenizer beside tokenizer.json. Zero fields are not said.
type Config struct {
	BOS, EOS, PAD, UNK string // texts of the tokens that begin, end and pad a sequence, and of the unknown one
	AddBOS             bool   // a text, but not a rendered chat, begins with BOS
	ChatTemplate       string // Jinja
	Stops              []int  // ids that end an answer, of generation_config.json
}

// The files of a folder.
const (
	File           = "tokenizer.json"
	configFile     = "tokenizer_config.json"
	mapFile        = "special_tokens_map.json"
	generationFile = "generation_config.json"
	templateFile   = "chat_template.jinja"
)

// Open reads the tokenizer of a model's folder: tokenizer.json, and what is there of tokenizer_config.json,
// special_tokens_map.json, generation_config.json and chat_template.jinja.
func Open(dir string) (Tokenizer, error) {
	t, err := Load(filepath.Join(dir, File))
	if err != nil {
		return nil, err
	}
	c, err := readConfig(dir)
	if err != nil {
		return nil, fmt.Errorf("open tokenizer: %w", err)
	}
	return Add(t, nil, c)
}

// names is where tokenizer_config.json and special_tokens_map.json agree.
type names struct {
	BOS *name `json:"bos_token"`
	EOS *name `json:"eos_token"`
	PAD *name `json:"pad_token"`
	UNK *name `json:"unk_token"`
}

// name is a token's text: a string, null, or an object with the text as "content".
type name string

// UnmarshalJSON implements json.Unmarshaler.
func (n *name) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		var object struct{ Content string }
		err := json.Unmarshal(b, &object)
		*n = name(object.Content)
		return err
	}
	return json.Unmarshal(b, (*string)(n))
}

func readConfig(dir string) (c Config, err error) {
	var said, mapped names
	var file struct {
		AddBOS   bool     `json:"add_bos_token"`
		Template template `json:"chat_template"`
	}
	var generation struct {
		EOS oneOrMore `json:"eos_token_id"`
	}
	err = errors.Join(readJSON(dir, configFile, &said, &file), readJSON(dir, mapFile, &mapped), readJSON(dir, generationFile, &generation))
	if err != nil {
		return c, err
	}
	pick := func(to *string, from ...*name) {
		for _, n := range from {
			if n != nil && *to == "" {
				*to = string(*n)
			}
		}
	}
	pick(&c.BOS, said.BOS, mapped.BOS)
	pick(&c.EOS, said.EOS, mapped.EOS)
	pick(&c.PAD, said.PAD, mapped.PAD)
	pick(&c.UNK, said.UNK, mapped.UNK)
	c.AddBOS, c.ChatTemplate, c.Stops = file.AddBOS, string(file.Template), generation.EOS
	b, err := os.ReadFile(filepath.Join(dir, templateFile))
	if err == nil {
		c.ChatTemplate = string(b)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c, err
}

// readJSON reads a file of the folder, which need not be there, into each of the targets.
func readJSON(dir, file string, targets ...any) error {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, target := range targets {
		if err := json.Unmarshal(b, target); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(dir, file), err)
		}
	}
	return nil
}

// template is a chat template: a string, or several under names, of which "default" counts.
type template string

// UnmarshalJSON implements json.Unmarshaler.
func (t *template) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		return json.Unmarshal(b, (*string)(t))
	}
	var several []struct{ Name, Template string }
	err := json.Unmarshal(b, &several)
	for _, s := range several {
		if s.Name == "default" || *t == "" {
			*t = template(s.Template)
		}
	}
	return err
}

// oneOrMore is an id, or a list of them.
type oneOrMore []int

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]int)(o))
	}
	var id *int
	err := json.Unmarshal(b, &id)
	if id != nil {
		*o = oneOrMore{*id}
	}
	return err
}

// Save writes the tokenizer into the folder of a model, as Open and Hugging Face's libraries read it: tokenizer.json, and
// what its Config says as tokenizer_config.json and generation_config.json.
func Save(dir string, t Tokenizer) error {
	if err := t.Save(filepath.Join(dir, File)); err != nil {
		return err
	}
	c := t.Config()
	config := map[string]any{"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false}
	put := func(key, text string) {
		if text != "" {
			config[key] = text
		}
	}
	eos, ends := EOS(t)
	if c.EOS == "" && ends {
		c.EOS = EndOfText
	}
	put("bos_token", c.BOS)
	put("eos_token", c.EOS)
	put("pad_token", c.PAD)
	put("unk_token", c.UNK)
	put("chat_template", c.ChatTemplate)
	if c.AddBOS {
		config["add_bos_token"] = true
	}
	if err := writeJSON(dir, configFile, config); err != nil {
		return err
	}
	stops := Stops(t)
	if len(stops) == 0 {
		return nil
	}
	generation := map[string]any{"eos_token_id": stops}
	if ends && len(stops) == 1 {
		generation["eos_token_id"] = eos
	}
	return writeJSON(dir, generationFile, generation)
}

func writeJSON(dir, file string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, file), b.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	return nil
}
