package main

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// env is what the environment says; flags may change it. Commands read it when they run, not before.
type env struct {
	home string // ATHANOR_HOME, else ~/.athanor
	data string // ATHANOR_DATA, else the first of the usual places that is there; may be empty
}

func environment() *env {
	e := &env{home: os.Getenv("ATHANOR_HOME"), data: os.Getenv("ATHANOR_DATA")}
	if e.home == "" {
		e.home = ".athanor"
		if user, err := os.UserHomeDir(); err == nil {
			e.home = filepath.Join(user, ".athanor")
		}
	}
	for _, dir := range []string{filepath.Join(e.home, "data"), filepath.Join("..", "shared", "data")} {
		if _, err := os.Stat(dir); e.data == "" && err == nil {
			e.data = dir
		}
	}
	e.home, e.data = absolute(e.home), absolute(e.data)
	return e
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

// goVersion is the language version without the prefix "go".
func goVersion() string { return runtime.Version()[len("go"):] }
