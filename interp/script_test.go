package interp_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

func newSession(t testing.TB) *interp.Session {
	t.Helper()
	s, err := interp.New(interp.Options{Symbols: std.All()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestScripts runs each file of testdata in a session of its own: cells, and after a cell what it must print, show or
// fail with. A file is one story.
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

// rewrite runs the cells of a script and writes what they do behind them.
func rewrite(t *testing.T, file string, ar *txtar.Archive) {
	s, out := newSession(t), &output{}
	var files []txtar.File
	for _, f := range ar.Files {
		n, ok := strings.CutPrefix(f.Name, "cell ")
		if !ok {
			continue
		}
		count, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		res, cellErr := s.Execute(ctx, string(f.Data), count, out)
		cancel()
		if text := out.take(); text != "" {
			files = append(files, txtar.File{Name: "output", Data: []byte(text)})
		}
		if res.Shown {
			files = append(files, txtar.File{Name: "result", Data: fmt.Appendln(nil, res.Data["text/plain"])})
		}
		if cellErr != nil {
			files = append(files, txtar.File{Name: "error", Data: []byte(cellErr.Error() + "\n")})
		}
	}
	ar.Files = files
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
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
	s := newSession(t)
	out := &output{}
	got := map[string]string{}
	cell := ""
	check := func() {
		for name, text := range got {
			if text != "" && name != "" {
				t.Errorf("%s: %s: unexpected %s:\n%s", file, cell, name, text)
			}
		}
		clear(got)
	}
	for _, f := range ar.Files {
		text := string(f.Data)
		if n, ok := strings.CutPrefix(f.Name, "cell "); ok {
			check()
			cell = f.Name
			count, err := strconv.Atoi(n)
			if err != nil {
				t.Fatalf("%s: %q: not a number", file, f.Name)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			res, cellErr := s.Execute(ctx, text, count, out)
			cancel()
			got["output"] = out.take()
			if res.Shown {
				got["result"] = fmt.Sprintln(res.Data["text/plain"])
			}
			if cellErr != nil {
				got["error"] = cellErr.Error() + "\n"
			}
			continue
		}
		want, ok := got[f.Name]
		if !ok && f.Name != "output" && f.Name != "result" && f.Name != "error" {
			t.Fatalf("%s: section %q: want cell N, output, result or error", file, f.Name)
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
