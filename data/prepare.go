package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/athanor-ml/athanor/data/arrowio"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

// The files of a prepared corpus.
const (
	manifestFile  = "manifest.json"
	tokenizerFile = tokenizer.File
	trainFile     = "train.arrow"
	valFile       = "val.arrow"
)

// manifest says what a prepared corpus was made of, and what its files must be.
type manifest struct {
	Layout    string          `json:"layout"`
	Source    string          `json:"source"`
	TextSHA   string          `json:"textSHA256"`
	Tokenizer string          `json:"tokenizer"`
	Vocab     int             `json:"vocab"` // as asked for; 0 for char
	Train     float64         `json:"train"`
	Special   []string        `json:"special,omitempty"` // special tokens beside what was learnt
	Files     map[string]file `json:"files"`
}

type file struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Prepare makes the corpus that d describes in a directory under cacheDir whose name is a hash of all that decides its
// content, and returns the directory. One that is there and whole is used again; a damaged one is made anew, and warn,
// if not nil, is told. dataDir is the data directory; empty: the one of SetDir. Several processes may prepare the same
// corpus at a time.
func Prepare(d spec.Data, dataDir, cacheDir string, warn func(string)) (string, error) {
	return build(recipeOf(d), dataDir, cacheDir, warn)
}

func build(r recipe, dataDir, cacheDir string, warn func(string)) (string, error) {
	name, text, err := readSource(r.Source, dataDir, r.MaxBytes)
	if err != nil {
		return "", err
	}
	m := manifest{
		Layout: corpusKind.layout, Source: name, TextSHA: hash(text),
		Tokenizer: r.Tokenizer, Vocab: r.Vocab, Train: r.Train, Special: r.special,
	}
	dir := filepath.Join(cacheDir, m.dirName())
	switch _, err := corpusKind.check(dir); {
	case err == nil:
		return dir, nil
	case !errors.Is(err, fs.ErrNotExist):
		if warn != nil {
			warn(fmt.Sprintf("prepared data is damaged and is made anew: %v", err))
		}
	}
	e, err := encode(name, text, r)
	if err != nil {
		return "", err
	}
	err = corpusKind.publish(dir, e.write, func(files map[string]file) any {
		m.Files = files
		return m
	})
	if err != nil {
		return "", fmt.Errorf("prepare data in %s: %w", cacheDir, err)
	}
	return dir, nil
}

var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// dirName is a readable name with a hash of what the manifest says beside the files.
func (m manifest) dirName() string {
	key := fmt.Sprintf("%s\n%s\n%s\n%d\n%v\n%q\n", m.Layout, m.TextSHA, m.Tokenizer, m.Vocab, m.Train, m.Special)
	readable := unsafeInName.ReplaceAllString(m.Source, "-")
	return fmt.Sprintf("%s-%s-%s", readable[:min(len(readable), 40)], m.Tokenizer, hash(key)[:16])
}

// write writes the files of a corpus.
func (e encoded) write(dir string) error {
	if err := tokenizer.Save(dir, e.tokenizer); err != nil {
		return err
	}
	stream := func(text string) func(func([]int32) error) error {
		return func(write func([]int32) error) error { return tokenizer.Stream(e.tokenizer, text, write) }
	}
	train, err := arrowio.WriteTokens(filepath.Join(dir, trainFile), e.tokenizer.Size(), stream(e.train))
	if err != nil {
		return err
	}
	val, err := arrowio.WriteTokens(filepath.Join(dir, valFile), e.tokenizer.Size(), stream(e.val))
	if err != nil {
		return err
	}
	return e.enough(train, val)
}

// publish writes prepared data beside dir, with the manifest that describe makes of its files, and renames it to dir.
func (k kind) publish(dir string, write func(dir string) error, describe func(map[string]file) any) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	sweep(filepath.Dir(dir))
	tmp, err := os.MkdirTemp(filepath.Dir(dir), newPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := write(tmp); err != nil {
		return err
	}
	files, err := hashAll(tmp)
	if err != nil {
		return err
	}
	for name := range files {
		if err := flush(filepath.Join(tmp, name)); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(describe(files), "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(tmp, manifestFile)
	if err := errors.Join(os.WriteFile(path, b, 0o644), flush(path), os.Chmod(tmp, 0o755)); err != nil {
		return err
	}
	return k.replace(dir, tmp)
}

// hashAll says what each file of a directory is.
func hashAll(dir string) (map[string]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]file{}
	for _, e := range entries {
		if files[e.Name()], err = hashFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// flush puts what was written to a file on the disk.
func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// newPrefix begins the names of directories that are being made.
const newPrefix = ".new-"

// sweep removes what processes that were killed left half made: nothing takes an hour to make.
func sweep(cacheDir string) {
	old, _ := filepath.Glob(filepath.Join(cacheDir, newPrefix+"*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(dir) // it only takes room
		}
	}
}

// replace renames tmp to dir. What stands there already was damaged when we looked; if another process has put a whole
// one there since, that stays.
func (k kind) replace(dir, tmp string) error {
	if os.Rename(tmp, dir) == nil || k.whole(dir) {
		return nil
	}
	old := tmp + "-old"
	defer os.RemoveAll(old)
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !k.whole(dir) {
		return err
	}
	return nil
}

func (k kind) whole(dir string) bool {
	_, err := k.check(dir)
	return err == nil
}

// Open opens a directory that Prepare made, after it has checked every file against the manifest, once in a process while the files
// stay the same.
func Open(dir string) (*Corpus, error) {
	c, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open corpus: %w; delete the directory to have it made anew", err)
	}
	return c, nil
}

func open(dir string) (*Corpus, error) {
	known, err := corpusKind.check(dir)
	if err != nil {
		return nil, err
	}
	var m manifest
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return nil, err
	}
	tok, err := tokenizer.Open(dir)
	if err != nil {
		return nil, err
	}
	train, err := openTokens(dir, trainFile, tok, known)
	if err != nil {
		return nil, err
	}
	val, err := openTokens(dir, valFile, tok, known)
	if err != nil {
		return nil, errors.Join(err, train.Close())
	}
	return &Corpus{Name: m.Source, Dir: dir, Tokenizer: tok, train: train, val: val}, nil
}

// openTokens opens a split and checks that the tokenizer knows all of its tokens, unless they are known.
func openTokens(dir, name string, tok tokenizer.Tokenizer, known bool) (*arrowio.Tokens, error) {
	t, err := arrowio.OpenTokens(filepath.Join(dir, name))
	if err != nil || known {
		return t, err
	}
	if largest := t.Max(); largest >= tok.Size() {
		return nil, errors.Join(fmt.Errorf("%s has token %d, the tokenizer has %d ids", filepath.Join(dir, name), largest, tok.Size()), t.Close())
	}
	return t, nil
}
