package ckpt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// ErrNone is returned by Latest when a directory has no whole checkpoint.
var ErrNone = errors.New("no checkpoint")

// Loaded is an open checkpoint that has been found whole.
type Loaded struct {
	Info
	State     State
	Config    json.RawMessage // config.json
	Tokenizer tokenizer.Tokenizer

	weights, optim *safetensors.File
}

// Verify checks every file of the checkpoint at path against its manifest.
func Verify(path string) (Info, error) {
	m, err := verify(path)
	return Info{path, m.Step, m.WeightsSHA256}, err
}

func verify(path string) (manifest, error) {
	var m manifest
	b, err := os.ReadFile(filepath.Join(path, manifestFile))
	if err != nil {
		return m, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("checkpoint %s: %s is damaged: %w", path, manifestFile, err)
	}
	if m.Format != 1 {
		return m, fmt.Errorf("checkpoint %s: format %d, want 1: it is of another version", path, m.Format)
	}
	for _, name := range files {
		got, err := hashFile(filepath.Join(path, name))
		if err != nil {
			return m, fmt.Errorf("checkpoint %s: %w", path, err)
		}
		if want := m.Files[name]; got != want {
			return m, fmt.Errorf("checkpoint %s: %s is damaged: SHA-256 %s of %d bytes, the manifest says %s of %d",
				path, name, got.SHA256, got.Size, want.SHA256, want.Size)
		}
	}
	return m, nil
}

// Load opens the checkpoint at path after Verify. The caller closes it.
func Load(path string) (*Loaded, error) {
	m, err := verify(path)
	if err != nil {
		return nil, err
	}
	l := &Loaded{Info: Info{path, m.Step, m.WeightsSHA256}}
	if err := l.open(); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return l, nil
}

func (l *Loaded) open() (err error) {
	b, err := os.ReadFile(filepath.Join(l.Path, stateFile))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &l.State); err != nil {
		return fmt.Errorf("%s: %w", stateFile, err)
	}
	if l.Config, err = os.ReadFile(filepath.Join(l.Path, configFile)); err != nil {
		return err
	}
	if l.Tokenizer, err = tokenizer.Load(filepath.Join(l.Path, tokenizerFile)); err != nil {
		return err
	}
	if l.weights, err = safetensors.Open(filepath.Join(l.Path, modelFile)); err != nil {
		return err
	}
	l.optim, err = safetensors.Open(filepath.Join(l.Path, optimFile))
	return err
}

// Weight reads a parameter of the model.
func (l *Loaded) Weight(name string) (*tensorlib.Tensor, error) { return l.weights.Tensor(name) }

// Moment reads a tensor of the optimizer.
func (l *Loaded) Moment(name string) (*tensorlib.Tensor, error) { return l.optim.Tensor(name) }

// Close closes the files.
func (l *Loaded) Close() error {
	var errs []error
	for _, f := range []*safetensors.File{l.weights, l.optim} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Latest opens the newest whole checkpoint in dir. It tells warn, if not nil, of each newer one that is damaged.
// ErrNone means that there is no whole one.
func Latest(dir string, warn func(string)) (*Loaded, error) {
	steps, err := List(dir)
	if err != nil {
		return nil, err
	}
	for _, step := range slices.Backward(steps) {
		l, err := Load(filepath.Join(dir, dirName(step)))
		if err == nil {
			return l, nil
		}
		if warn != nil {
			warn(fmt.Sprintf("passed over: %v", err))
		}
	}
	return nil, fmt.Errorf("%s: %w", dir, ErrNone)
}

// Prune removes all checkpoints but the newest keep, at least one.
func Prune(l *Lease, keep int) error {
	steps, err := List(l.Dir)
	if err != nil {
		return err
	}
	for _, step := range steps[:max(0, len(steps)-max(keep, 1))] {
		path := filepath.Join(l.Dir, dirName(step))
		gone := filepath.Join(l.Dir, tmpPrefix+"gone-"+dirName(step))
		err := l.publish(func() error { return os.Rename(path, gone) })
		if err == nil {
			err = os.RemoveAll(gone)
		}
		if err != nil {
			return fmt.Errorf("prune checkpoints: %w", err)
		}
	}
	return nil
}

var dirPattern = regexp.MustCompile(`^step-(\d{8,})$`)

func dirName(step int) string { return fmt.Sprintf("step-%08d", step) }

// List returns the steps of the checkpoints in dir, ascending, whole or not. A directory that does not exist has none.
func List(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var steps []int
	for _, e := range entries {
		if m := dirPattern.FindStringSubmatch(e.Name()); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && dirName(n) == e.Name() {
				steps = append(steps, n)
			}
		}
	}
	slices.Sort(steps)
	return steps, nil
}
