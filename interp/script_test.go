package interp_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/athanor-ml/athanor/interp"
	"github.com/athanor-ml/athanor/interp/symbols/std"
)

// An output collects what cells show.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.WriteString(text)
}

func (o *output) Display(data, _ map[string]any, id string, update bool) {
	o.Stream("", fmt.Sprintf("[display %v]\n", data["text/plain"]))
}

func (o *output) Clear(bool) { o.Stream("", "[clear]\n") }

func (o *output) Input(_ context.Context, prompt string, _ bool) (string, error) {
	return "typed at " + prompt, nil
}

func (o *output) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.text.String()
	o.text.Reset()
	return s
}

// testStack makes endless recursion in tests short.
const testStack = 16 << 20

func newSession(t testing.TB) *interp.Session {
	t.Helper()
	s, err := interp.New(interp.Options{Symbols: std.All(), MaxStack: testStack})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestScripts runs each file of testdata in a session of its own: cells, and after a cell what it must print, show or
// fail with, and perhaps what it is lowered to. A file is one story.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			runScript(t, file)
		})
	}
}

var update = flag.Bool("update", false, "rewrite the scripts with what the cells do now")

// sections are what may follow a cell in a script, in this order: what it prints, shows and fails with, and what the engine was
// given for it. A script without the last does not ask.
var sections = []string{"output", "result", "error", "lowered"}

// A script runs the cells of a file in one session.
type script struct {
	s       *interp.Session
	out     *output
	lowered strings.Builder
}

func newScript(t *testing.T) *script {
	sc := &script{s: newSession(t), out: &output{}}
	sc.s.OnText(func(text string) {
		if text != "" {
			sc.lowered.WriteString(text + "\n")
		}
	})
	return sc
}

// cell runs one cell and returns its sections.
func (sc *script) cell(t *testing.T, name, code string) map[string]string {
	count, err := strconv.Atoi(strings.TrimPrefix(name, "cell "))
	if err != nil {
		t.Fatalf("%q: not a number", name)
	}
	sc.lowered.Reset()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	res, cellErr := sc.s.Execute(ctx, code, count, sc.out)
	got := map[string]string{"output": sc.out.take(), "lowered": sc.lowered.String()}
	if res.Shown {
		got["result"] = fmt.Sprintln(res.Data["text/plain"])
	}
	if cellErr != nil {
		got["error"] = cellErr.Error() + "\n"
	}
	return got
}

// rewrite runs the cells of a script and writes what they do behind them.
func rewrite(t *testing.T, file string, ar *txtar.Archive) {
	sc := newScript(t)
	var files []txtar.File
	for i, f := range ar.Files {
		if !strings.HasPrefix(f.Name, "cell ") {
			continue
		}
		files = append(files, f)
		got := sc.cell(t, f.Name, string(f.Data))
		if !hasLowered(ar.Files[i+1:]) {
			got["lowered"] = ""
		}
		for _, name := range sections {
			if got[name] != "" {
				files = append(files, txtar.File{Name: name, Data: []byte(got[name])})
			}
		}
	}
	ar.Files = files
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// hasLowered reports whether the sections of a cell, which the files begin with, have its lowered text among them.
func hasLowered(files []txtar.File) bool {
	for _, f := range files {
		if strings.HasPrefix(f.Name, "cell ") {
			return false
		}
		if f.Name == "lowered" {
			return true
		}
	}
	return false
}

func runScript(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		rewrite(t, file, ar)
		return
	}
	sc := newScript(t)
	var got map[string]string
	cell := ""
	check := func() {
		for name, text := range got {
			if text != "" && name != "lowered" {
				t.Errorf("%s: %s: unexpected %s:\n%s", file, cell, name, text)
			}
		}
	}
	for _, f := range ar.Files {
		text := string(f.Data)
		if strings.HasPrefix(f.Name, "cell ") {
			check()
			cell = f.Name
			got = sc.cell(t, cell, text)
			continue
		}
		if !slices.Contains(sections, f.Name) {
			t.Fatalf("%s: section %q: want cell N, or one of %q", file, f.Name, sections)
		}
		want := got[f.Name]
		if raceBuild && f.Name == "lowered" { // without marks
			continue
		}
		if withoutPlace(strings.TrimRight(want, "\n")) != withoutPlace(strings.TrimRight(text, "\n")) {
			t.Errorf("%s: %s: %s\n got: %s\nwant: %s", file, cell, f.Name, want, text)
		}
		got[f.Name] = ""
	}
	check()
}

var placeSuffix = regexp.MustCompile(` ?\(cell \d+, line \d+\)`)

// withoutPlace takes the positions of panics out of a text in race builds, whose functions leave no marks.
func withoutPlace(text string) string {
	if raceBuild {
		return placeSuffix.ReplaceAllString(text, "")
	}
	return text
}

// run executes a cell that must succeed.
func run(t testing.TB, s *interp.Session, code string) string {
	t.Helper()
	out := &output{}
	if _, err := s.Execute(context.Background(), code, 1, out); err != nil {
		t.Fatalf("cell %q: %v\n%s", code, err, strings.Join(err.Traceback, "\n"))
	}
	return out.take()
}
