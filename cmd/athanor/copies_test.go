package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// build makes a program, like one that "go run" has made, with a time of its own.
func build(t *testing.T, name string, made time.Time) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho "+name+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, made, made); err != nil {
		t.Fatal(err)
	}
	return path
}

func keep(t *testing.T, e *env, exe string) string {
	t.Helper()
	path, err := e.keep(exe)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestOneCopyOfTheProgram(t *testing.T) {
	made := time.Unix(1e9, 0)
	home := t.TempDir()
	first, second := &env{home: home}, &env{home: home} // two processes
	one := keep(t, first, build(t, "one", made))
	if again := keep(t, first, build(t, "one", made)); again != one {
		t.Errorf("the same build again is at %s, want %s", again, one)
	}
	two := keep(t, second, build(t, "two", made.Add(time.Second)))
	if !exists(one) {
		t.Error("the copy that a process is about to start is gone")
	}
	if out, err := exec.Command(first.lasting(one)).Output(); string(out) != "two\n" {
		t.Errorf("the link starts a program that says %q, %v; want the newest", out, err)
	}
	for _, lock := range first.held {
		_ = lock.Close() // the process ends
	}
	keep(t, second, build(t, "two", made.Add(time.Second)))
	if exists(one) || !exists(two) {
		t.Errorf("of the older and the newer copy there are %v, %v; want only the newer", exists(one), exists(two))
	}
	removed, left, err := first.removeCopies()
	if err != nil || removed != 0 || len(left) != 1 || !exists(first.lasting(two)) {
		t.Errorf("removing what a process holds: %d removed, %v left, %v", removed, left, err)
	}
	for _, lock := range second.held {
		_ = lock.Close()
	}
	removed, left, err = first.removeCopies()
	if err != nil || removed != 1 || len(left) != 0 || exists(first.copiesDir()) {
		t.Errorf("removing: %d removed, %v left, %v; the folder is there: %v", removed, left, err, exists(first.copiesDir()))
	}
}

// A program that runs stays, until it has ended.
func TestARunningCopyStays(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skipf("SKIPPED: no program to run: %v", err)
	}
	e := &env{home: t.TempDir()}
	if err := os.MkdirAll(e.copiesDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(e.copiesDir(), copyPrefix+"sleep")
	if err := copyProgram(path, sleep); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "3600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	left, err := e.prune("")
	if err != nil || len(left) != 1 || left[0] != path || !exists(path) {
		t.Errorf("pruning left %v, %v; want the program that runs", left, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if left, err := e.prune(""); err != nil || len(left) != 0 || exists(path) {
		t.Errorf("pruning left %v, %v after its end", left, err)
	}
}
