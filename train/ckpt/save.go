package ckpt

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// Module is weights that a checkpoint keeps as a folder which others can open.
type Module interface {
	nn.Module
	Save(dir string) error // writes config.json and *.safetensors, with the parameters under their names, into an empty folder
}

// Optimizer is what a checkpoint keeps of an optimizer, such as optim.AdamW.
type Optimizer interface {
	State() []nn.Param // its own tensors
	Steps() int
	Restore(steps int, load func(name string) (*tensorlib.Tensor, error)) error
}

// Parts is all that a training must remember. The names of modules and optimizers become names of folders and files.
type Parts struct {
	Modules    map[string]Module
	Optimizers map[string]Optimizer
	Tokenizer  tokenizer.Tokenizer // nil: none; it lies beside the config.json of every module
	Cursor     any                 // becomes JSON; to restore it, a pointer; nil: none
}

// Info says where a checkpoint is and what is in it.
type Info struct {
	Path          string // the local folder
	Step          int
	WeightsSHA256 string // see WeightsSHA256
}

// Save publishes a checkpoint of step meta.Step under the lease, in place of one of the same step. When it returns without
// an error the checkpoint is on the disk. On any error, a full disk included, the earlier checkpoints are as they were.
// A context that has ended saves nothing: to save before stopping, pass one without cancellation.
func Save(ctx context.Context, l *Lease, parts Parts, meta Meta) (Info, error) {
	key := l.Dir + "/" + store.StepName(meta.Step)
	info, err := save(ctx, l, key, parts, meta)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("the disk is full: %w; free some space and resume: the checkpoints before it are untouched", err)
	}
	if err != nil {
		return Info{}, fmt.Errorf("save checkpoint %s: %w", key, l.Explain(ctx, err))
	}
	l.newest = meta.Step
	if look, err := appearance(info.Path); err == nil {
		l.whole[meta.Step] = look
	}
	return info, nil
}

func save(ctx context.Context, l *Lease, key string, parts Parts, meta Meta) (Info, error) {
	if err := parts.check(meta); err != nil {
		return Info{}, err
	}
	if err := l.Check(ctx); err != nil {
		return Info{}, err
	}
	m := manifest{Format: Format, Step: meta.Step, Token: l.Token, Modules: map[string]string{}}
	for name, module := range parts.Modules {
		m.WeightsSHA256 = WeightsSHA256(module.Params())
		m.Modules[name] = m.WeightsSHA256
	}
	if len(parts.Modules) > 1 {
		m.WeightsSHA256 = hashWeights(parts.Modules)
	}
	err := l.Store.Publish(ctx, key, func(dir string) error { return write(dir, parts, meta, m) }, l.guard)
	if err != nil {
		return Info{}, err
	}
	path, err := l.Store.Open(ctx, key)
	return Info{Path: path, Step: meta.Step, WeightsSHA256: m.WeightsSHA256}, err
}

// check reports what cannot be saved.
func (p *Parts) check(meta Meta) error {
	if meta.Step < 0 {
		return fmt.Errorf("step %d", meta.Step)
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(p.Modules)), slices.Collect(maps.Keys(p.Optimizers))) {
		if err := checkPart(name); err != nil {
			return err
		}
	}
	return nil
}

// write makes the files of a checkpoint in dir; the store flushes them to the disk.
func write(dir string, parts Parts, meta Meta, m manifest) (err error) {
	s := state{Meta: meta, Optimizers: map[string]int{}}
	s.Values = finite(meta.Values)
	for name, module := range parts.Modules {
		if err := writeModule(filepath.Join(dir, name), module, parts.Tokenizer); err != nil {
			return fmt.Errorf("module %s: %w", name, err)
		}
	}
	if len(parts.Optimizers) > 0 {
		if err := os.Mkdir(filepath.Join(dir, optimDir), 0o700); err != nil {
			return err
		}
	}
	for name, o := range parts.Optimizers {
		s.Optimizers[name] = o.Steps()
		if err := writeTensors(filepath.Join(dir, optimDir, name+".safetensors"), o.State()); err != nil {
			return fmt.Errorf("optimizer %s: %w", name, err)
		}
	}
	if parts.Cursor != nil {
		if s.Cursor, err = json.Marshal(parts.Cursor); err != nil {
			return fmt.Errorf("cursor: %w", err)
		}
	}
	if err := writeJSON(filepath.Join(dir, stateFile), s); err != nil {
		return err
	}
	if m.Files, err = hashFiles(dir); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, manifestFile), m)
}

// writeModule lets a module save itself and checks that what Restore will look for is there.
func writeModule(dir string, m Module, t tokenizer.Tokenizer) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := m.Save(dir); err != nil {
		return err
	}
	if t != nil {
		if err := tokenizer.Save(dir, t); err != nil {
			return err
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil {
		return err
	}
	saved, err := openTensors(paths)
	if err != nil {
		return err
	}
	return errors.Join(saved.fit(m.Params()), saved.Close())
}

// writeTensors writes a safetensors file.
func writeTensors(path string, ps []nn.Param) error {
	ts := make([]safetensors.Named, len(ps))
	for i, p := range ps {
		ts[i] = safetensors.Named{Name: p.Name, Tensor: p.Value}
	}
	return safetensors.WriteFile(path, ts, map[string]string{"format": "pt"})
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// finite leaves out what JSON cannot carry.
func finite(values map[string]float64) map[string]float64 {
	kept := maps.Clone(values)
	maps.DeleteFunc(kept, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return kept
}

// hashFiles hashes every file under dir.
func hashFiles(dir string) (map[string]file, error) {
	sums := map[string]file{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		sums[filepath.ToSlash(name)], err = hashFile(path)
		return err
	})
	return sums, err
}

// hashFile returns the size and hash of a file.
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

// WeightsSHA256 is the SHA-256, in hex, of the bytes of all parameters in the order of their names. It does not depend on
// the file they are in. Of several modules it is that of their parameters one module after the other, in the order of the
// modules' names.
func WeightsSHA256(ps []nn.Param) string { return hashParams(ps) }

func hashWeights(modules map[string]Module) string {
	all := make([][]nn.Param, 0, len(modules))
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		all = append(all, modules[name].Params())
	}
	return hashParams(all...)
}

func hashParams(modules ...[]nn.Param) string {
	h := sha256.New()
	for _, ps := range modules {
		ps = slices.Clone(ps)
		slices.SortFunc(ps, func(a, b nn.Param) int { return cmp.Compare(a.Name, b.Name) })
		for _, p := range ps {
			h.Write(p.Value.Bytes())
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
