package chat

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"
)

// Message is what one party says.
type Message struct {
	Role    string `json:"role"` // "system", "user" or "assistant"; templates may know others
	Content string `json:"content"`
}

// Template is a chat template: it lays out a conversation as the text that a model reads. Several goroutines may use it.
type Template struct {
	name   string
	source string
	text   string // the source as rewritten
	jinja  *exec.Template
	marks  bool // it says itself, with {% generation %}, what the assistant says
	lists  bool // it reads a message as a list of parts
	now    func() time.Time
}

// Parse reads a chat template in Jinja, with the extensions that Hugging Face's have: {% generation %}, loop controls,
// raise_exception, strftime_now and their tojson. name is for errors. A template is a program, which may run for long: take it
// from whom you take a model's weights.
func Parse(name, source string) (*Template, error) {
	t, err := parse(name, source)
	if err != nil {
		return nil, err
	}
	t.lists = t.wantsLists()
	return t, nil
}

func parse(name, source string) (t *Template, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("chat template %s: %v", name, r)
		}
	}()
	text, err := rewrite(source)
	if err != nil {
		return nil, fmt.Errorf("chat template %s: %w", name, err)
	}
	jinja, err := exec.NewTemplate(name, settings, only{name, text}, environment)
	if err != nil {
		return nil, fmt.Errorf("chat template %s: %s", name, without(err, text))
	}
	return &Template{name: name, source: source, text: text, jinja: jinja, marks: hasGeneration.MatchString(source), now: time.Now}, nil
}

// settings are Jinja's; rewrite has cut the blanks.
var settings = func() *config.Config {
	c := config.New()
	c.KeepTrailingNewline = true
	return c
}()

// wantsLists reports whether the template reads a message as a list of parts, as those of models that see do, and not as a text.
func (t *Template) wantsLists() bool {
	const probe = "probe"
	says := func(lists bool) bool {
		with := *t
		with.lists = lists
		text, err := with.render([]Message{{"user", probe}, {"assistant", probe}}, false, nil)
		return err == nil && strings.Contains(text, probe)
	}
	return !says(false) && says(true)
}

var hasGeneration = regexp.MustCompile(`\{%[-+]?\s*generation\b`)

// String names the template.
func (t *Template) String() string { return t.name }

// Source returns the template's text, as a tokenizer_config.json has it.
func (t *Template) Source() string { return t.source }

// render renders messages, with the assistant's header at the end if generate, and the variables vars.
func (t *Template) render(messages []Message, generate bool, vars map[string]any) (text string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("chat template %s: %v", t.name, r)
		}
	}()
	list := make([]any, len(messages))
	for i, m := range messages {
		var content any = m.Content
		if t.lists {
			content = []any{map[string]any{"type": "text", "text": m.Content}}
		}
		list[i] = map[string]any{"role": m.Role, "content": content}
	}
	var raised *RaisedError
	data := exec.NewContext(map[string]any{
		"messages": list, "add_generation_prompt": generate, "tools": nil, "documents": nil,
		"raise_exception": raiseException(&raised), "strftime_now": strftimeNow(t.now), "_if": t.choose,
	}).Update(exec.NewContext(vars))
	var b bytes.Buffer
	if err := t.jinja.Execute(&b, data); err != nil {
		if raised != nil {
			return "", fmt.Errorf("chat template %s: %w", t.name, raised)
		}
		return "", fmt.Errorf("chat template %s: %s", t.name, without(err, t.text))
	}
	return b.String(), nil
}

// without is the text of err without the template's, which the library puts in.
func without(err error, source string) string {
	return strings.ReplaceAll(err.Error(), "'"+source+"'", "")
}

// only is a loader that knows one template: a chat template reads no files.
type only struct{ name, source string }

func (o only) Read(path string) (io.Reader, error) {
	if path != o.name {
		return nil, fmt.Errorf("a chat template may not read %q", path)
	}
	return strings.NewReader(o.source), nil
}

func (o only) Resolve(path string) (string, error) { return path, nil }

func (o only) Inherit(string) (loaders.Loader, error) { return o, nil }
