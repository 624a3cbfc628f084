package nbrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
)

// The test binary is also the kernel: the toy's, with the protocol's real sockets.
func TestMain(m *testing.M) {
	if os.Getenv("NBRUN_TEST") == "kernel" {
		cf, err := kernel.ReadConnectionFile(os.Args[1])
		if err == nil {
			toy := &kerneltest.Toy{Release: make(chan struct{})}
			err = kernel.Run(context.Background(), cf, toy, kernel.Config{})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// book writes a notebook with the given code cells; a source that begins with "#tag NAME" is tagged so.
func book(t *testing.T, sources ...string) string {
	t.Helper()
	var cells []any
	cells = append(cells, map[string]any{"cell_type": "markdown", "id": "m", "metadata": map[string]any{}, "source": "# title"})
	for i, src := range sources {
		meta := map[string]any{}
		if tag, rest, ok := strings.Cut(src, "\n"); ok && strings.HasPrefix(tag, "#tag ") {
			meta["tags"] = []string{tag[5:]}
			src = rest
		}
		cells = append(cells, map[string]any{
			"cell_type": "code", "id": fmt.Sprint("c", i), "metadata": meta, "source": lines(src),
			"execution_count": 77, "outputs": []any{map[string]any{"output_type": "stream", "name": "stdout", "text": "old"}},
		})
	}
	data, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{"keep": "me"}, "cells": cells})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "book.ipynb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(t *testing.T, in string) Options {
	return Options{
		In: in, Out: filepath.Join(t.TempDir(), "out.ipynb"), Argv: []string{os.Args[0], "{connection_file}"},
		Env: append(os.Environ(), "NBRUN_TEST=kernel"),
	}
}

// shown is the outputs of every code cell of a notebook file, short.
func shown(t *testing.T, path string) []string {
	t.Helper()
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if nb.metadata()["keep"] != "me" {
		t.Error("foreign metadata got lost")
	}
	var list []string
	for _, c := range nb.cells {
		if c["cell_type"] != "code" {
			continue
		}
		var parts []string
		for _, o := range c["outputs"].([]any) {
			out := o.(map[string]any)
			data, _ := out["data"].(map[string]any)
			s := fmt.Sprint(out["output_type"], " ", text(out["text"]), text(data["text/plain"]))
			if out["output_type"] == "error" {
				s += fmt.Sprint(out["ename"], ": ", out["evalue"])
			}
			parts = append(parts, s)
		}
		list = append(list, fmt.Sprint(c["execution_count"], " ", strings.Join(parts, "|")))
	}
	return list
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d code cells %q, want %d", len(got), got, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("cell %d: %q, want %q", i+1, got[i], want[i])
		}
	}
}

func TestRun(t *testing.T) {
	o := options(t, book(t, "print a\nprint b\neprint c\n1+1", "", "print x\nclear wait\nprint y", "print gone\nclear"))
	var events []string
	o.Progress = func(e Event) { events = append(events, fmt.Sprint(e.State, e.Index, "/", e.Total, e.Title, e.Text)) }
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	check(t, shown(t, o.Out),
		"1 stream a\nb\n|stream c\n|execute_result 2", "<nil> ", "2 stream y\n", "3 ")
	all := strings.Join(events, ";")
	for _, want := range []string{"starting0/3", "running1/3print a", "output1/3a\nb\n", "shown1/32", "done3/3"} {
		if !strings.Contains(all, want) {
			t.Errorf("events %q, want %q among them", all, want)
		}
	}
}

func TestRunStopsAtError(t *testing.T) {
	o := options(t, book(t, "print before", "print here\nfail OpError bad shape", "print never"))
	err := Run(t.Context(), o)
	e, ok := errors.AsType[*CellError](err)
	if !ok || e.Index != 2 || e.Name != "OpError" || e.Value != "bad shape" {
		t.Fatalf("Run = %v, want the error of cell 2", err)
	}
	check(t, shown(t, o.Out), "1 stream before\n", "2 stream here\n|error OpError: bad shape", "<nil> ")
}

func TestRunInterrupted(t *testing.T) {
	o := options(t, book(t, "print up\nspin", "print never"))
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(e Event) {
		if e.State == Output {
			cancel()
		}
	}
	if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run = %v, want canceled", err)
	}
	check(t, shown(t, o.Out), "<nil> stream up\n|error Interrupt: the cell was stopped", "<nil> ")
}

func TestRunCellTimeout(t *testing.T) {
	o := options(t, book(t, "spin"))
	o.Timeout = 50 * time.Millisecond
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cell 1: ran longer than 50ms") {
		t.Errorf("Run = %v", err)
	}
}

// An update reaches an output of an earlier cell.
func TestUpdateDisplay(t *testing.T) {
	o := options(t, book(t, "shown d1 first", "update d1 second"))
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	check(t, shown(t, o.Out), "1 display_data second", "2 ")
}

func TestParameters(t *testing.T) {
	src := "#tag parameters\nlr := 0.1\nvar name string\nvar steps, seed = 10, 1\nconst fixed = 3\nimport \"fmt\""
	inject := func(params ...string) (*Notebook, error) {
		nb, err := Read(book(t, "print first", src, "print last"))
		if err != nil {
			t.Fatal(err)
		}
		return nb, nb.Inject(params)
	}
	nb, err := inject("lr=3e-4", "name=42", "steps=-5", "seed=007")
	if err != nil {
		t.Fatal(err)
	}
	want := "// Parameters\nlr = 3e-4\nname = \"42\"\nsteps = -5\nseed = \"007\""
	if c := nb.cells[3]; !c.Tagged(tagInjected) || c.Source() != want || c["id"] != tagInjected {
		t.Errorf("injected cell = %v, want %q after the parameters", c, want)
	}
	if err := nb.Inject([]string{"lr=1"}); err != nil || len(nb.cells) != 5 || nb.cells[3].Source() != "// Parameters\nlr = 1" {
		t.Errorf("injected again: %v, %d cells", err, len(nb.cells))
	}
	for param, want := range map[string]string{
		"rate=1": "it has: fixed, lr, name, seed, steps", "lr": "want name=value", "1x=2": "Go name", "fixed=4": "const",
	} {
		if _, err := inject(param); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Inject(%q) = %v, want %q in it", param, err, want)
		}
	}
	plain, err := Read(book(t, "print only"))
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.Inject([]string{"a=1", "b=true", "c=two words", `d="q"`, "e=1_000", "f=.5", "g=1;panic(0)"}); err != nil {
		t.Fatal(err)
	}
	want = "// Parameters\na := 1\nb := true\nc := \"two words\"\nd := \"q\"\ne := 1_000\nf := .5\ng := \"1;panic(0)\""
	if got := plain.cells[0].Source(); got != want {
		t.Errorf("without a parameters cell: %q first, want %q", got, want)
	}
}

func TestBadNotebooks(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"":                           "not JSON",
		"{\n\"cells\": [\n oops":     "line 3",
		"[1]":                        "not a JSON object",
		`{"a":1}`:                    "not a notebook",
		`{"nbformat":3}`:             "nbformat 3, want 4",
		`{"nbformat":4}`:             `"cells"`,
		`{"nbformat":4,"cells":[7]}`: "cell 1",
		`{"nbformat":4,"cells":[],"metadata":{"kernelspec":{"language":"python"}}}`: "written for python",
	} {
		path := filepath.Join(dir, "bad.ipynb")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		o := options(t, path)
		err := Run(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %q and the path", content, err, want)
		}
		if _, err := os.Stat(o.Out); err == nil {
			t.Errorf("%q: an output was written", content)
		}
	}
	if err := Run(t.Context(), options(t, filepath.Join(dir, "none.ipynb"))); err == nil {
		t.Error("a missing notebook ran")
	}
}

func TestKernelThatDoesNotStart(t *testing.T) {
	o := options(t, book(t, "1"))
	o.Argv = []string{os.Args[0], "/no/such/connection/file"}
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("Run = %v, want what the kernel printed", err)
	}
	o.Argv = []string{"/no/such/kernel"}
	if err := Run(t.Context(), o); err == nil {
		t.Error("a missing kernel ran")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":["a"],"metadata":{"tags":["parameters"]}}]}`))
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","source":7,"metadata":[]}],"metadata":3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := parse(data)
		if err != nil {
			return
		}
		_ = nb.Inject([]string{"x=1"})
		nb.clean()
		for _, c := range nb.cells {
			_, _ = c.Title(), c.Code()
		}
		if err := nb.Write(filepath.Join(t.TempDir(), "x.ipynb")); err != nil {
			t.Errorf("read but not writable: %v", err)
		}
	})
}

// Jupyter's own validator accepts what we write, in each minor version.
func TestOutputIsValid(t *testing.T) {
	python := os.Getenv("ATHANOR_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import nbformat").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no Python with nbformat (%s; ATHANOR_PYTHON names another): %.200s", python, out)
	}
	for _, minor := range []string{"5", "2"} {
		in := book(t, "#tag parameters\nprint a", "show image/png aGk=\nshown d <x>\n1+1", "fail E x")
		data, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(data), `"nbformat_minor":5`, `"nbformat_minor":`+minor, 1)
		if minor == "2" { // cells have no id before 4.5
			text = regexp.MustCompile(`"id":"[^"]*",`).ReplaceAllString(text, "")
		}
		if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := options(t, in)
		if err := Run(t.Context(), o); err == nil {
			t.Fatal("the failing cell did not fail")
		}
		script := "import nbformat,sys; nb=nbformat.read(sys.argv[1],4); nbformat.validate(nb)"
		if out, err := exec.Command(python, "-W", "error", "-c", script, o.Out).CombinedOutput(); err != nil {
			t.Errorf("4.%s: %v\n%s", minor, err, out)
		}
	}
}
