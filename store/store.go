// Package store keeps what runs leave behind: checkpoints, outputs, specs, results.
//
// A [Store] holds two kinds of things under slash-separated keys. A folder is published: someone fills an empty local
// directory, and it then stands under its key whole, or not at all. An object is small, and is set by [Store.Swap], which
// compares first, so that of several processes one wins. A [Guard] ties both together: a folder is published only if an
// object still has the value it had, which is how a lease keeps out an attempt that was replaced (package ckpt).
//
// Package local keeps a store in a directory. [Run] says under which keys a run's things lie. Package storetest is the
// suite that every implementation passes.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// ErrChanged is wrapped by errors of a Swap or a Guard when another value stands there than was expected.
var ErrChanged = errors.New("changed by another")

// ErrNotExist is wrapped by errors of Open and Read when nothing stands under the key.
var ErrNotExist = fs.ErrNotExist

// MaxObject is the size of the largest object, in bytes.
const MaxObject = 16 << 20

// Store keeps folders and objects under keys. What a call is given appears whole or not at all, whatever dies while it
// runs, and is there after a power cut once the call has returned. After an error other than ErrChanged either the old or
// the new stands, whole: look, or try again. All methods may be called from several goroutines and processes at once.
type Store interface {
	// Publish calls write to fill an empty local folder, which then stands under key in place of what stood there. It may
	// hold only directories and regular files.
	Publish(ctx context.Context, key string, write func(dir string) error, guards ...Guard) error
	// Open returns the path of a local folder, or file, with what stands under key. It is for reading.
	Open(ctx context.Context, key string) (path string, err error)
	// List returns the names directly under prefix, in order; none when nothing is there.
	List(ctx context.Context, prefix string) ([]string, error)
	// Remove takes away what stands under key. It is no error when nothing does.
	Remove(ctx context.Context, key string, guards ...Guard) error
	// Read returns an object.
	Read(ctx context.Context, key string) ([]byte, error)
	// Swap sets an object to next if it is old, and returns ErrChanged if it is not. Nil means that there is none.
	Swap(ctx context.Context, key string, old, next []byte, guards ...Guard) error
}

// Guard is a condition: the object under Key is Value at the moment when the change appears. ErrChanged says it was not.
type Guard struct {
	Key   string
	Value []byte // nil: there is none
}

// Put sets an object whatever it was before.
func Put(ctx context.Context, s Store, key string, value []byte, guards ...Guard) error {
	for {
		old, err := ReadIf(ctx, s, key)
		if err != nil {
			return err
		}
		err = s.Swap(ctx, key, old, value, guards...)
		if !errors.Is(err, ErrChanged) {
			return err
		}
		if now, again := ReadIf(ctx, s, key); again != nil || string(now) == string(old) && (now == nil) == (old == nil) {
			return err // it was a guard
		}
	}
}

// ReadIf is Read, and nil when there is no object.
func ReadIf(ctx context.Context, s Store, key string) ([]byte, error) {
	b, err := s.Read(ctx, key)
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// maxName is the longest element of a key, in bytes: file systems allow 255, and stores add to it.
const maxName = 200

// CheckKey reports what is wrong with a key. Its elements are parted by single slashes and do not begin with a dot, which
// is the stores' own; they are UTF-8 without backslash, colon or control character, which some file systems do not allow.
func CheckKey(key string) error {
	if !utf8.ValidString(key) {
		return fmt.Errorf("key %s: it is not UTF-8", quote(key))
	}
	for name := range strings.SplitSeq(key, "/") {
		switch {
		case name == "":
			return fmt.Errorf("key %s: an element is empty", quote(key))
		case name[0] == '.':
			return fmt.Errorf("key %s: an element begins with a dot", quote(key))
		case len(name) > maxName:
			return fmt.Errorf("key %s: an element has %d bytes, want at most %d", quote(key), len(name), maxName)
		case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' }):
			return fmt.Errorf("key %s: it holds a backslash, a colon or a control character", quote(key))
		}
	}
	return nil
}

// quote shows a key, and of a long one the beginning.
func quote(key string) string {
	const shown = 100
	if len(key) > shown {
		return fmt.Sprintf("%q… (%d bytes)", key[:shown], len(key))
	}
	return fmt.Sprintf("%q", key)
}
