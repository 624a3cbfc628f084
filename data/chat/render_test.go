package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fixture is what testdata/render.py has Jinja2 say.
type fixture struct {
	Vars  map[string]any
	Cases map[string]struct {
		Messages []Message
		Generate bool
	}
	Snippets  []struct{ Source, Text string }
	Templates map[string]struct {
		Template string
		Renders  map[string]string // SHA-256, or "error"
	}
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "templates.json"))
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// parseFixed is Parse with the time of the fixture.
func parseFixed(t *testing.T, name, source string) *Template {
	t.Helper()
	tmpl, err := Parse(name, source)
	if err != nil {
		t.Fatal(err)
	}
	tmpl.now = func() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }
	return tmpl
}

func TestSnippetsRenderAsJinja2(t *testing.T) {
	f := readFixture(t)
	for _, s := range f.Snippets {
		tmpl := parseFixed(t, "snippet", s.Source)
		if got, err := tmpl.render(f.Cases["turns"].Messages, false, f.Vars); err != nil || got != s.Text {
			t.Errorf("%q renders\n %q, %v\nwant\n %q\n(rewritten: %s)", s.Source, got, err, s.Text, tmpl.text)
		}
	}
}

func TestTemplatesOfOthers(t *testing.T) {
	dir := os.Getenv("ATHANOR_CHAT_TEMPLATES")
	if dir == "" {
		t.Skip("needs ATHANOR_CHAT_TEMPLATES, a folder with the chat templates of trl 1.16.0; see testdata/render.py")
	}
	f := readFixture(t)
	for file, want := range f.Templates {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if hash(string(source)) != want.Template {
			t.Errorf("%s is another template than the fixture's", file)
			continue
		}
		tmpl := parseFixed(t, file, string(source))
		for name, c := range f.Cases {
			text, err := tmpl.render(c.Messages, c.Generate, f.Vars)
			if got := hash(text); err == nil && got != want.Renders[name] || err != nil && want.Renders[name] != "error" {
				t.Errorf("%s renders %q as %q, %v; Jinja2 does not", file, name, text, err)
			}
		}
	}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
