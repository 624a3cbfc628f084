// Package storetest is the suite that every implementation of store.Store passes.
//
// [Run] holds for any store. [Faults] holds for those that work on a local.FS: it gives them a [Disk] that breaks at each
// operation in turn, in each of several ways, and looks at what is left. Tests of packages that keep something in a store
// use the Disk too.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/athanor-ml/athanor/store"
)

// Run passes stores through the suite. Place makes a new, empty place for a store and returns a function that opens it, as
// another process would.
func Run(t *testing.T, place func(t *testing.T) (open func() store.Store)) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func() store.Store)
	}{
		{"publish", publish},
		{"publish fails", publishFails},
		{"publish refuses links", publishRefusesLinks},
		{"nothing there", nothingThere},
		{"keys", keys},
		{"list", list},
		{"remove", remove},
		{"swap", swap},
		{"swap at once", swapAtOnce},
		{"put", put},
		{"guards", guards},
		{"a guard is looked at when the folder appears", guardAtTheEnd},
		{"readers see whole folders", readersSeeWhole},
		{"a living writer's files stay", livingWriter},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, place(t)) })
	}
}

// Tree returns a function that writes a small folder which holds a version everywhere.
func Tree(version string) func(dir string) error {
	return func(dir string) error {
		if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
			return err
		}
		for _, name := range treeFiles {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(version), 0o666); err != nil {
				return err
			}
		}
		return nil
	}
}

var treeFiles = []string{"a", "b", filepath.Join("sub", "c")}

// ReadTree returns the version of a folder that Tree wrote, and an error when it is not whole.
func ReadTree(dir string) (version string, err error) {
	for i, name := range treeFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case err != nil:
			return "", err
		case i == 0:
			version = string(text)
		case string(text) != version:
			return "", fmt.Errorf("%s holds %q, a file beside it %q", filepath.Join(dir, name), text, version)
		}
	}
	return version, nil
}

// version returns what stands under a key; "" when nothing does.
func version(ctx context.Context, s store.Store, key string) (string, error) {
	path, err := s.Open(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return ReadTree(path)
}

func wantVersion(t *testing.T, s store.Store, key, want string) {
	t.Helper()
	if got, err := version(t.Context(), s, key); err != nil || got != want {
		t.Errorf("%s holds %q, %v; want %q", key, got, err, want)
	}
}

func wantObject(t *testing.T, s store.Store, key, want string) {
	t.Helper()
	if got, err := s.Read(t.Context(), key); err != nil || string(got) != want {
		t.Errorf("%s is %q, %v; want %q", key, got, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func publish(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	must(t, s.Publish(ctx, "a/b/c", Tree("1")))
	wantVersion(t, open(), "a/b/c", "1")
	must(t, s.Publish(ctx, "a/b/c", Tree("2")))
	wantVersion(t, open(), "a/b/c", "2")
	must(t, s.Publish(ctx, "empty", func(string) error { return nil }))
	if path, err := open().Open(ctx, "empty"); err != nil {
		t.Errorf("an empty folder: %s, %v", path, err)
	}
}

func publishFails(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	must(t, s.Publish(ctx, "a/b", Tree("1")))
	broken := errors.New("broken")
	half := func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "a"), []byte("2"), 0o600), broken)
	}
	for _, key := range []string{"a/b", "a/c"} {
		if err := s.Publish(ctx, key, half); !errors.Is(err, broken) || !strings.Contains(err.Error(), key) {
			t.Errorf("Publish: %v, want %v and %s", err, broken, key)
		}
	}
	ended, end := context.WithCancel(ctx)
	err := s.Publish(ended, "a/b", func(dir string) error { end(); return Tree("2")(dir) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Publish when the context ends: %v", err)
	}
	wantVersion(t, s, "a/b", "1")
	wantVersion(t, s, "a/c", "")
	if names, err := s.List(ctx, "a"); err != nil || !slices.Equal(names, []string{"b"}) {
		t.Errorf("List: %q, %v", names, err)
	}
}

func publishRefusesLinks(t *testing.T, open func() store.Store) {
	err := open().Publish(t.Context(), "a", func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "x")) })
	if err == nil || !strings.Contains(err.Error(), "neither a file nor a directory") {
		t.Errorf("Publish of a link: %v", err)
	}
}

func nothingThere(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	if _, err := s.Open(ctx, "a/b"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("Open: %v, want ErrNotExist", err)
	}
	if _, err := s.Read(ctx, "a/b"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("Read: %v, want ErrNotExist", err)
	}
	if names, err := s.List(ctx, "a"); err != nil || len(names) > 0 {
		t.Errorf("List: %q, %v", names, err)
	}
	if err := s.Remove(ctx, "a/b"); err != nil {
		t.Errorf("Remove: %v", err)
	}
}

func keys(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.b", `a\b`, "c:d", "a\x00", strings.Repeat("x", 201)} {
		_, opened := s.Open(ctx, key)
		_, read := s.Read(ctx, key)
		_, listed := s.List(ctx, key)
		for what, err := range map[string]error{
			"Publish": s.Publish(ctx, key, Tree("1")), "Open": opened, "List": listed, "Remove": s.Remove(ctx, key),
			"Read": read, "Swap": s.Swap(ctx, key, nil, []byte("1")),
		} {
			if err == nil || errors.Is(err, store.ErrNotExist) {
				t.Errorf("%s of %q: %v, want an error that says what is wrong with the key", what, key, err)
			}
		}
	}
	for _, key := range []string{"a", "A b/ü.x", strings.Repeat("x", 200)} {
		must(t, s.Publish(ctx, key, Tree(key)))
		wantVersion(t, s, key, key)
	}
}

func list(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	for _, key := range []string{"r/step-10", "r/step-9", "r/deep/er", "q/x"} {
		must(t, s.Publish(ctx, key, Tree("1")))
	}
	must(t, s.Swap(ctx, "r/lease", nil, []byte("1")))
	if names, err := open().List(ctx, "r"); err != nil || !slices.Equal(names, []string{"deep", "lease", "step-10", "step-9"}) {
		t.Errorf("List: %q, %v", names, err)
	}
}

func remove(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	must(t, s.Publish(ctx, "a/b", Tree("1")))
	must(t, s.Publish(ctx, "a/c", Tree("1")))
	must(t, s.Swap(ctx, "a/d", nil, []byte("1")))
	must(t, s.Remove(ctx, "a/b"))
	must(t, s.Remove(ctx, "a/d"))
	if names, err := open().List(ctx, "a"); err != nil || !slices.Equal(names, []string{"c"}) {
		t.Errorf("List: %q, %v", names, err)
	}
}

func swap(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	for i, c := range []struct {
		old, next, want []byte // want is what stands there after
		changed         bool
	}{
		{old: []byte("1"), next: []byte("2"), changed: true},
		{old: []byte{}, next: []byte("2"), changed: true},
		{next: []byte("1"), want: []byte("1")},
		{next: []byte("2"), want: []byte("1"), changed: true},
		{old: []byte("1"), next: []byte("3"), want: []byte("3")},
		{old: []byte("1"), next: []byte("4"), want: []byte("3"), changed: true},
		{old: []byte("3"), next: []byte{}, want: []byte{}},
		{next: []byte("5"), want: []byte{}, changed: true},
		{old: []byte{}},
		{next: []byte("6"), want: []byte("6")},
	} {
		if err := s.Swap(ctx, "a/x", c.old, c.next); errors.Is(err, store.ErrChanged) != c.changed || !c.changed && err != nil {
			t.Errorf("%d: Swap(%q, %q): %v", i, c.old, c.next, err)
		}
		got, err := store.ReadIf(ctx, open(), "a/x")
		if err != nil || !bytes.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%d: it is %q, %v; want %q", i, got, err, c.want)
		}
	}
	if err := s.Swap(ctx, "a/y", nil, make([]byte, store.MaxObject+1)); err == nil {
		t.Error("Swap of an object that is too large: no error")
	}
}

// Of many who count at once, each on a store of its own, none is lost.
func swapAtOnce(t *testing.T, open func() store.Store) {
	const writers, times = 8, 10
	var all sync.WaitGroup
	errs := make(chan error, writers)
	for range writers {
		all.Go(func() {
			s := open()
			for range times {
				if err := count(t.Context(), s); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	wantObject(t, open(), "a/n", strconv.Itoa(writers*times))
}

// count adds one to an object.
func count(ctx context.Context, s store.Store) error {
	for {
		old, err := store.ReadIf(ctx, s, "a/n")
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(string(old))
		if err := s.Swap(ctx, "a/n", old, strconv.AppendInt(nil, int64(n+1), 10)); !errors.Is(err, store.ErrChanged) {
			return err
		}
	}
}

func put(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	for _, v := range []string{"1", "2", ""} {
		must(t, store.Put(ctx, s, "a/x", []byte(v)))
		wantObject(t, open(), "a/x", v)
	}
	err := store.Put(ctx, s, "a/x", []byte("3"), store.Guard{Key: "a/lease", Value: []byte("mine")})
	if !errors.Is(err, store.ErrChanged) {
		t.Errorf("Put under a guard that does not hold: %v", err)
	}
}

func guards(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	must(t, s.Swap(ctx, "a/lease", nil, []byte("1")))
	mine, none := store.Guard{Key: "a/lease", Value: []byte("1")}, store.Guard{Key: "b/none"}
	must(t, s.Publish(ctx, "a/x", Tree("1"), mine, none))
	must(t, s.Publish(ctx, "c/d/x", Tree("1"), none, mine))
	must(t, s.Swap(ctx, "a/y", nil, []byte("1"), mine))
	must(t, s.Swap(ctx, "a/lease", []byte("1"), []byte("2")))
	for what, err := range map[string]error{
		"Publish":                    s.Publish(ctx, "a/x", Tree("2"), mine),
		"Publish elsewhere":          s.Publish(ctx, "c/d/x", Tree("2"), mine),
		"Publish into a new folder":  s.Publish(ctx, "e/f/x", Tree("2"), mine),
		"Remove":                     s.Remove(ctx, "a/x", mine),
		"Swap":                       s.Swap(ctx, "a/y", []byte("1"), []byte("2"), mine),
		"under two, one of which is": s.Publish(ctx, "a/x", Tree("2"), none, mine),
	} {
		if !errors.Is(err, store.ErrChanged) || !strings.Contains(err.Error(), "a/lease") {
			t.Errorf("%s: %v, want ErrChanged of a/lease", what, err)
		}
	}
	wantVersion(t, s, "a/x", "1")
	wantVersion(t, s, "c/d/x", "1")
	wantObject(t, s, "a/y", "1")
	if names, err := s.List(ctx, "e"); err != nil || len(names) > 0 {
		t.Errorf("a guard that did not hold left %q, %v", names, err)
	}
}

func guardAtTheEnd(t *testing.T, open func() store.Store) {
	s, ctx := open(), t.Context()
	must(t, s.Swap(ctx, "a/lease", nil, []byte("1")))
	err := s.Publish(ctx, "a/x", func(dir string) error {
		return errors.Join(Tree("1")(dir), open().Swap(ctx, "a/lease", []byte("1"), []byte("2")))
	}, store.Guard{Key: "a/lease", Value: []byte("1")})
	if !errors.Is(err, store.ErrChanged) {
		t.Errorf("Publish: %v, want ErrChanged", err)
	}
	wantVersion(t, s, "a/x", "")
}

// A folder is replaced again and again while others open it: it is always there. What was opened may be removed while it is
// read, but never is half of it there and half of another.
func readersSeeWhole(t *testing.T, open func() store.Store) {
	ctx := t.Context()
	must(t, open().Publish(ctx, "a/x", Tree("0")))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			s := open()
			for {
				path, err := s.Open(ctx, "a/x")
				if err != nil {
					t.Errorf("Open while it is replaced: %v", err)
				} else if _, err := os.Stat(path); err != nil && !errors.Is(err, store.ErrNotExist) {
					t.Error(err)
				}
				if names, err := s.List(ctx, "a"); err != nil || !slices.Equal(names, []string{"x"}) {
					t.Errorf("List while it is replaced: %q, %v", names, err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	s := open()
	for i := range 20 {
		must(t, s.Publish(ctx, "a/x", Tree(strconv.Itoa(i))))
	}
	close(done)
	readers.Wait()
	wantVersion(t, s, "a/x", "19")
}

func livingWriter(t *testing.T, open func() store.Store) {
	ctx := t.Context()
	must(t, open().Publish(ctx, "a/x", func(dir string) error {
		if err := Tree("1")(dir); err != nil {
			return err
		}
		other := open()
		must(t, other.Publish(ctx, "a/y", Tree("2")))
		must(t, other.Publish(ctx, "a/x", Tree("3")))
		must(t, other.Remove(ctx, "a/y"))
		_, err := ReadTree(dir)
		return err
	}))
	wantVersion(t, open(), "a/x", "1")
}
