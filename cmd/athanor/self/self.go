// Package self is what the program knows of itself before it has read its flags: its version, and the folders that the
// environment names.
package self

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// Folders returns the home folder (ATHANOR_HOME, else ~/.athanor) and the one with public data files (ATHANOR_DATA, else the
// first of the usual places that is there; may be empty).
func Folders() (home, data string) {
	home, data = os.Getenv("ATHANOR_HOME"), os.Getenv("ATHANOR_DATA")
	if home == "" {
		home = ".athanor"
		if user, err := os.UserHomeDir(); err == nil {
			home = filepath.Join(user, ".athanor")
		}
	}
	for _, dir := range []string{filepath.Join(home, "data"), filepath.Join("..", "shared", "data")} {
		if _, err := os.Stat(dir); data == "" && err == nil {
			data = dir
		}
	}
	return Absolute(home), Absolute(data)
}

// Absolute is path from the root, wherever the program that reads it is; empty stays empty.
func Absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Program is the path of this binary, without symbolic links: a link may lead to another build before this process starts itself again.
func Program() (string, error) {
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return exe, nil
}

// Version is the module's version, or the commit it was built from.
func Version() string {
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

// GoVersion is the language version without the prefix "go".
func GoVersion() string { return runtime.Version()[len("go"):] }
