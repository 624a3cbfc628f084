package data

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// kind is a sort of prepared data: its layout, and the files that the manifest must list beside others.
type kind struct {
	layout string // also the version of what made it
	files  []string
}

var (
	corpusKind       = kind{"corpus 2", []string{tokenizerFile, trainFile, valFile}}
	instructionsKind = kind{"instructions 1", []string{
		trainFile, "train-trained.arrow", "train-starts.arrow", valFile, "val-trained.arrow", "val-starts.arrow",
	}}
)

// check reports what is wrong with prepared data: fs.ErrNotExist when there is none. Data that this process has found whole, and
// whose files are the same ones since, is not read again; known says so.
func (k kind) check(dir string) (known bool, err error) {
	if _, err := os.Stat(dir); err != nil {
		return false, err
	}
	before := look(dir)
	if checked.has(dir, before) {
		return true, nil
	}
	if err := k.verify(dir); err != nil {
		return false, err
	}
	checked.add(dir, before)
	return false, nil
}

// verify reads every file of prepared data.
func (k kind) verify(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return fmt.Errorf("%s has no manifest", dir) // not ErrNotExist: there is something, but not whole
	}
	var m struct {
		Layout string
		Files  map[string]file
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, manifestFile), err)
	}
	if m.Layout != k.layout {
		return fmt.Errorf("%s has layout %q, want %q", dir, m.Layout, k.layout)
	}
	for _, name := range k.files {
		if _, ok := m.Files[name]; !ok {
			return fmt.Errorf("%s does not list %s", filepath.Join(dir, manifestFile), name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		path := filepath.Join(dir, name)
		got, err := hashFile(path)
		if err != nil {
			return fmt.Errorf("%s: %s is missing or cannot be read", dir, name)
		}
		if want := m.Files[name]; got != want {
			return fmt.Errorf("%s: SHA-256 is %s (%d bytes), the manifest says %s (%d bytes)", path, got.SHA256, got.Size, want.SHA256, want.Size)
		}
	}
	return nil
}

// checked is the prepared data that this process has found whole: a run opens its data again at each segment.
var checked = wholes{dirs: map[string][]os.FileInfo{}}

// wholes remembers, for each directory, how its files looked when they were found whole.
type wholes struct {
	mu   sync.Mutex
	dirs map[string][]os.FileInfo
}

// settled is how old a file must be for its time to tell a later change of it.
const settled = time.Second

func (w *wholes) has(dir string, now []os.FileInfo) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	then := w.dirs[dir]
	return len(now) > 0 && slices.EqualFunc(then, now, func(a, b os.FileInfo) bool {
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
	})
}

// add remembers a directory, unless one of its files has changed so lately that the next change may bear the same time.
func (w *wholes) add(dir string, files []os.FileInfo) {
	if slices.ContainsFunc(files, func(f os.FileInfo) bool { return time.Since(f.ModTime()) < settled }) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirs[dir] = files
}

// look is what the system says of the files in a directory, in the order of their names; nil when it cannot tell.
func look(dir string) []os.FileInfo {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []os.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil
		}
		all = append(all, info)
	}
	return all
}

func hashFile(path string) (file, error) {
	f, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return file{n, hex.EncodeToString(h.Sum(nil))}, err
}
