package tokenizer

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// both is a tokenizer of each kind that knows text, with the tokens of chats.
func both(t *testing.T, text string) []Tokenizer {
	t.Helper()
	bpe, err := TrainBPE(text+text, 300)
	if err != nil {
		t.Fatal(err)
	}
	var with []Tokenizer
	for _, tok := range []Tokenizer{NewChar(text), bpe} {
		tok, err := Add(tok, ChatTokens(), Config{})
		if err != nil {
			t.Fatal(err)
		}
		with = append(with, tok)
	}
	return with
}

const chat = "<|user|>hi<|end|>  <|assistant|>\n"

func TestSpecialTokensAreMadeOnlyWhereAsked(t *testing.T) {
	for _, tok := range both(t, chat) {
		n := tok.Size()
		user, end, assistant := n-3, n-1, n-2
		if got := tok.Encode(chat); slices.Max(got) >= n-5 || tok.Decode(got) != chat {
			t.Errorf("%T: Encode makes special tokens of text: %v", tok, got)
		}
		want := slices.Concat([]int{user}, tok.Encode("hi"), []int{end}, tok.Encode("  "), []int{assistant}, tok.Encode("\n"))
		got := tok.EncodeSpecial(chat)
		if !slices.Equal(got, want) {
			t.Errorf("%T: EncodeSpecial = %v, want %v", tok, got, want)
		}
		if s := tok.Decode(got); s != chat {
			t.Errorf("%T: Decode = %q, want %q", tok, s, chat)
		}
		if s := DecodeText(tok, got); s != "hi  \n" {
			t.Errorf("%T: DecodeText = %q", tok, s)
		}
		if id, ok := EOS(tok); !ok || id != n-5 {
			t.Errorf("%T: EOS = %d, %t, want %d", tok, id, ok, n-5)
		}
		if got := Stops(tok); !slices.Equal(got, []int{n - 5, end}) {
			t.Errorf("%T: Stops = %v", tok, got)
		}
	}
}

func TestTheLongestTokenWinsAndBlanksGoAlong(t *testing.T) {
	a := added{base: 10}
	err := a.set([]Token{{ID: 10, Text: "<a>", Special: true}, {ID: 11, Text: "<a><b>", Special: true, RStrip: true}, {ID: 12, Text: "@", LStrip: true}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]segment{
		"x<a><b> \n y": {{"x", -1}, {"", 11}, {"y", -1}},
		"<a><a>":       {{"", 10}, {"", 10}},
		"a \t@ b":      {{"a", -1}, {"", 12}, {" b", -1}},
		"":             nil,
	} {
		if got := a.segments(text, true); !slices.Equal(got, want) {
			t.Errorf("segments of %q are %v, want %v", text, got, want)
		}
	}
	if got := a.segments("<a>@", false); !slices.Equal(got, []segment{{"<a>", -1}, {"", 12}}) {
		t.Errorf("without special tokens: %v", got)
	}
}

func TestEncodeAllRefusesWhatItDoesNotKnow(t *testing.T) {
	tok := both(t, "hi\n ")[0]
	ids, err := EncodeAll(tok, "<|user|>hi", true)
	if err != nil || len(ids) != 3 {
		t.Errorf("EncodeAll of a chat: %v, %v", ids, err)
	}
	_, err = EncodeAll(tok, "<|user|>hi", false)
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.Chars != "<|user>" {
		t.Errorf("EncodeAll without special tokens: %v", err)
	}
}

func TestFolderRoundTrip(t *testing.T) {
	for _, tok := range both(t, chat) {
		dir := t.TempDir()
		want, err := Add(tok, []string{"<s>"}, Config{BOS: "<s>", EOS: End, PAD: EndOfText, AddBOS: true, ChatTemplate: "{{ messages }} <|x|>"})
		if err != nil {
			t.Fatal(err)
		}
		if err := Save(dir, want); err != nil {
			t.Fatal(err)
		}
		got, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := want.Config()
		c.Stops = Stops(want)
		if want, err = Add(want, nil, c); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Open(Save(%T)) is another:\n%+v\nwant\n%+v", want, got, want)
		}
	}
}

// Folders of others spell things in several ways.
func TestOpenReadsOthersFolders(t *testing.T) {
	dir := t.TempDir()
	if err := NewChar("ab</s>").Save(filepath.Join(dir, File)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		configFile:     `{"bos_token": null, "eos_token": {"content": "b", "lstrip": false}, "chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}`,
		mapFile:        `{"bos_token": "a", "pad_token": {"content": "b"}}`,
		generationFile: `{"eos_token_id": [1, 2]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Config{BOS: "a", EOS: "b", PAD: "b", ChatTemplate: "D", Stops: []int{1, 2}}); !reflect.DeepEqual(tok.Config(), want) {
		t.Errorf("Config = %+v, want %+v", tok.Config(), want)
	}
	if id, ok := EOS(tok); !ok || tok.Decode([]int{id}) != "b" {
		t.Errorf("EOS = %d, %t", id, ok)
	}
	if err := os.WriteFile(filepath.Join(dir, generationFile), []byte(`{"eos_token_id": "x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), generationFile) {
		t.Errorf("Open with a bad %s: %v", generationFile, err)
	}
}

func TestAddedTokensInsideTheVocabulary(t *testing.T) {
	tok, err := Parse([]byte(`{"added_tokens":[{"id":1,"content":"<s>","special":true},{"id":5,"content":"<x>"}],"model":{"type":"BPE","vocab":{"a":0,"<s>":1,"s":2}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.EncodeSpecial("a<s>s<x>"); !slices.Equal(got, []int{0, 1, 2, 5}) || tok.Size() != 6 || tok.Decode(got) != "a<s>s<x>" {
		t.Errorf("ids %v of %d, %q", got, tok.Size(), tok.Decode(got))
	}
	if got := tok.Encode("<s>a<x>"); !slices.Equal(got, []int{2, 0, 5}) {
		t.Errorf("Encode = %v, want the unspecial token alone", got)
	}
	for text, want := range map[string]string{
		`[{"id":-1,"content":"a"}]`:                          "far from",
		`[{"id":9000000,"content":"a"}]`:                     "far from",
		`[{"id":7,"content":""}]`:                            "want a text",
		`[{"id":7,"content":"a"},{"id":7,"content":"b"}]`:    "comes twice",
		`[{"id":7,"content":"ab"},{"id":8,"content":"ab"}]`:  "comes twice",
		`[{"id":"7","content":"ab"},{"id":8,"content":"a"}]`: "not a tokenizer.json",
	} {
		_, err := Parse([]byte(`{"added_tokens":` + text + `,"model":{"type":"BPE","vocab":{"a":0}}}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse with %s: %v, want %q", text, err, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"bos_token": {"content": "a"}, "eos_token": "b", "chat_template": [{"name": "default", "template": "D"}], "eos_token_id": [1, null]}`))
	f.Add([]byte(`{"pad_token": null, "chat_template": "x", "eos_token_id": 3}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		dir := t.TempDir()
		for _, name := range []string{configFile, mapFile, generationFile} {
			if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := readConfig(dir)
		if err != nil {
			return
		}
		tok, err := Add(NewChar("ab"), nil, c)
		if err != nil {
			t.Fatal(err)
		}
		EOS(tok)
		Stops(tok)
	})
}
