package ckpt

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// tensors are the tensors of one or several safetensors files: a model may lie in shards.
type tensors struct {
	files []*safetensors.File
	in    map[string]*safetensors.File // by the tensor's name
}

// openTensors opens files and reads their headers.
func openTensors(paths []string) (*tensors, error) {
	ts := &tensors{in: map[string]*safetensors.File{}}
	for _, path := range paths {
		f, err := safetensors.Open(path)
		if err != nil {
			return nil, errors.Join(err, ts.Close())
		}
		ts.files = append(ts.files, f)
		for _, name := range f.Names() {
			if ts.in[name] != nil {
				return nil, errors.Join(fmt.Errorf("%s: tensor %q is in another file too", filepath.Base(path), name), ts.Close())
			}
			ts.in[name] = f
		}
	}
	return ts, nil
}

// fit reports a parameter that is not there or has another shape.
func (ts *tensors) fit(ps []nn.Param) error {
	for _, p := range ps {
		f := ts.in[p.Name]
		if f == nil {
			return fmt.Errorf("no tensor %q", p.Name)
		}
		if got, _ := f.Shape(p.Name); !got.Equal(p.Value.Shape()) {
			return fmt.Errorf("tensor %q: shape %v, want %v", p.Name, got, p.Value.Shape())
		}
	}
	return nil
}

// Tensor reads a tensor.
func (ts *tensors) Tensor(name string) (*tensorlib.Tensor, error) {
	f := ts.in[name]
	if f == nil {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	return f.Tensor(name)
}

// fill copies tensors that fit into parameters.
func (ts *tensors) fill(ps []nn.Param) error {
	for _, p := range ps {
		t, err := ts.Tensor(p.Name)
		if err != nil {
			return err
		}
		if got, want := t.DType(), p.Value.DType(); got != want {
			return fmt.Errorf("tensor %q: dtype %v, want %v", p.Name, got, want)
		}
		p.Value.CopyFrom(t)
	}
	return nil
}

// Close closes the files.
func (ts *tensors) Close() error {
	if ts == nil {
		return nil
	}
	errs := make([]error, len(ts.files))
	for i, f := range ts.files {
		errs[i] = f.Close()
	}
	return errors.Join(errs...)
}
