package nn

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

func TestSaveThenLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "attention.safetensors")
	a, b := newAttention(4, 2, tensorlib.NewRand(1)), newAttention(4, 2, tensorlib.NewRand(2))
	if err := Save(path, a); err != nil {
		t.Fatal(err)
	}
	if err := Load(path, b); err != nil {
		t.Fatal(err)
	}
	for i, p := range b.Params() {
		if p.Value.Ne(a.Params()[i].Value).Sum().Item() != 0 || !p.Value.RequiresGrad() {
			t.Errorf("%s changed, or collects no gradient", p.Name)
		}
	}
	if err := Save(filepath.Join(path, "no"), a); err == nil {
		t.Error("saved below a file")
	}
	if err := Load(filepath.Join(t.TempDir(), "no"), a); err == nil || !strings.Contains(err.Error(), "load parameters") {
		t.Errorf("loaded from nothing: %v", err)
	}
}

// list is a module of these parameters.
type list []Param

func (l list) Params() []Param { return l }

// A file that does not fit changes nothing, and every tensor that is wrong is named, of many the first.
func TestLoadNamesWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	var wrote []safetensors.Named
	for i := range 9 {
		wrote = append(wrote, safetensors.Named{Name: fmt.Sprint("extra", i), Tensor: tensorlib.Zeros(1)})
	}
	wrote = append(wrote, safetensors.Named{Name: "wide", Tensor: tensorlib.Zeros(3)}, safetensors.Named{Name: "right", Tensor: tensorlib.Zeros(2)})
	if err := safetensors.WriteFile(path, wrote, nil); err != nil {
		t.Fatal(err)
	}
	m := list{{"right", tensorlib.Ones(2)}, {"wide", tensorlib.Ones(2)}, {"absent", tensorlib.Ones(2)}}
	err := Load(path, m)
	for _, says := range []string{
		path, "1 tensor is missing: absent", "1 tensor is misshapen: wide is (3), not (2)",
		"9 tensors are unexpected: extra0, extra1, extra2, extra3, extra4, extra5, and 3 more",
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
	if m[0].Value.Sum().Item() != 2 {
		t.Error("a file that does not fit changed a parameter")
	}
	if err := safetensors.WriteFile(path, []safetensors.Named{{Name: "right", Tensor: tensorlib.Arange(2)}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := Load(path, m[:1]); err == nil || !strings.Contains(err.Error(), "right is int64") {
		t.Errorf("whole numbers for weights: %v", err)
	}
}
