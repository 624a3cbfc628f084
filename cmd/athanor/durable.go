package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// durable is the path of this binary in a place where it stays. "go run" removes its binary when it ends; what outlives it, a
// daemon or a kernelspec, gets a copy under the home directory instead.
func (e *env) durable() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	if !strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return exe, nil
	}
	info, err := os.Stat(exe)
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(info.ModTime().UnixNano(), 36)
	copied := filepath.Join(e.home, "bin", "athanor-"+stamp)
	if have, err := os.Stat(copied); err == nil && have.Size() == info.Size() {
		return copied, nil
	}
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
		return "", err
	}
	if os.Link(exe, copied) == nil {
		return copied, nil
	}
	return copied, copyProgram(copied, exe)
}

// copyProgram copies through a temporary name, so that a program found under the final one is whole.
func copyProgram(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".copy-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	if err := out.Chmod(0o755); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// self is the command line of this binary with other arguments, good for processes that outlive this one.
func (e *env) self(args ...string) ([]string, error) {
	exe, err := e.durable()
	if err != nil {
		return nil, err
	}
	return append([]string{exe}, args...), nil
}
