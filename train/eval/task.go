package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tasks"
	"github.com/athanor-ml/athanor/data/tokenizer"
)

// Task is questions and the way to ask them.
type Task struct {
	Name      string
	Questions []Question
	Options   Options // Match, and in Generation what ends an answer of a model that has no end-of-sequence token
}

// ReadTask reads a task from a JSON Lines file. Rows have one of these forms, the same in all rows:
//
//	{"prompt": …, "response": …}                              the response is written, exactly
//	{"prompt": …, "choices": […], "answer": …}                one is chosen; the answer is its text, its letter or its number from 0
//	{"messages": [{"role": …, "content": …}, …]}              the last message, the assistant's, is written, exactly
//	{"messages": […], "answer": …}                            the same, and the number of the answer counts (MGSM)
//	{"question": …, "options": […], "answer": "B"}            a letter is chosen (MMLU)
//	{"question": …, "answer": "… #### 18"}, or with "golden"  a number is written (GSM8K, CMATH)
//
// "topic", "group" or "kind" names the group of a row. With a chat template everything that is asked is what a user says in a chat; without
// one, nil, it is plain text to continue, and messages are refused.
func ReadTask(path string, tok tokenizer.Tokenizer, t *chat.Template) (*Task, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read task: %w", err)
	}
	defer f.Close()
	task := &Task{Name: taskName(path)}
	if err := task.read(f, asking{tok, t}); err != nil {
		return nil, fmt.Errorf("read task %s: %w", path, err)
	}
	return task, nil
}

// taskName is the name of a file without its ending, or of its folder when that says more.
func taskName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if name == "test" || name == "train" {
		if abs, err := filepath.Abs(path); err == nil {
			return filepath.Base(filepath.Dir(abs))
		}
	}
	return name
}

// OpenTask is ReadTask of the file that FindTask finds, or "tasks:sft": held-out instructions of package data/tasks, which are generated.
func OpenTask(name, dataDir string, tok tokenizer.Tokenizer, t *chat.Template) (*Task, error) {
	if name != "tasks:sft" {
		path, err := FindTask(name, dataDir)
		if err != nil {
			return nil, err
		}
		return ReadTask(path, tok, t)
	}
	var text bytes.Buffer
	for _, row := range tasks.Instructions(generatedSeed, generatedRows, true) {
		line, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		text.Write(append(line, '\n'))
	}
	task := &Task{Name: name}
	if err := task.read(&text, asking{tok, t}); err != nil {
		return nil, fmt.Errorf("task %s: %w", name, err)
	}
	return task, nil
}

// Which of the generated instructions are asked.
const (
	generatedSeed = 1337
	generatedRows = 500
)

// FindTask is the file of a task: file itself when it is one, else NAME/test.jsonl or NAME.jsonl in the data folder, which may be "".
func FindTask(file, dataDir string) (string, error) {
	paths := []string{file}
	if dataDir != "" && !strings.ContainsAny(file, `/\`) {
		paths = append(paths, filepath.Join(dataDir, file, "test.jsonl"), filepath.Join(dataDir, file+".jsonl"))
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p, nil
		}
	}
	return "", fmt.Errorf("no task %q: there is none of %s; want a JSON Lines file with rows like {\"prompt\": \"2+2=\", \"response\": \"4\"}, "+
		"the name of one in the data folder (ATHANOR_DATA), or tasks:sft", file, strings.Join(paths, ", "))
}

// line is a row of any of the forms.
type line struct {
	Prompt   *string         `json:"prompt"`
	Response *string         `json:"response"`
	Choices  []string        `json:"choices"`
	Messages []chat.Message  `json:"messages"`
	Question *string         `json:"question"`
	Options  []string        `json:"options"`
	Answer   json.RawMessage `json:"answer"`
	Golden   *string         `json:"golden"`
	Topic    string          `json:"topic"`
	Group    string          `json:"group"`
	Kind     string          `json:"kind"`
}

func (t *Task) read(r io.Reader, by asking) error {
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			if err := t.add(text, by); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if err != nil {
			break
		}
	}
	if len(t.Questions) == 0 {
		return errors.New("it has no rows")
	}
	lines := func(q Question) bool { return strings.Contains(strings.TrimSpace(q.Expected), "\n") }
	if by.template == nil && !slices.ContainsFunc(t.Questions, lines) {
		t.Options.Generation.Stop = []string{"\n"}
	}
	return t.Options.check(t.Questions)
}

func (t *Task) add(text []byte, by asking) error {
	var l line
	if err := json.Unmarshal(none(text), &l); err != nil {
		return fmt.Errorf("not a row: %w", err)
	}
	q, match, err := l.question(by)
	if err != nil {
		return err
	}
	if len(t.Questions) > 0 && match != t.Options.Match {
		return fmt.Errorf("its answer is compared as %q, that of the rows before as %q: rows of one kind only", match, t.Options.Match)
	}
	for _, group := range []string{l.Kind, l.Group, l.Topic} {
		if group != "" {
			q.Group = group
		}
	}
	t.Questions, t.Options.Match = append(t.Questions, q), match
	return nil
}

// none puts the text "None" where a row has a bare NaN, which is no JSON: the public file of MMLU was once read by a program that takes the
// option "None" for a missing number.
func none(row []byte) []byte {
	if !bytes.Contains(row, []byte("NaN")) {
		return row
	}
	var out []byte
	quoted := false
	for i := 0; i < len(row); i++ {
		switch {
		case row[i] == '\\' && quoted && i+1 < len(row):
			out = append(out, row[i])
			i++
		case row[i] == '"':
			quoted = !quoted
		case !quoted && bytes.HasPrefix(row[i:], []byte("NaN")):
			out = append(out, `"None"`...)
			i += 2
			continue
		}
		out = append(out, row[i])
	}
	return out
}
