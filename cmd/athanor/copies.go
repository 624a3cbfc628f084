package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// Copies of this binary that must outlive it are in HOME/bin, one for each build, named athanor-STAMP: a daemon goes on with its own
// build while a newer one is tried. Beside them is the link "athanor", which leads to the newest: that is what a kernelspec names.
// A copy is removed as soon as there is a newer one and no process runs it. HOME/bin.lock is held by who makes or removes one.

const copyPrefix = "athanor-"

func (e *env) copiesDir() string { return filepath.Join(e.home, "bin") }

// lasting is the path under which a kernelspec may name the binary at path: that of the link when it is one of our copies.
func (e *env) lasting(path string) string {
	if filepath.Dir(path) == e.copiesDir() {
		return filepath.Join(e.copiesDir(), "athanor")
	}
	return path
}

// link lets the link lead to a copy.
func (e *env) link(to string) error {
	link := filepath.Join(e.copiesDir(), "athanor")
	part := link + ".part"
	_ = os.Remove(part) // of a process that was killed here
	if err := os.Symlink(filepath.Base(to), part); err != nil {
		return err
	}
	return os.Rename(part, link)
}

// lockCopies waits until nobody else makes or removes copies.
func (e *env) lockCopies() (unlock func(), err error) {
	if err := os.MkdirAll(e.home, 0o755); err != nil {
		return nil, fmt.Errorf("home directory: %w", err)
	}
	lock := flock.New(filepath.Join(e.home, "bin.lock"))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("lock the copies of this program: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// hold keeps a copy from being removed while this process, which is about to start it, lives.
func (e *env) hold(path string) error {
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	if err := lock.RLock(); err != nil {
		return fmt.Errorf("hold the copy of this program at %s: %w", path, err)
	}
	e.held = append(e.held, lock)
	return nil
}

// prune removes the copies that no process runs or is about to run, except keep, and returns those that it had to leave.
func (e *env) prune(keep string) (left []string, err error) {
	copies, _ := filepath.Glob(filepath.Join(e.copiesDir(), copyPrefix+"*"))
	copies = slices.DeleteFunc(copies, func(path string) bool { return path == keep })
	if len(copies) == 0 {
		return nil, nil
	}
	used, err := programs()
	if err != nil {
		return copies, err
	}
	for _, path := range copies {
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if ok, err := lock.TryLock(); used(path) || err != nil || !ok { // see hold
			left = append(left, path)
		} else if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return left, err
		}
		_ = lock.Close()
	}
	return left, nil
}

// programs looks at what runs on this machine beside this process, and returns whether a process runs the program at a path.
func programs() (used func(path string) bool, err error) {
	if exes, _ := filepath.Glob("/proc/[0-9]*/exe"); len(exes) > 0 { // Linux
		var running []string
		for _, exe := range exes {
			if exe == fmt.Sprintf("/proc/%d/exe", os.Getpid()) {
				continue
			}
			if path, err := os.Readlink(exe); err == nil { // those of other users do not tell
				running = append(running, path)
			}
		}
		return func(path string) bool { return slices.Contains(running, resolved(path)) }, nil
	}
	out, err := exec.Command("ps", "-axww", "-o", "command=").Output()
	if err != nil {
		return nil, fmt.Errorf("look for processes: ps: %w", err)
	}
	return func(path string) bool { return strings.Contains(string(out), path) }, nil
}

// resolved is path as the system names it, without symbolic links.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// removeCopies removes every copy of this binary that no process runs, with the link and the folder when they lead nowhere now. It returns
// how many were removed and those that are still in use.
func (e *env) removeCopies() (removed int, left []string, err error) {
	unlock, err := e.lockCopies()
	if err != nil {
		return 0, nil, err
	}
	defer unlock()
	before, _ := filepath.Glob(filepath.Join(e.copiesDir(), copyPrefix+"*"))
	left, err = e.prune("")
	link := filepath.Join(e.copiesDir(), "athanor")
	if _, broken := os.Stat(link); errors.Is(broken, fs.ErrNotExist) {
		_ = os.Remove(link)
		_ = os.Remove(e.copiesDir()) // stays when there is something else in it
	}
	return len(before) - len(left), left, err
}
