package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/train/gen"
)

var letters = tokenizer.NewChar("\n abcdefghijklmnopqrstuvwxyz0123456789+=?:.ABCDQ")

// tinyModel saves a model that was never trained, with weights large enough that it prefers something, into dir.
func tinyModel(t *testing.T, dir string) *gpt.Model {
	t.Helper()
	m := gpt.New(gpt.Config{Vocab: letters.Size(), Context: 32, Layers: 2, Heads: 2, Embed: 16}, 5)
	for _, p := range m.Params() {
		if p.Value.Rank() == 2 {
			p.Value.ScaleInPlace(8)
		}
	}
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := tokenizer.Save(dir, letters); err != nil {
		t.Fatal(err)
	}
	return m
}

// athanor is what a command prints and how it ends.
func athanor(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	cmd := root()
	var out, progress bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&progress)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// athanorJSON reads what a command prints into v.
func athanorJSON(t *testing.T, v any, args ...string) {
	t.Helper()
	out, err := athanor(t, append(args, "--json")...)
	if err == nil {
		err = json.Unmarshal([]byte(out), v)
	}
	if err != nil {
		t.Fatalf("athanor %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func TestGenerateCommand(t *testing.T) {
	dir := t.TempDir()
	m := tinyModel(t, dir)
	want, err := gen.Stream(t.Context(), m, letters, "abc", gen.Options{MaxTokens: 40}, nil) // longer than the context
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		IDs  []int32
		Text string
	}
	athanorJSON(t, &got, "generate", dir, "--prompt", "abc", "--max-tokens", "40", "--temperature", "0")
	if !slices.Equal(got.IDs, want.Tokens) || got.Text != want.Text {
		t.Errorf("generate printed %+v, want %+v", got, want)
	}
	out, err := athanor(t, "generate", dir, "--prompt", "abc", "--max-tokens", "40")
	if err != nil || out != want.Text+"\n" {
		t.Errorf("without --json: %q, %v; want %q", out, err, want.Text)
	}
	sampled, err := athanor(t, "generate", dir, "--prompt", "abc", "--max-tokens", "9", "--temperature", "1", "--seed", "3", "--top-k", "20")
	again, _ := athanor(t, "generate", dir, "--prompt", "abc", "--max-tokens", "9", "--temperature", "1", "--seed", "3", "--top-k", "20")
	if err != nil || sampled != again || strings.HasPrefix(out, strings.TrimSpace(sampled)) {
		t.Errorf("sampled %q and %q, %v; the likeliest is %q", sampled, again, err, out)
	}
	stop := want.Text[2:4]
	if out, err := athanor(t, "generate", dir, "--prompt", "abc", "--stop", stop); err != nil || out != want.Text[:strings.Index(want.Text, stop)]+"\n" {
		t.Errorf("up to %q: %q, %v", stop, out, err)
	}
}

func TestScoreCommand(t *testing.T) {
	dir := t.TempDir()
	m := tinyModel(t, dir)
	want, err := gen.ScoreText(m, letters, "hello")
	if err != nil {
		t.Fatal(err)
	}
	type scores struct {
		Tokens []struct {
			ID      int
			Text    string
			LogProb *float64
		}
	}
	var byText, byIDs, bare scores
	athanorJSON(t, &byText, "score", dir, "--text", "hello")
	ids, err := json.Marshal(letters.Encode("hello"))
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Trim(string(ids), "[]")
	athanorJSON(t, &byIDs, "score", dir, "--tokens", list)
	if err := os.Remove(filepath.Join(dir, tokenizer.File)); err != nil {
		t.Fatal(err)
	}
	athanorJSON(t, &bare, "score", dir, "--tokens", list) // needs no tokenizer
	for i, w := range want {
		for _, got := range []scores{byText, byIDs, bare} {
			g := got.Tokens[i]
			if g.ID != w.ID || (g.LogProb == nil) != (i == 0) || g.LogProb != nil && *g.LogProb != w.LogProb || math.IsNaN(w.LogProb) != (i == 0) {
				t.Errorf("token %d: %+v, want %+v", i, g, w)
			}
		}
		if byText.Tokens[i].Text != w.Text || byIDs.Tokens[i].Text != w.Text || bare.Tokens[i].Text != "" {
			t.Errorf("token %d: texts %q, %q and %q, want %q twice", i, byText.Tokens[i].Text, byIDs.Tokens[i].Text, bare.Tokens[i].Text, w.Text)
		}
	}
}

func TestTokenizeCommand(t *testing.T) {
	dir := t.TempDir()
	special, err := tokenizer.Add(letters, []string{"<|end|>"}, tokenizer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tokenizer.Save(dir, special); err != nil { // no model is needed
		t.Fatal(err)
	}
	var got struct{ IDs []int }
	athanorJSON(t, &got, "tokenize", dir, "--text", "ab c")
	if !slices.Equal(got.IDs, letters.Encode("ab c")) {
		t.Errorf("ids %v, want %v", got.IDs, letters.Encode("ab c"))
	}
	athanorJSON(t, &got, "tokenize", dir, "--text", "a<|end|>", "--special")
	if !slices.Equal(got.IDs, special.EncodeSpecial("a<|end|>")) || len(got.IDs) != 2 {
		t.Errorf("with --special %v, want %v", got.IDs, special.EncodeSpecial("a<|end|>"))
	}
	if out, err := athanor(t, "tokenize", dir, "--text", ""); err != nil || out != "" {
		t.Errorf("of an empty text: %q, %v", out, err)
	}
	if out, err := athanor(t, "tokenize", dir, "--text", "", "--json"); err != nil || out != "{\n  \"ids\": []\n}\n" {
		t.Errorf("of an empty text in JSON: %q, %v", out, err)
	}
}

func TestEvalCommand(t *testing.T) {
	home, data := t.TempDir(), t.TempDir()
	dir := filepath.Join(home, "runs", "first") // by the name of a run
	m := tinyModel(t, filepath.Join(dir, "outputs", "model"))
	right, err := gen.Text(m, letters, "abc", gen.Options{MaxTokens: 3})
	if err != nil {
		t.Fatal(err)
	}
	rows := []map[string]any{{"prompt": "abc", "response": right}, {"prompt": "abc", "response": "no"}, {"prompt": "xyz", "response": "no"}}
	var task bytes.Buffer
	for _, r := range rows {
		if err := json.NewEncoder(&task).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(data, "mine.jsonl"), task.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(home, "report.jsonl")
	var got struct {
		Task    string
		Metrics map[string]float64
	}
	args := []string{"eval", "first", "--task", "mine", "--home", home, "--data", data, "--max-tokens", "3", "--report", report}
	athanorJSON(t, &got, args...)
	if got.Task != "mine" || got.Metrics["exactMatch"] != 1.0/3 || got.Metrics["questions"] != 3 {
		t.Errorf("eval printed %+v, want one of three right", got)
	}
	text, err := os.ReadFile(report)
	if err != nil || strings.Count(string(text), "\n") != 3 || strings.Count(string(text), `"correct":true`) != 1 {
		t.Errorf("the report is %q, %v", text, err)
	}
	if out, err := athanor(t, append(args, "--limit", "1")...); err != nil || !strings.Contains(out, "exactMatch               1\n") {
		t.Errorf("of the first question: %q, %v", out, err)
	}
}

// A model whose tokenizer has a chat template is asked in its chats.
func TestChatCommands(t *testing.T) {
	dir := t.TempDir()
	plain, err := chat.Builtin("plain")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Add(letters, tokenizer.ChatTokens(), tokenizer.Config{ChatTemplate: plain.Source()})
	if err != nil {
		t.Fatal(err)
	}
	m := gpt.New(gpt.Config{Vocab: tok.Size(), Context: 32, Layers: 1, Heads: 2, Embed: 16}, 5)
	if err := errors.Join(m.Save(dir), tokenizer.Save(dir, tok)); err != nil {
		t.Fatal(err)
	}
	want, err := gen.Answers(m, tok, []string{"2+2"}, gen.Options{MaxTokens: 4})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ IDs []int32 }
	athanorJSON(t, &got, "generate", dir, "--chat", "--prompt", "2+2", "--max-tokens", "4")
	if !slices.Equal(got.IDs, want[0].Tokens) {
		t.Errorf("generate --chat printed %v, want %v", got.IDs, want[0].Tokens)
	}
	task, report := filepath.Join(dir, "task.jsonl"), filepath.Join(dir, "report.jsonl")
	if err := os.WriteFile(task, []byte(`{"prompt": "2+2", "response": "4"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	answer := func(template string) (a struct{ Completion string }) {
		if _, err := athanor(t, "eval", dir, "--task", task, "--max-tokens", "4", "--report", report, "--stop", "never", "--template", template); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(report)
		if err == nil {
			err = json.Unmarshal(text, &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if got := answer("").Completion; got != want[0].Text {
		t.Errorf("eval's answer is %q, want that of the chat, %q", got, want[0].Text)
	}
	raw, err := gen.Text(m, tok, "2+2", gen.Options{MaxTokens: 4})
	if got := answer("none").Completion; err != nil || got != raw {
		t.Errorf("without the template eval's answer is %q, want that of plain text, %q (%v)", got, raw, err)
	}
	if _, err := athanor(t, "eval", dir, "--task", task, "--template", "nonsense"); err == nil || !strings.Contains(err.Error(), "want one of") {
		t.Errorf("a template that there is not: %v", err)
	}
}

func TestModelCommandsRefuse(t *testing.T) {
	dir, bare, empty := t.TempDir(), t.TempDir(), t.TempDir()
	tinyModel(t, dir)
	tinyModel(t, bare)
	if err := os.Remove(filepath.Join(bare, tokenizer.File)); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"generate DIR: 0 arguments, want 1: DIR is a folder": {"generate"},
		"--prompt is missing":                                {"generate", dir},
		"no config.json, no checkpoint":                      {"generate", empty, "--prompt", "a"},
		"or the folder or the name of a run":                 {"score", "nowhere", "--text", "a"},
		"characters that the model has never":                {"generate", dir, "--prompt", "é"},
		"temperature is -1, want":                            {"generate", dir, "--prompt", "a", "--temperature", "-1"},
		"want one of --text TEXT and --tokens":               {"score", dir},
		"token 999 at position 1 is not in":                  {"score", dir, "--tokens", "1,999"},
		"more than the model's context of 32":                {"score", dir, "--text", strings.Repeat("a", 33)},
		"--text is missing":                                  {"tokenize", dir},
		"the tokenizer has no token for":                     {"tokenize", dir, "--text", "é"},
		"--task is missing":                                  {"eval", dir},
		`no task "nothing": there is none of`:                {"eval", dir, "--task", "nothing"},
		"a model but no tokenizer.json":                      {"score", bare, "--text", "a"},
		"not a row":                                          {"eval", dir, "--task", filepath.Join(dir, "config.json")},
	} {
		if out, err := athanor(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("athanor %s: %v %q, want %q", strings.Join(args, " "), err, out, want)
		}
	}
}
