package ckpt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/tensorlib"
)

// Loaded is a checkpoint that has been found whole.
type Loaded struct {
	Info
	Meta Meta

	manifest manifest
	state    state
}

// Load reads the checkpoint in a local folder after Verify. Its errors wrap ErrDamaged, ErrUnreadable or ErrNewer, or
// store.ErrNotExist when nothing is there.
func Load(path string) (*Loaded, error) {
	m, err := verify(path)
	if err != nil {
		return nil, err
	}
	l := &Loaded{Info: Info{path, m.Step, m.WeightsSHA256}, manifest: m}
	text, err := os.ReadFile(filepath.Join(path, stateFile))
	if err == nil {
		err = json.Unmarshal(text, &l.state)
	}
	if err == nil && l.state.Step != m.Step {
		err = fmt.Errorf("it is of step %d, the manifest of %d", l.state.Step, m.Step)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %s %w: %w", path, stateFile, ErrUnreadable, err)
	}
	l.Meta = l.state.Meta
	return l, nil
}

// Modules lists the names of the modules, in order.
func (l *Loaded) Modules() []string { return slices.Sorted(maps.Keys(l.manifest.Modules)) }

// Module returns the folder of a module: a Hugging Face model.
func (l *Loaded) Module(name string) (dir string, err error) {
	if _, ok := l.manifest.Modules[name]; !ok {
		return "", fmt.Errorf("checkpoint %s has modules %q, not %q", l.Path, l.Modules(), name)
	}
	return filepath.Join(l.Path, name), nil
}

// Tokenizer reads the tokenizer; nil when there is none.
func (l *Loaded) Tokenizer() (tokenizer.Tokenizer, error) {
	for _, name := range l.Modules() {
		if found := l.manifest.in(name, tokenizerFile); len(found) > 0 {
			t, err := tokenizer.Open(filepath.Join(l.Path, name))
			if err != nil {
				return nil, fmt.Errorf("checkpoint %s: %w", l.Path, err)
			}
			return t, nil
		}
	}
	return nil, nil
}

// Restore puts the checkpoint into the modules, optimizers and cursor of parts, by name, and checks that the weights are
// those that the manifest names. What parts does not name is left alone. On an error parts may be half filled, unless it is
// one of names, shapes or a cursor, which are looked at first.
func (l *Loaded) Restore(parts Parts) error {
	if err := l.restore(parts); err != nil {
		return fmt.Errorf("restore checkpoint %s: %w", l.Path, err)
	}
	return nil
}

func (l *Loaded) restore(parts Parts) (err error) {
	modules, optimizers := map[string]*tensors{}, map[string]*tensors{}
	defer func() {
		for _, ts := range slices.Concat(slices.Collect(maps.Values(modules)), slices.Collect(maps.Values(optimizers))) {
			err = errors.Join(err, ts.Close())
		}
	}()
	for name, m := range parts.Modules {
		if _, err := l.Module(name); err != nil {
			return err
		}
		if modules[name], err = l.open(l.manifest.in(name, ".safetensors")...); err == nil {
			err = modules[name].fit(m.Params())
		}
		if err != nil {
			return fmt.Errorf("module %s: %w", name, err)
		}
	}
	for name, o := range parts.Optimizers {
		if _, ok := l.state.Optimizers[name]; !ok {
			return fmt.Errorf("it has optimizers %q, not %q", slices.Sorted(maps.Keys(l.state.Optimizers)), name)
		}
		if optimizers[name], err = l.open(optimDir + "/" + name + ".safetensors"); err == nil {
			err = optimizers[name].fit(o.State())
		}
		if err != nil {
			return fmt.Errorf("optimizer %s: %w", name, err)
		}
	}
	if err := l.Cursor(parts.Cursor); err != nil {
		return err
	}
	tensorlib.Scope(func() { err = l.fill(parts, modules, optimizers) })
	return err
}

// open opens tensors of the checkpoint by the names of their files.
func (l *Loaded) open(names ...string) (*tensors, error) {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(l.Path, filepath.FromSlash(name))
	}
	return openTensors(paths)
}

// fill copies what fits.
func (l *Loaded) fill(parts Parts, modules, optimizers map[string]*tensors) error {
	for name, m := range parts.Modules {
		ps := m.Params()
		if err := modules[name].fill(ps); err != nil {
			return fmt.Errorf("module %s: %w", name, err)
		}
		if got, want := WeightsSHA256(ps), l.manifest.Modules[name]; got != want {
			return fmt.Errorf("module %s: the weights' SHA-256 is %s, the manifest says %s", name, got, want)
		}
	}
	for name, o := range parts.Optimizers {
		if err := o.Restore(l.state.Optimizers[name], optimizers[name].Tensor); err != nil {
			return fmt.Errorf("optimizer %s: %w", name, err)
		}
	}
	return nil
}

// Cursor puts the cursor into the value that into, a pointer, points at; nil: nowhere.
func (l *Loaded) Cursor(into any) error {
	if into == nil {
		return nil
	}
	if len(l.state.Cursor) == 0 {
		return errors.New("cursor: the checkpoint has none")
	}
	if err := json.Unmarshal(l.state.Cursor, into); err != nil {
		return fmt.Errorf("cursor: %w", err)
	}
	return nil
}
