// Package local is a store in a directory of this machine: a key is a path under it.
//
// A folder is written beside its place under another name, flushed to the disk with all its files, and renamed. What it
// replaces is put aside first and removed after; a process that dies between the two renames leaves both, and whoever
// comes next puts the old one back. Renames, and the comparison of a Swap or a Guard, happen under the lock of their
// directory, which the system drops when its holder dies. The store's own files begin with a dot:
//
//	.lock             the lock of the directory
//	.tmp-NAME-RANDOM  half written: a directory with the folder "new" and a "lock" that its writer holds; or an object
//	.aside-NAME       whole, while another takes its place
package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/store"
)

// Store is a directory. It is made when something is first put into it.
type Store struct {
	root    string
	fs      FS
	mu      sync.Mutex
	durable map[string]bool // directories whose names are known to be on the disk
}

var _ store.Store = (*Store)(nil)

// New returns the store in a directory, on the machine's file system.
func New(root string) *Store { return On(OS{}, root) }

// On returns the store in a directory of fsys.
func On(fsys FS, root string) *Store {
	return &Store{root: filepath.Clean(root), fs: fsys, durable: map[string]bool{}}
}

// Path is where a key lies, or would: a program that appends to a file there needs no copy.
func (s *Store) Path(key string) string { return filepath.Join(s.root, filepath.FromSlash(key)) }

// place checks a key and returns its path.
func (s *Store) place(key string) (string, error) {
	if err := store.CheckKey(key); err != nil {
		return "", err
	}
	return s.Path(key), nil
}

// Publish fills a folder and puts it under key; see store.Store.
func (s *Store) Publish(ctx context.Context, key string, write func(dir string) error, guards ...store.Guard) error {
	path, err := s.place(key)
	if err != nil {
		return err
	}
	w, err := s.begin(ctx, path, guards)
	if err != nil {
		return fmt.Errorf("publish %s: %w", key, err)
	}
	defer w.end()
	if err = write(w.dir); err == nil {
		err = s.flush(w.dir)
	}
	if err == nil {
		err = s.change(ctx, path, guards, func() error { return s.replace(path, w) })
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", key, err)
	}
	return nil
}

// replace puts the written folder in the place of what is at path. It holds the lock.
func (s *Store) replace(path string, w *writer) error {
	aside := asideOf(path)
	err := s.fs.Rename(path, aside)
	replaces := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.fs.Rename(w.dir, path); err != nil {
		if replaces {
			_ = s.fs.Rename(aside, path) // else the next one does it
		}
		return err
	}
	if err := s.fs.Sync(filepath.Dir(path)); err != nil {
		return err
	}
	if replaces {
		_ = s.fs.Rename(aside, filepath.Join(w.work, "old")) // and it goes with the rest of the litter
	}
	return nil
}

// Open returns the path of what stands under key; see store.Store.
func (s *Store) Open(ctx context.Context, key string) (string, error) {
	path, err := s.place(key)
	if err != nil {
		return "", err
	}
	if _, err = s.fs.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		// It may have been put aside, for a moment or by one who died: that is settled under the lock.
		err = s.settled(ctx, filepath.Dir(path), func() error {
			_, err := s.fs.Lstat(path)
			return err
		})
	}
	if err != nil {
		return "", fmt.Errorf("open %s: %w", key, err)
	}
	return path, nil
}

// List returns the names under prefix; see store.Store.
func (s *Store) List(ctx context.Context, prefix string) (names []string, err error) {
	path, err := s.place(prefix)
	if err != nil {
		return nil, err
	}
	err = s.settled(ctx, path, func() error {
		entries, err := s.fs.ReadDir(path)
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				names = append(names, e.Name())
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list %s: %w", prefix, err)
	}
	return names, nil
}

// Remove takes away what stands under key; see store.Store.
func (s *Store) Remove(ctx context.Context, key string, guards ...store.Guard) error {
	path, err := s.place(key)
	if err != nil {
		return err
	}
	if _, err := s.fs.Lstat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) && len(guards) == 0 {
		return nil
	}
	err = s.change(ctx, path, guards, func() error { return s.remove(path) })
	if err != nil {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}

// remove renames before it deletes, so that half of a folder is never seen. It holds the lock.
func (s *Store) remove(path string) error {
	gone := s.temporary(path)
	err := s.fs.Rename(path, gone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = s.fs.Sync(filepath.Dir(path)) // before anything in it goes
	}
	if err == nil {
		_ = s.fs.RemoveAll(gone) // it only takes room; the next one tries again
	}
	return err
}

// Read returns an object; see store.Store.
func (s *Store) Read(_ context.Context, key string) ([]byte, error) {
	path, err := s.place(key)
	if err != nil {
		return nil, err
	}
	info, err := s.fs.Lstat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", key, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: it is no file but %s", key, info.Mode().Type())
	case info.Size() > store.MaxObject:
		return nil, fmt.Errorf("read %s: it has %d bytes, want at most %d", key, info.Size(), store.MaxObject)
	}
	b, err := s.fs.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return b, nil
}

// Swap sets an object if it is old; see store.Store.
func (s *Store) Swap(ctx context.Context, key string, old, next []byte, guards ...store.Guard) error {
	path, err := s.place(key)
	if err != nil {
		return err
	}
	if len(next) > store.MaxObject {
		return fmt.Errorf("swap %s: %d bytes, want at most %d", key, len(next), store.MaxObject)
	}
	guards = append([]store.Guard{{Key: key, Value: old}}, guards...)
	err = s.change(ctx, path, guards, func() error {
		if next == nil {
			return s.remove(path)
		}
		return s.set(path, next)
	})
	if err != nil {
		return fmt.Errorf("swap %s: %w", key, err)
	}
	return nil
}

// set writes an object in the place of the one at path. It holds the lock.
func (s *Store) set(path string, value []byte) error {
	half := s.temporary(path)
	err := s.fs.WriteFile(half, value)
	if err == nil {
		err = s.fs.Sync(half)
	}
	if err == nil {
		err = s.fs.Rename(half, path)
	}
	if err != nil {
		_ = s.fs.RemoveAll(half)
		return err
	}
	return s.fs.Sync(filepath.Dir(path))
}

// check returns ErrChanged when a guard does not hold.
func (s *Store) check(ctx context.Context, guards []store.Guard) error {
	for _, g := range guards {
		is, err := store.ReadIf(ctx, s, g.Key)
		if err != nil {
			return err
		}
		if !bytes.Equal(is, g.Value) || (is == nil) != (g.Value == nil) {
			return fmt.Errorf("%s: %w", g.Key, store.ErrChanged)
		}
	}
	return nil
}

const (
	lockFile    = ".lock"
	tmpPrefix   = ".tmp-"
	asidePrefix = ".aside-"
)

func asideOf(path string) string {
	return filepath.Join(filepath.Dir(path), asidePrefix+filepath.Base(path))
}

// temporary is a name beside path that nobody else uses.
func (s *Store) temporary(path string) string {
	return filepath.Join(filepath.Dir(path), tmpPrefix+filepath.Base(path)+"-"+rand.Text()[:10])
}
