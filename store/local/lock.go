package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/store"
)

const (
	lockWait = 30 * time.Second     // for a lock that others hold for moments
	lockPoll = 2 * time.Millisecond // between two tries
)

// change runs f, which must be short, while the guards hold and nobody else changes the directory of path. The directory
// is made when absent, but not before the guards have been found to hold: a guard may stand in the same directory.
func (s *Store) change(ctx context.Context, path string, guards []store.Guard, f func() error) error {
	if err := s.check(ctx, guards); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := s.makeDir(dir); err != nil {
		return err
	}
	dirs := []string{dir}
	for _, g := range guards {
		other := filepath.Dir(s.Path(g.Key))
		if err := s.makeDir(other); err != nil { // it is absent only where no value is wanted
			return err
		}
		dirs = append(dirs, other)
	}
	slices.Sort(dirs) // all lock in the same order
	return s.locked(ctx, slices.Compact(dirs), func() error {
		if err := s.check(ctx, guards); err != nil {
			return err
		}
		if err := s.settle(dir); err != nil {
			return err
		}
		return f()
	})
}

// settled runs f after what a dead writer left in dir has been put in order, under the lock. Where nobody has ever written
// it only runs f.
func (s *Store) settled(ctx context.Context, dir string, f func() error) error {
	if _, err := s.fs.Lstat(filepath.Join(dir, lockFile)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return f()
		}
		return err
	}
	return s.locked(ctx, []string{dir}, func() error {
		if err := s.settle(dir); err != nil {
			return err
		}
		return f()
	})
}

// locked runs f under the locks of directories.
func (s *Store) locked(ctx context.Context, dirs []string, f func() error) error {
	if len(dirs) == 0 {
		return f()
	}
	path := filepath.Join(dirs[0], lockFile)
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, fmt.Errorf("another process has held %s for %v: end it", path, lockWait))
	defer cancel()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		unlock, err := s.fs.TryLock(path)
		if err != nil {
			return err
		}
		if unlock != nil {
			defer unlock()
			return s.locked(ctx, dirs[1:], f)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lockPoll):
		}
	}
}

// settle puts in order what dead writers left in dir, whose lock is held: what was put aside and not replaced stands again,
// the rest goes. What a living writer works on is locked and stays.
func (s *Store) settle(dir string) error {
	entries, err := s.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		name, aside := strings.CutPrefix(e.Name(), asidePrefix)
		switch {
		case aside:
			if err := s.restore(path, filepath.Join(dir, name)); err != nil {
				return err
			}
		case strings.HasPrefix(e.Name(), tmpPrefix):
			s.sweep(path, e.IsDir())
		}
	}
	return nil
}

// restore puts back what was put aside, unless its place has been taken: then it goes.
func (s *Store) restore(aside, path string) error {
	_, err := s.fs.Lstat(path)
	if err == nil {
		gone := s.temporary(path) // under this name half of it can never be put back
		if err := s.fs.Rename(aside, gone); err != nil {
			return err
		}
		_ = s.fs.RemoveAll(gone)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.fs.Rename(aside, path); err != nil {
		return err
	}
	return s.fs.Sync(filepath.Dir(path))
}

// sweep removes what a writer left, unless it lives. What cannot be removed only takes room.
func (s *Store) sweep(path string, isDir bool) {
	if isDir {
		unlock, err := s.fs.TryLock(filepath.Join(path, workLock))
		if err != nil || unlock == nil {
			return
		}
		defer unlock()
	}
	_ = s.fs.RemoveAll(path)
}
