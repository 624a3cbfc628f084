package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests named Client drive the kernel with the programs that users have: jupyter_client, jupyter_kernel_test, jupyter run,
// nbconvert, jupyter console. They need a Python with those (ATHANOR_PYTHON, else python3 of the PATH) and skip loudly without it.

// clients is a Python, a kernelspec of this binary installed where that Python's programs look, and a home.
type clients struct {
	python string
	env    []string
}

func newClients(t *testing.T, module string) *clients {
	t.Helper()
	python := os.Getenv("ATHANOR_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: %s has no %s (%s); pip install %s, or set ATHANOR_PYTHON", python, module, lastLineOf(out), module)
	}
	exe, err := exec.LookPath("athanor")
	if env := os.Getenv("ATHANOR_BINARY"); env != "" {
		exe, err = env, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := &clients{python: python, env: append(os.Environ(), "ATHANOR_DATA=", "ATHANOR_HOME="+filepath.Join(dir, "home"), "JUPYTER_PATH="+filepath.Join(dir, "share", "jupyter"),
		"IPYTHONDIR="+filepath.Join(dir, "ipython"), "JUPYTER_CONFIG_DIR="+filepath.Join(dir, "config"), "ATHANOR_BINARY="+exe)}
	install := exec.Command(exe, "install", "--prefix", dir)
	install.Env = c.env
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("athanor install: %v\n%s", err, out)
	}
	return c
}

// run runs a Python program and returns what it printed.
func (c *clients) run(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(c.python, args...)
	cmd.Env, cmd.Stdin = c.env, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func lastLineOf(out []byte) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(lines[len(lines)-1])
}

func TestClientJupyterClient(t *testing.T) {
	out := newClients(t, "jupyter_client").run(t, "", "testdata/clients.py")
	t.Log(out)
	if !strings.Contains(out, " passed, 0 failed") {
		t.Error("the script ended without its closing line")
	}
}

func TestClientKernelTest(t *testing.T) {
	out := newClients(t, "jupyter_kernel_test").run(t, "", "../../kernel/testdata/jupyter_kernel_test_athanor.py", "-v")
	t.Log(out)
	if !strings.Contains(out, "\nOK") {
		t.Error("unittest did not end with OK")
	}
}

// jupyter run sends a file as one cell, to a kernel that sees the user's environment: variables as they are now, not as they were when
// the kernelspec was written.
func TestClientRun(t *testing.T) {
	c := newClients(t, "jupyter_client")
	dir := t.TempDir()
	file := filepath.Join(dir, "greet.go")
	const code = "import (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc twice(n int) int { return 2 * n }\n\nfmt.Println(os.Getenv(\"GREETING\"), twice(21), os.Getenv(\"ATHANOR_DATA\"))\n"
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	c.env = append(c.env, "GREETING=hello", "ATHANOR_DATA="+dir)
	if out, want := c.run(t, "", "-m", "jupyter_client.runapp", file, "--kernel", "athanor"), "hello 42 "+dir+"\n"; out != want {
		t.Errorf("jupyter run printed %q, want %q", out, want)
	}
}

func TestClientNbconvert(t *testing.T) {
	c := newClients(t, "nbconvert")
	dir := t.TempDir()
	book := filepath.Join(dir, "book.ipynb")
	const text = `{"cells":[{"cell_type":"code","id":"a","metadata":{},"execution_count":null,"outputs":[],"source":"import \"fmt\"\nfmt.Println(\"printed\")\n6*7"}],
"metadata":{"kernelspec":{"name":"athanor","display_name":"Go (athanor)","language":"go"}},"nbformat":4,"nbformat_minor":5}`
	if err := os.WriteFile(book, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run(t, "", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "out.ipynb", book)
	c.run(t, "", "-m", "nbconvert", "--to", "html", "--output", "out.html", filepath.Join(dir, "out.ipynb"))
	page, err := os.ReadFile(filepath.Join(dir, "out.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"printed", "42"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page that nbconvert made has no %q", want)
		}
	}
}

func TestClientConsole(t *testing.T) {
	c := newClients(t, "jupyter_console")
	out := c.run(t, "x := 6\nx * 7\nfmt.Println(\"from the\", \"console\")\n", "-m", "jupyter_console", "--kernel", "athanor", "--simple-prompt")
	for _, want := range []string{"42", "from the console"} {
		if !strings.Contains(out, want) {
			t.Errorf("jupyter console printed no %q:\n%s", want, out)
		}
	}
}
