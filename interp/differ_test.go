package interp_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAgainstGo runs whole programs as one cell that ends in a call of main, and wants what the compiled program prints.
// It needs the go command, which runs the programs for real.
func TestAgainstGo(t *testing.T) {
	goCmd, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command: programs cannot be compared with compiled Go")
	}
	files, err := filepath.Glob("testdata/programs/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	bin := compilePrograms(t, goCmd, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := exec.Command(filepath.Join(bin, name)).Output()
			if err != nil {
				t.Fatalf("%s: compiled: %v", name, err)
			}
			cell := strings.Replace(string(text), "package main", "", 1) + "\nmain()\n"
			out := &output{}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if _, e := newSession(t).Execute(ctx, cell, 1, out); e != nil {
				t.Errorf("%s: %v\n%s", name, e, strings.Join(e.Traceback, "\n"))
			}
			diff(t, name, out.take(), string(want))
		})
	}
}

// compilePrograms builds each file as a program of its own, all in one go.
func compilePrograms(t *testing.T, goCmd string, files []string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module programs\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		sub := filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), ".go"))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "main.go"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(dir, "bin")
	cmd := exec.Command(goCmd, "build", "-o", bin+"/", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
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
