package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// Save writes the parameters of a module to a safetensors file, in place of one that stands there. It is not atomic.
func Save(path string, m Module) error {
	if err := safetensors.WriteFile(path, named(m.Params()), nil); err != nil {
		return fmt.Errorf("save parameters: %w", err)
	}
	return nil
}

// Load replaces the parameters of a module by those of a safetensors file that [Save] wrote from such a module. See [Fill].
func Load(path string, m Module) (err error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return fmt.Errorf("load parameters: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := Fill(m.Params(), f); err != nil {
		return fmt.Errorf("load parameters of %s: %w", path, err)
	}
	return nil
}

// named are the parameters as safetensors writes them.
func named(ps []Param) []safetensors.Named {
	ts := make([]safetensors.Named, len(ps))
	for i, p := range ps {
		ts[i] = safetensors.Named{Name: p.Name, Tensor: p.Value}
	}
	return ts
}

// Source is where tensors are read from by name, such as a *safetensors.File.
type Source interface {
	Names() []string
	Shape(name string) (shape tensorlib.Shape, ok bool)
	Tensor(name string) (*tensorlib.Tensor, error)
}

// Fill replaces parameters by the tensors of the same names, converted to the parameters' dtype. The source has exactly these names, each with
// the parameter's shape; else nothing is changed and the error says which are missing, unexpected or misshapen.
func Fill(ps []Param, from Source) error {
	var missing, misshapen, unexpected []string
	known := map[string]bool{}
	for _, p := range ps {
		known[p.Name] = true
		got, ok := from.Shape(p.Name)
		switch want := p.Value.Shape(); {
		case !ok:
			missing = append(missing, p.Name)
		case !got.Equal(want):
			misshapen = append(misshapen, fmt.Sprintf("%s is %v, not %v", p.Name, got, want))
		}
	}
	for _, name := range from.Names() {
		if !known[name] {
			unexpected = append(unexpected, name)
		}
	}
	slices.Sort(unexpected)
	err := errors.Join(faults("missing", missing), faults("unexpected", unexpected), faults("misshapen", misshapen))
	if err != nil {
		return err
	}
	for _, p := range ps {
		t, err := from.Tensor(p.Name)
		if err != nil {
			return err
		}
		if p.Value.DType() == tensorlib.Float32 && (t.DType() == tensorlib.Int32 || t.DType() == tensorlib.Int64 || t.DType() == tensorlib.Bool) {
			return fmt.Errorf("tensor %s is %v, want floating-point numbers", p.Name, t.DType())
		}
		p.Value.CopyFrom(t)
	}
	return nil
}

// faults names the first few tensors that something is wrong with.
func faults(what string, names []string) error {
	const few = 6
	if len(names) == 0 {
		return nil
	}
	s := fmt.Sprintf("%d tensors are %s: ", len(names), what)
	if len(names) == 1 {
		s = fmt.Sprintf("1 tensor is %s: ", what)
	}
	if more := len(names) - few; more > 0 {
		names = append(slices.Clone(names[:few]), fmt.Sprintf("and %d more", more))
	}
	return errors.New(s + strings.Join(names, ", "))
}
