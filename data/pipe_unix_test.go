//go:build unix

package data

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe has no end that a corpus could wait for.
func TestAPipeIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, Options{})
	_, err2 := LoadInstructions(path, chatTokenizer(t), InstructionOptions{})
	for _, err := range []error{err, err2} {
		if err == nil || !strings.Contains(err.Error(), "a named pipe, want a regular file") {
			t.Errorf("a pipe as a source: %v", err)
		}
	}
	if _, err := Load("/dev/null", Options{}); err == nil || !strings.Contains(err.Error(), "a device") {
		t.Errorf("a device as a source: %v", err)
	}
}
