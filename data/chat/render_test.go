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

func TestTemplatesOfOthers(t *testing.T) {
	dir := os.Getenv("ATHANOR_CHAT_TEMPLATES")
	if dir == "" {
		t.Skip("needs ATHANOR_CHAT_TEMPLATES, a folder with the chat templates of trl 1.16.0; see testdata/render.py")
	}
	b, err := os.ReadFile(filepath.Join("testdata", "templates.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Vars  map[string]any
		Cases map[string]struct {
			Messages []Message
			Generate bool
		}
		Templates map[string]struct {
			Template string
			Renders  map[string]string
		}
	}
	if err := json.Unmarshal(b, &fixture); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for file, want := range fixture.Templates {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if hash(string(source)) != want.Template {
			t.Errorf("%s is another template than the fixture's", file)
			continue
		}
		tmpl, err := Parse(file, string(source))
		if err != nil {
			t.Errorf("%.600v", err)
			continue
		}
		tmpl.now = func() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }
		good := true
		for name, c := range fixture.Cases {
			text, err := tmpl.render(c.Messages, c.Generate, fixture.Vars)
			if got := hash(text); err == nil && got != want.Renders[name] || err != nil && want.Renders[name] != "error" {
				good = false
				if o := os.Getenv("DEV_OUT"); o != "" {
					w, _ := os.ReadFile(filepath.Join(o, file[:len(file)-6], name+".txt"))
					t.Errorf("%s, %q: error %.300v\n got %.900q\nwant %.900q", file, name, err, text, w)
				} else {
					t.Errorf("%s, %q: rendered %.300q, %v; another than Jinja2", file, name, text, err)
				}
			}
		}
		if good {
			whole++
		}
	}
	t.Logf("%d of %d templates render all %d conversations as Jinja2 does", whole, len(fixture.Templates), len(fixture.Cases))
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
