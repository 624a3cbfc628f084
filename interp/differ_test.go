package interp_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAgainstGo runs whole programs as one cell that ends in a call of main, and wants what the compiled program prints.
// It needs the go command, which runs the programs for real.
func TestAgainstGo(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.go")
	if err != nil || len(files) < 85 {
		t.Fatalf("%d programs, want 85 or more: %v", len(files), err)
	}
	programs := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		programs[strings.TrimSuffix(filepath.Base(file), ".go")] = string(text)
	}
	bin := compilePrograms(t, programs)
	for name, text := range programs {
		t.Run(name, func(t *testing.T) {
			against(t, bin, name, text)
		})
	}
}

// against runs a program as a cell and compares what it prints with what the compiled program does.
func against(t *testing.T, bin, name, text string) {
	t.Helper()
	want := runCompiled(t, bin, name)
	out := &output{}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, e := newSession(t).Execute(ctx, asCell(text), 1, out); e != nil {
		t.Errorf("%s: %v\n%s", name, e, strings.Join(e.Traceback, "\n"))
	}
	diff(t, name, out.take(), want)
}

// asCell makes a cell of a program.
func asCell(text string) string {
	return strings.Replace(text, "package main", "", 1) + "\nmain()\n"
}

// runCompiled is what the compiled program prints to standard output.
func runCompiled(t *testing.T, bin, name string) string {
	t.Helper()
	cmd := exec.Command(bin, name)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: compiled: %v\n%s", name, err, stderr.String())
	}
	text := strings.ReplaceAll(string(out), "programs/"+packageOf(name)+".", "main.") // in type arguments
	return strings.ReplaceAll(text, packageOf(name)+".", "main.")
}

func packageOf(name string) string { return "program_" + name }

// compilePrograms builds all programs into one: each is a package with a function Main, and the argument chooses.
func compilePrograms(t *testing.T, programs map[string]string) (bin string) {
	t.Helper()
	goCmd, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command: programs cannot be compared with compiled Go")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var imports, cases strings.Builder
	for name, text := range programs {
		pkg := packageOf(name)
		fmt.Fprintf(&imports, "import %q\n", "programs/"+pkg)
		fmt.Fprintf(&cases, "case %q: %s.Main()\n", name, pkg)
		text = strings.Replace(text, "package main", "package "+pkg, 1)
		write(filepath.Join(pkg, "program.go"), strings.Replace(text, "\nfunc main() {", "\nfunc Main() {", 1))
	}
	write("go.mod", "module programs\n\ngo 1.26\n")
	write("main.go", "package main\n\nimport \"os\"\n"+imports.String()+"\nfunc main() {\nswitch os.Args[1] {\n"+cases.String()+"}\n}\n")
	bin = filepath.Join(dir, "programs.exe")
	cmd := exec.Command(goCmd, "build", "-o", bin, ".")
	cmd.Dir = dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GOFLAGS=") }), "GOWORK=off")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, msg)
	}
	return bin
}

// diff reports the first line in which got and want differ.
func diff(t *testing.T, name, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	n := 0
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s: line %d:\n got: %s\nwant: %s", name, i+1, a, b)
			if n++; n == 6 {
				return
			}
		}
	}
}
