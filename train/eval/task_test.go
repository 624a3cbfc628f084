package eval

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tasks"
	"github.com/athanor-ml/athanor/data/tokenizer"
)

// talker is a tokenizer with the tokens of chats.
var talker = func() tokenizer.Tokenizer {
	t, err := tokenizer.Add(letters, tokenizer.ChatTokens(), tokenizer.Config{})
	if err != nil {
		panic(err)
	}
	return t
}()

func template(t *testing.T) *chat.Template {
	t.Helper()
	plain, err := chat.Builtin("plain")
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func readTask(t *testing.T, text string, c *chat.Template) (*Task, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sums.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return ReadTask(path, talker, c)
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		row   string
		want  Question
		match Match
	}{
		{`{"prompt": "2+2=", "response": "4", "kind": "sum"}`, Question{Prompt: "2+2=", Expected: "4", Group: "sum"}, Exact},
		{`{"prompt": "a", "choices": ["x", "y"], "answer": "y"}`, Question{Prompt: "a", Expected: "y", Choices: []string{"x", "y"}}, Exact},
		{`{"prompt": "a", "choices": ["x", "y"], "answer": 1}`, Question{Prompt: "a", Expected: "y", Choices: []string{"x", "y"}}, Exact},
		{`{"prompt": "a", "choices": ["x", "y"], "answer": "A"}`, Question{Prompt: "a", Expected: "x", Choices: []string{"x", "y"}}, Exact},
		{
			`{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}], "group": "talk"}`,
			Question{Prompt: "<|user|>hi<|end|><|assistant|>", Tokens: chatIDs("<|user|>hi<|end|><|assistant|>"), Expected: "ho", Group: "talk"},
			Exact,
		},
		{
			`{"messages": [{"role": "user", "content": "2+2"}, {"role": "assistant", "content": ""}], "answer": "4"}`,
			Question{Prompt: "<|user|>2+2<|end|><|assistant|>", Tokens: chatIDs("<|user|>2+2<|end|><|assistant|>"), Expected: "4"},
			Number,
		},
		{
			`{"question": "2+2?", "options": ["3", "4"], "answer": "B", "topic": "sums"}`,
			Question{Prompt: "Question: 2+2?\nA. 3\nB. 4\nAnswer:", Choices: []string{" A", " B"}, Expected: " B", Group: "sums"},
			Exact,
		},
		{`{"question": "2+2?", "answer": "it is\n#### 4"}`, Question{Prompt: "Question: 2+2?\nAnswer:", Expected: "it is\n#### 4"}, Number},
		{
			`{"question": "\"NaN\", NaN?", "options": [NaN, "NaN"], "answer": "A"}`,
			Question{Prompt: "Question: \"NaN\", NaN?\nA. None\nB. NaN\nAnswer:", Choices: []string{" A", " B"}, Expected: " A"},
			Exact,
		},
		{`{"question": "2+2?", "golden": "4"}`, Question{Prompt: "Question: 2+2?\nAnswer:", Expected: "4"}, Number},
	} {
		var by *chat.Template
		if strings.Contains(c.row, "messages") {
			by = template(t)
		}
		task, err := readTask(t, "\n"+c.row+"\n\n"+c.row, by)
		if err != nil {
			t.Errorf("%s: %v", c.row, err)
			continue
		}
		if task.Name != "sums" || len(task.Questions) != 2 || !reflect.DeepEqual(task.Questions[1], c.want) || task.Options.Match != c.match {
			t.Errorf("%s: read as %+v, %q; want %+v, %q", c.row, task.Questions, task.Options.Match, c.want, c.match)
		}
	}
}

// In a chat, what is asked is what the user says, and the answer begins after the assistant's token.
func TestChats(t *testing.T) {
	for row, want := range map[string]Question{
		`{"prompt": "2+2=", "response": "4"}`: {Prompt: "2+2=", Tokens: chatIDs("<|user|>2+2=<|end|><|assistant|>"), Expected: "4"},
		`{"prompt": "é", "response": "4"}`:    {Prompt: "é", Tokens: []int32{}, Expected: "4"}, // unreadable
		`{"question": "?", "options": ["a", "b"], "answer": "B"}`: {
			Prompt: "Question: ?\nA. a\nB. b\nAnswer:", Tokens: []int32{}, Choices: []string{"A", "B"}, Expected: "B", // no Q among the letters
		},
	} {
		task, err := readTask(t, row, template(t))
		if err != nil || !reflect.DeepEqual(task.Questions[0], want) || task.Options.Generation.Stop != nil {
			t.Errorf("%s: read as %+v, %v; want %+v", row, task, err, want)
		}
	}
	plain, err := readTask(t, `{"prompt": "2+2=", "response": "4"}`, nil)
	if err != nil || plain.Questions[0].Tokens != nil || !slices.Equal(plain.Options.Generation.Stop, []string{"\n"}) {
		t.Errorf("without a template: %+v, %v; want plain text that ends with its line", plain, err)
	}
}

// chatIDs is the ids of a text with special tokens.
func chatIDs(text string) (ids []int32) {
	for _, id := range talker.EncodeSpecial(text) {
		ids = append(ids, int32(id))
	}
	return ids
}

func TestReadTaskRefuses(t *testing.T) {
	for row, want := range map[string]string{
		"":                                    "it has no rows",
		"{":                                   "line 1: not a row",
		`{"prompt": "a"}`:                     `line 1: want "prompt" and "response"`,
		`{"messages": []}`:                    "line 1: want messages of which the last",
		`{"prompt": "a", "response": ""}`:     "question 0: the expected answer is empty",
		`{"question": "a", "answer": "none"}`: "has no number",
		`{"question": "a", "answer": []}`:     "want text or a number",
		`{"question": "a", "options": ["x"], "answer": "A"}`:                           "1 options",
		`{"question": "a", "options": ["x", "y"], "answer": "C"}`:                      "want a letter up to B",
		`{"prompt": "a", "choices": ["x", "y"], "answer": 2}`:                          "none of the choices",
		`{"prompt": "a", "response": "b"}` + "\n" + `{"question": "c", "golden": "4"}`: "line 2: its answer is compared as",
	} {
		if _, err := readTask(t, row, template(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", row, err, want)
		}
	}
	turns := `{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}`
	if _, err := readTask(t, turns, nil); err == nil || !strings.Contains(err.Error(), "no chat template") {
		t.Errorf("messages without a template: %v", err)
	}
}

func TestFindTask(t *testing.T) {
	dir := t.TempDir()
	inFolder, alone := filepath.Join(dir, "sums", "test.jsonl"), filepath.Join(dir, "words.jsonl")
	for _, path := range []string{inFolder, alone} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(`{"prompt": "a", "response": "b"}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"sums": inFolder, "words": alone, alone: alone} {
		if got, err := FindTask(name, dir); err != nil || got != want {
			t.Errorf("task %q is %q, %v; want %q", name, got, err, want)
		}
	}
	if task, err := ReadTask(inFolder, talker, nil); err != nil || task.Name != "sums" {
		t.Errorf("%+v, %v; want the name sums", task, err)
	}
	if _, err := FindTask("nothing", dir); err == nil || !strings.Contains(err.Error(), "nothing.jsonl") {
		t.Errorf("a task that is not there: %v", err)
	}
}

func TestGeneratedTask(t *testing.T) {
	task, err := OpenTask("tasks:sft", "", talker, nil)
	if err != nil || task.Name != "tasks:sft" || len(task.Questions) != 500 || task.Questions[7].Group == "" {
		t.Fatalf("%v, %v; want 500 questions with their kinds", task, err)
	}
	taught := map[string]bool{}
	for _, row := range tasks.Instructions(1, 5000, false) {
		taught[row.Prompt] = true
	}
	for _, q := range task.Questions {
		if taught[q.Prompt] {
			t.Errorf("%q is taught", q.Prompt)
		}
	}
	if _, err := OpenTask("nothing", t.TempDir(), talker, nil); err == nil || !strings.Contains(err.Error(), "no task") {
		t.Errorf("a task that is not there: %v", err)
	}
}

// Every row of the public test files is understood.
func TestPublicFiles(t *testing.T) {
	data := os.Getenv("ATHANOR_DATA")
	if data == "" {
		data = "../../../shared/data"
	}
	for name, rows := range map[string]int{"gsm8k": 1319, "mmlu_stem": 3018, "mgsm_zh": 250, "cmath": 1098} {
		path, err := FindTask(name, data)
		if err != nil {
			t.Skipf("%s/test.jsonl is not in the data folder %s (set ATHANOR_DATA): %v", name, data, err)
		}
		task, err := ReadTask(path, talker, template(t))
		if err != nil || len(task.Questions) != rows {
			t.Errorf("%s: %v, want %d questions", name, err, rows)
			continue
		}
		for _, q := range task.Questions {
			if task.Options.Match == Number && !Number.Right(q.Expected, q.Expected) {
				t.Errorf("%s: the expected answer %q is not right", name, q.Expected)
			}
		}
	}
}

func TestWriteReport(t *testing.T) {
	want := ask(t, parrot("1+1=2\n"), []Question{
		{Prompt: "1+1=", Expected: "2"}, {Prompt: "1+1=", Expected: "2", Choices: []string{"1", "2"}, Group: "<chosen>"},
	}, Options{})
	path := filepath.Join(t.TempDir(), "report.jsonl")
	if err := WriteReport(path, want); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []Answer
	for line := range strings.Lines(string(text)) {
		var a Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if !reflect.DeepEqual(got, want) || !strings.Contains(string(text), `"completion":"2","expected":"2","correct":true`) {
		t.Errorf("read back as %+v, want %+v", got, want)
	}
	if err := WriteReport(filepath.Join(path, "x"), want); err == nil {
		t.Error("a report inside a file")
	}
}
