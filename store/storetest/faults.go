package storetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
)

// Breaks are the ways in which Sweep breaks a disk, by name.
var Breaks = map[string]Fault{
	"killed":                     {Err: ErrKilled, Kill: true},
	"killed after it":            {Err: ErrKilled, Kill: true, Late: true},
	"an I/O error":               {Err: syscall.EIO, Ops: 1},
	"an I/O error after it":      {Err: syscall.EIO, Ops: 1, Late: true},
	"I/O errors for a while":     {Err: syscall.EIO},
	"full":                       {Err: syscall.ENOSPC},
	"power cut":                  {Err: ErrKilled, Kill: true},
	"power cut, names were kept": {Err: ErrKilled, Kill: true},
}

// Scenario is something that is done to what lies on a disk. Each function opens what it needs in the directory root of a
// file system, as a new process would.
type Scenario struct {
	Before func(fsys local.FS, root string) error // puts there what was before; nothing breaks
	Do     func(fsys local.FS, root string) error // is broken at each operation in turn
	Check  func(root string, done bool) error     // looks, after it broke: done says that Do returned without an error
	Retry  func(fsys local.FS, root string) error // must succeed
	After  func(root string) error                // looks, after that
}

// Sweep runs a scenario with a fault at the first operation, the second, and so on until Do ends before the fault, in
// each of the ways of Breaks, or in those that are named.
func Sweep(t *testing.T, s Scenario, ways ...string) {
	if len(ways) == 0 {
		ways = slices.Sorted(maps.Keys(Breaks))
	}
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			for at, again := 1, true; again; at++ {
				var err error
				if again, err = s.breakAt(t, at, way, Breaks[way]); err != nil {
					t.Fatalf("%s at operation %d: %v", way, at, err)
				}
				if !again {
					t.Logf("broken %d times", at-1)
				}
			}
		})
	}
}

// breakAt breaks a scenario once. It reports whether the fault came before the end.
func (s *Scenario) breakAt(t *testing.T, at int, name string, fault Fault) (again bool, err error) {
	base := t.TempDir()
	root := filepath.Join(base, "home", "store")
	disk, err := NewDisk(base)
	if err != nil {
		return false, err
	}
	defer disk.Close()
	if s.Before != nil {
		if err := s.Before(disk, root); err != nil {
			return false, fmt.Errorf("before: %w", err)
		}
	}
	disk.Break(at, fault)
	failed := s.Do(disk, root)
	again = disk.Broken()
	if !again && failed != nil {
		return false, fmt.Errorf("unbroken: %w", failed)
	}
	if failed != nil && !errors.Is(failed, fault.Err) {
		return again, fmt.Errorf("the error %w does not say %w", failed, fault.Err)
	}
	disk.Break(0, Fault{}) // whole again, for the next one
	if strings.HasPrefix(name, "power cut") {
		dst := filepath.Join(t.TempDir(), "disk")
		if err := disk.PowerCut(dst, name == "power cut, names were kept"); err != nil {
			return again, err
		}
		root = filepath.Join(dst, "home", "store")
		defer os.RemoveAll(dst)
	}
	defer os.RemoveAll(base)
	if err := s.Check(root, failed == nil); err != nil {
		return again, fmt.Errorf("after it broke (%s): %w", fmt.Sprint(failed), err)
	}
	if err := s.Retry(quick{}, root); err != nil {
		return again, fmt.Errorf("tried again: %w", err)
	}
	if err := s.After(root); err != nil {
		return again, fmt.Errorf("after it was tried again: %w", err)
	}
	return again, Litter(root)
}

// quick is the file system of the machine without waiting for the disk.
type quick struct{ local.OS }

func (quick) Sync(string) error { return nil }

// Litter reports what lies under root that dead writers left.
func Litter(root string) error {
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if name := filepath.Base(path); err == nil && strings.HasPrefix(name, ".") && name != ".lock" {
			err = fmt.Errorf("left over: %s", path)
		}
		return err
	})
}

// Faults breaks the disk under a store at every operation of everything that a store does.
func Faults(t *testing.T, open func(fsys local.FS, root string) store.Store) {
	ctx := context.Background()
	lease := store.Guard{Key: "r/x/lease", Value: []byte("mine")}
	with := func(f func(s store.Store) error) func(local.FS, string) error {
		return func(fsys local.FS, root string) error { return f(open(fsys, root)) }
	}
	on := func(root string) store.Store { return open(local.OS{}, root) }
	before := with(func(s store.Store) error {
		return errors.Join(
			s.Publish(ctx, "r/x/old", Tree("1")), s.Publish(ctx, "r/x/other", Tree("other")),
			s.Swap(ctx, "r/x/object", nil, []byte("1")), s.Swap(ctx, lease.Key, nil, lease.Value))
	})
	// others looks at what the scenarios leave alone.
	others := func(root string) error {
		got, err := version(ctx, on(root), "r/x/other")
		if err == nil && got != "other" {
			err = fmt.Errorf("what nobody touched holds %q", got)
		}
		return err
	}
	// isOf looks at what stands under a key: old, or next, or, when it is done, next.
	isOf := func(read func(s store.Store, key string) (string, error), key, old, next string) (check func(string, bool) error, after func(string) error) {
		check = func(root string, done bool) error {
			got, err := read(on(root), key)
			if err == nil && got != next && (done || got != old) {
				err = fmt.Errorf("%s holds %q (done: %t), want %q or %q", key, got, done, old, next)
			}
			return errors.Join(err, others(root))
		}
		return check, func(root string) error { return check(root, true) }
	}
	folder := func(s store.Store, key string) (string, error) { return version(ctx, s, key) }
	object := func(s store.Store, key string) (string, error) {
		b, err := store.ReadIf(ctx, s, key)
		return string(b), err
	}
	for _, c := range []struct {
		name, key, old, next string
		read                 func(s store.Store, key string) (string, error)
		do                   func(s store.Store) error
	}{
		{"publish", "r/y/z/new", "", "2", folder, func(s store.Store) error { return s.Publish(ctx, "r/y/z/new", Tree("2")) }},
		{"replace", "r/x/old", "1", "2", folder, func(s store.Store) error { return s.Publish(ctx, "r/x/old", Tree("2"), lease) }},
		{"remove", "r/x/old", "1", "", folder, func(s store.Store) error { return s.Remove(ctx, "r/x/old", lease) }},
		{"first object", "r/y/object", "", "2", object, func(s store.Store) error { return store.Put(ctx, s, "r/y/object", []byte("2")) }},
		{"object", "r/x/object", "1", "2", object, func(s store.Store) error { return store.Put(ctx, s, "r/x/object", []byte("2"), lease) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			check, after := isOf(c.read, c.key, c.old, c.next)
			Sweep(t, Scenario{Before: before, Do: with(c.do), Check: check, Retry: with(c.do), After: after})
		})
	}
}
