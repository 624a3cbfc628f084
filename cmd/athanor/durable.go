package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
)

// durable is the path of this binary in a place where it stays. "go run" removes its binary when it ends; what outlives it, a
// daemon or a kernelspec, gets a copy under the home directory instead (see copies.go).
func (e *env) durable() (string, error) {
	exe, err := self.Program()
	if err != nil {
		return "", err
	}
	if !strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return exe, nil
	}
	return e.keep(exe)
}

// keep copies the program at exe into the home directory, unless the copy is there, and removes older copies.
func (e *env) keep(exe string) (string, error) {
	info, err := os.Stat(exe)
	if err != nil {
		return "", err
	}
	unlock, err := e.lockCopies()
	if err != nil {
		return "", err
	}
	defer unlock()
	copied := filepath.Join(e.copiesDir(), copyPrefix+strconv.FormatInt(info.ModTime().UnixNano(), 36))
	parts, _ := filepath.Glob(filepath.Join(e.copiesDir(), copyPart))
	for _, part := range parts {
		_ = os.Remove(part) // of a process that was killed while it copied
	}
	if have, err := os.Stat(copied); err != nil || have.Size() != info.Size() {
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return "", err
		}
		if os.Link(exe, copied) != nil { // on another disk
			if err := copyProgram(copied, exe); err != nil {
				return "", err
			}
		}
	}
	if err := e.hold(copied); err != nil {
		return "", err
	}
	if err := e.link(copied); err != nil {
		return "", fmt.Errorf("copy of this program: %w", err)
	}
	_, err = e.prune(copied)
	return copied, err
}

const copyPart = ".copy-*"

// copyProgram copies through a temporary name, so that a program found under the final one is whole.
func copyProgram(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), copyPart)
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
