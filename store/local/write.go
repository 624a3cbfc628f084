package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/store"
)

const workLock = "lock"

// writer is a folder being written.
type writer struct {
	fs     FS
	work   string // the directory around it
	dir    string // the folder
	unlock func()
}

// begin makes the folder that will be put at path, and marks it as a living writer's before anyone can sweep it away.
func (s *Store) begin(ctx context.Context, path string, guards []store.Guard) (*writer, error) {
	work := s.temporary(path)
	w := &writer{fs: s.fs, work: work, dir: filepath.Join(work, "new")}
	err := s.change(ctx, path, guards, func() (err error) {
		if err := s.fs.Mkdir(work); err != nil {
			return err
		}
		if w.unlock, err = s.fs.TryLock(filepath.Join(work, workLock)); err == nil && w.unlock == nil {
			err = errors.New("a new file is locked by another") // by a file system without locks
		}
		if err != nil {
			return err
		}
		return s.fs.Mkdir(w.dir)
	})
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// end removes what was not published.
func (w *writer) end() {
	if w.unlock != nil {
		w.unlock()
	}
	_ = w.fs.RemoveAll(w.work) // it only takes room; the next one tries again
}

// flush makes everything under dir the owner's alone and puts it on the disk.
func (s *Store) flush(dir string) error {
	entries, err := s.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := s.fs.Lstat(path)
		if err != nil {
			return err
		}
		mode := fileMode
		switch {
		case info.IsDir():
			mode = dirMode
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is neither a file nor a directory but %s", path, info.Mode().Type())
		}
		if info.Mode().Perm() != mode {
			if err := s.fs.Chmod(path, mode); err != nil {
				return err
			}
		}
		if info.IsDir() {
			err = s.flush(path)
		} else {
			err = s.fs.Sync(path)
		}
		if err != nil {
			return err
		}
	}
	return s.fs.Sync(dir)
}

// makeDir makes dir, and those above it, and puts their names on the disk. For a directory that is there already a store
// does so once: whoever made it may have died before it had.
func (s *Store) makeDir(dir string) error {
	_, err := s.fs.Lstat(dir)
	if err == nil && (s.isDurable(dir) || !strings.HasPrefix(dir, s.root+string(filepath.Separator))) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := s.makeDir(parent); err != nil {
		return err
	}
	if err := s.fs.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.fs.Sync(parent); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable[dir] = true
	return nil
}

func (s *Store) isDurable(dir string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable[dir]
}
