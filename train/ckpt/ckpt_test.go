package ckpt

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/optim"
)

// small is a module of two parameters.
type small struct {
	params []nn.Param
	shards bool               // saves each parameter in a file of its own
	fail   func(string) error // called in the middle of Save with the folder
}

// newSmall makes a module whose parameter b begins with v.
func newSmall(v float32) *small {
	return &small{params: []nn.Param{
		{Name: "b", Value: tensorlib.New([]float32{v, 2, 3})},
		{Name: "a", Value: tensorlib.New([]float32{4, 5, 6, 7}, 2, 2)},
	}}
}

func (m *small) Params() []nn.Param { return slices.Clone(m.params) }

func (m *small) Save(dir string) error {
	files := [][]nn.Param{m.params}
	names := []string{"model.safetensors"}
	if m.shards {
		files = [][]nn.Param{m.params[:1], m.params[1:]}
		names = []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}
	}
	for i, ps := range files {
		if err := writeTensors(filepath.Join(dir, names[i]), ps); err != nil {
			return err
		}
	}
	if m.fail != nil {
		if err := m.fail(dir); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"model_type": "small"}`), 0o644)
}

type position struct{ Epoch, Row int }

// sample is a checkpoint of step with two modules and an optimizer that has made steps.
func sample(step int, v float32) (Parts, Meta) {
	policy, value := newSmall(v), newSmall(v+1)
	o := optim.NewAdamW(policy.Params(), optim.AdamWConfig{})
	for range 3 {
		o.Step(0)
	}
	return Parts{
		Modules:    map[string]Module{"policy": policy, "value": value},
		Optimizers: map[string]Optimizer{"policy": o},
		Tokenizer:  tokenizer.NewChar("hello"),
		Cursor:     position{2, step},
	}, Meta{
		Step: step, Steps: 100, Seed: 7, Spec: "abc", Values: map[string]float64{"loss": 1.5},
		Time: time.Date(2026, 11, 28, 1, 2, 3, 0, time.UTC),
	}
}

const dir = "checkpoints"

func acquire(t *testing.T, s store.Store, token int64) *Lease {
	t.Helper()
	l, err := Acquire(t.Context(), s, dir, token, "test")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func saveSample(t *testing.T, l *Lease, step int, v float32) Info {
	t.Helper()
	parts, meta := sample(step, v)
	info, err := Save(t.Context(), l, parts, meta)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func steps(t *testing.T, s store.Store) []int {
	t.Helper()
	all, err := List(t.Context(), s, dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// latest is Latest where nothing is to be passed over.
func latest(t *testing.T, s store.Store) *Loaded {
	t.Helper()
	l, passed, err := Latest(t.Context(), s, dir)
	if err != nil || passed != nil {
		t.Fatalf("Latest passed over %+v, %v", passed, err)
	}
	return l
}

// leftovers lists what lies in the directory of the checkpoints that no reader sees.
func leftovers(t *testing.T, s *local.Store) []string {
	t.Helper()
	entries, err := os.ReadDir(s.Path(dir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, ".") && n != ".lock" {
			names = append(names, n)
		}
	}
	return names
}

func TestSaveThenRestore(t *testing.T) {
	s := local.New(filepath.Join(t.TempDir(), "new"))
	info := saveSample(t, acquire(t, s, 0), 250, 1)
	if info.Path != s.Path(dir+"/step-00000250") || info.Step != 250 {
		t.Errorf("saved %+v", info)
	}
	l := latest(t, s)
	want, meta := sample(250, 1)
	if l.Info != info || l.Meta.Step != 250 || l.Meta.Seed != 7 || l.Meta.Values["loss"] != 1.5 || !l.Meta.Time.Equal(meta.Time) {
		t.Errorf("loaded %+v, want %+v", l, meta)
	}
	if got := l.Modules(); !slices.Equal(got, []string{"policy", "value"}) {
		t.Errorf("modules %q", got)
	}
	for _, name := range l.Modules() {
		folder, err := l.Module(name)
		for _, file := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
			if _, missing := os.Stat(filepath.Join(folder, file)); err != nil || missing != nil {
				t.Errorf("module %s: %v, %v", name, err, missing)
			}
		}
	}
	if tok, err := l.Tokenizer(); err != nil || tok.Size() != 4 {
		t.Errorf("tokenizer %v, %v", tok, err)
	}
	got, _ := sample(0, 9)
	at := position{}
	got.Cursor = &at
	got.Optimizers["policy"].(*optim.AdamW).State()[0].Value.CopyFrom(tensorlib.New([]float32{9, 9, 9}))
	if err := l.Restore(got); err != nil {
		t.Fatal(err)
	}
	if hashWeights(got.Modules) != hashWeights(want.Modules) || hashWeights(got.Modules) != info.WeightsSHA256 {
		t.Error("the modules are not as they were")
	}
	o := got.Optimizers["policy"]
	if o.Steps() != 3 || o.State()[0].Value.Float32s()[0] != 0 || at != (position{2, 250}) {
		t.Errorf("optimizer at %d with %v, cursor %+v", o.Steps(), o.State()[0].Value, at)
	}
	if names := leftovers(t, s); names != nil {
		t.Errorf("left over: %v", names)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	s := local.New(filepath.Join(t.TempDir(), "home"))
	saveSample(t, acquire(t, s, 0), 1, 1)
	err := filepath.WalkDir(s.Path(""), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWeightsHashIsOfBytesInNameOrder(t *testing.T) {
	m := newSmall(1)
	ps := m.Params()
	if WeightsSHA256(ps) != WeightsSHA256([]nn.Param{ps[1], ps[0]}) {
		t.Error("the order of the parameters changes the hash")
	}
	if WeightsSHA256(ps) == WeightsSHA256(newSmall(1.0000001).params) {
		t.Error("the last bit of a weight does not change the hash")
	}
	// sha256 of the float32 4 5 6 7 1 2 3, and of those and 4 5 6 7 2 2 3, little-endian: from Python's hashlib.
	const want = "d1d4d0ae61dc2f78482fc12e9bad5666db6da57ce2b33bad1c56e63fb692ad42"
	if got := WeightsSHA256(ps); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if got := hashWeights(map[string]Module{"model": m}); got != want {
		t.Errorf("the hash of one module is %s, want %s", got, want)
	}
	const both = "5f737fabfe5d283bb15c2b9e0ef90d9279946e773ce9b11f44b905da5b8828d3"
	if got := hashWeights(map[string]Module{"value": newSmall(2), "policy": m}); got != both {
		t.Errorf("the hash of two modules is %s, want %s", got, both)
	}
}

func TestShards(t *testing.T) {
	s := local.New(t.TempDir())
	m := newSmall(1)
	m.shards = true
	if _, err := Save(t.Context(), acquire(t, s, 0), Parts{Modules: map[string]Module{"model": m}}, Meta{}); err != nil {
		t.Fatal(err)
	}
	got := newSmall(9)
	l := latest(t, s)
	if err := l.Restore(Parts{Modules: map[string]Module{"model": got}}); err != nil || WeightsSHA256(got.params) != WeightsSHA256(m.params) {
		t.Errorf("restored %v, %v", got.params[0].Value, err)
	}
	if tok, err := l.Tokenizer(); tok != nil || err != nil {
		t.Errorf("a tokenizer where there was none: %v, %v", tok, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	s := local.New(t.TempDir())
	saveSample(t, acquire(t, s, 0), 1, 1)
	l := latest(t, s)
	other, wide := newSmall(9), newSmall(9)
	other.params[0].Name = "c"
	wide.params[0].Value = tensorlib.Zeros(4)
	for _, c := range []struct {
		want  string
		parts Parts
	}{
		{`has modules ["policy" "value"], not "model"`, Parts{Modules: map[string]Module{"model": newSmall(9)}}},
		{`no tensor "c"`, Parts{Modules: map[string]Module{"value": other}}},
		{`tensor "b": shape (3), want (4)`, Parts{Modules: map[string]Module{"value": wide}}},
		{`has optimizers ["policy"], not "value"`, Parts{Optimizers: map[string]Optimizer{"value": optim.NewAdamW(nil, optim.AdamWConfig{})}}},
		{`optimizer policy: no tensor "m.c"`, Parts{Optimizers: map[string]Optimizer{"policy": optim.NewAdamW(other.params, optim.AdamWConfig{})}}},
		{`cursor: json: cannot unmarshal`, Parts{Cursor: new(int)}},
	} {
		untouched := newSmall(9)
		if c.parts.Modules == nil {
			c.parts.Modules = map[string]Module{}
		}
		c.parts.Modules["policy"] = untouched
		if err := l.Restore(c.parts); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), l.Path) {
			t.Errorf("Restore: %v, want %s", err, c.want)
		}
		if untouched.params[0].Value.Float32s()[0] != 9 {
			t.Errorf("%s: another module was filled", c.want)
		}
	}
}

func TestSaveRefuses(t *testing.T) {
	s := local.New(t.TempDir())
	lease := acquire(t, s, 0)
	hides := newSmall(1)
	hides.fail = func(dir string) error { return writeTensors(filepath.Join(dir, "model.safetensors"), hides.params[:1]) }
	link := newSmall(1)
	link.fail = func(dir string) error { return os.Symlink("config.json", filepath.Join(dir, "link")) }
	good := map[string]Module{"model": newSmall(1)}
	for _, c := range []struct {
		want  string
		parts Parts
		meta  Meta
	}{
		{`a part is called "../x"`, Parts{Modules: map[string]Module{"../x": newSmall(1)}}, Meta{}},
		{`a part is called "optim"`, Parts{Modules: map[string]Module{"optim": newSmall(1)}}, Meta{}},
		{"step -1", Parts{Modules: good}, Meta{Step: -1}},
		{`module model: no tensor "a"`, Parts{Modules: map[string]Module{"model": hides}}, Meta{}},
		{"neither a file nor a directory", Parts{Modules: map[string]Module{"model": link}}, Meta{}},
		{"cursor: json", Parts{Modules: good, Cursor: func() {}}, Meta{}},
	} {
		if _, err := Save(t.Context(), lease, c.parts, c.meta); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Save: %v, want %s", err, c.want)
		}
	}
	if got, left := steps(t, s), leftovers(t, s); got != nil || left != nil {
		t.Errorf("checkpoints %v, left over %q, want none", got, left)
	}
}

// A loss that is not finite is no reason to lose a checkpoint: JSON has no word for it, so it is left out.
func TestValuesThatAreNotFiniteAreLeftOut(t *testing.T) {
	s := local.New(t.TempDir())
	parts, meta := sample(1, 1)
	zero := 0.0
	meta.Values = map[string]float64{"loss": 0, "perplexity": 1 / zero, "kl": zero / zero}
	if _, err := Save(t.Context(), acquire(t, s, 0), parts, meta); err != nil {
		t.Fatal(err)
	}
	if v := latest(t, s).Meta.Values; len(v) != 1 || v["loss"] != 0 {
		t.Errorf("values %v, want a loss of 0 only", v)
	}
	if len(meta.Values) != 3 {
		t.Error("the caller's values were changed")
	}
}

func TestLatestOfNothing(t *testing.T) {
	for _, root := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no")} {
		if _, _, err := Latest(t.Context(), local.New(root), dir); !errors.Is(err, ErrNone) {
			t.Errorf("Latest: %v, want ErrNone", err)
		}
	}
}

// damages are ways in which a file is lost, by name.
var damages = map[string]func(path string) error{
	"truncated": func(path string) error { return os.Truncate(path, 10) },
	"missing":   os.Remove,
	"a directory": func(path string) error {
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	},
	"flipped": func(path string) error {
		b, err := os.ReadFile(path)
		b[len(b)/2] ^= 1
		return errors.Join(err, os.WriteFile(path, b, 0o600))
	},
}

// everyFile lists the files of a checkpoint, relative to it.
func everyFile(t *testing.T, path string) []string {
	t.Helper()
	m, err := verify(path)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{manifestFile}
	for name := range m.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestLatestPassesOverDamage(t *testing.T) {
	first := local.New(t.TempDir())
	for _, name := range everyFile(t, saveSample(t, acquire(t, first, 0), 1, 1).Path) {
		for what, damage := range damages {
			if name == manifestFile && what == "flipped" {
				continue // a flipped letter of a hash is covered by the other files
			}
			s := local.New(t.TempDir())
			lease := acquire(t, s, 0)
			saveSample(t, lease, 1, 1)
			info := saveSample(t, lease, 2, 2)
			if err := damage(filepath.Join(info.Path, name)); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(info.Path); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), info.Path) {
				t.Errorf("%s %s: Load: %v", name, what, err)
			}
			l, passed, err := Latest(t.Context(), s, dir)
			if err != nil || l.Step != 1 || len(passed) != 1 || passed[0].Step != 2 || passed[0].Path != info.Path || !strings.Contains(passed[0].Reason, name) {
				t.Errorf("%s %s: Latest: %+v, %v; passed over %+v", name, what, l, err, passed)
			}
			saveSample(t, lease, 2, 2) // the run comes by again
			if _, err := Load(info.Path); err != nil {
				t.Errorf("%s %s: after saving again: %v", name, what, err)
			}
		}
	}
}

func TestDamageNamesBothHashes(t *testing.T) {
	s := local.New(t.TempDir())
	info := saveSample(t, acquire(t, s, 0), 1, 1)
	m, err := verify(info.Path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(info.Path, "policy", "model.safetensors")
	if err := os.Truncate(path, 20); err != nil {
		t.Fatal(err)
	}
	got, _ := hashFile(path)
	_, err = Verify(info.Path)
	if err == nil || !strings.Contains(err.Error(), got.SHA256) || !strings.Contains(err.Error(), m.Files["policy/model.safetensors"].SHA256) {
		t.Errorf("Verify: %v", err)
	}
}

// What can't be judged must not be passed over: the run would silently start from an older one.
func TestLatestStopsAtWhatItCannotRead(t *testing.T) {
	edit := func(old, new string) func(path string) error {
		return func(path string) error {
			name := filepath.Join(path, manifestFile)
			b, err := os.ReadFile(name)
			return errors.Join(err, os.WriteFile(name, bytes.Replace(b, []byte(old), []byte(new), 1), 0o600))
		}
	}
	for what, c := range map[string]struct {
		change func(path string) error
		want   error
	}{
		"newer format":  {edit(`"format": 2`, `"format": 3, "unheard": {}`), ErrNewer},
		"older format":  {edit(`"format": 2`, `"format": 1`), ErrUnreadable},
		"dangling link": {func(path string) error { return errors.Join(os.Rename(path, path+"x"), os.Symlink("gone", path)) }, ErrUnreadable},
		"link in a loop": {func(path string) error {
			name := filepath.Join(path, stateFile)
			return errors.Join(os.Remove(name), os.Symlink(stateFile, name))
		}, ErrUnreadable},
	} {
		s := local.New(t.TempDir())
		lease := acquire(t, s, 0)
		saveSample(t, lease, 1, 1)
		info := saveSample(t, lease, 2, 2)
		if err := c.change(info.Path); err != nil {
			t.Fatal(err)
		}
		if l, _, err := Latest(t.Context(), s, dir); !errors.Is(err, c.want) || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), info.Path) {
			t.Errorf("%s: Latest: %+v, %v; want %v", what, l, err, c.want)
		}
		if _, err := Prune(t.Context(), lease, 1); err != nil {
			t.Errorf("%s: Prune: %v", what, err)
		}
		if got := steps(t, s); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("%s: after Prune: %v, want all to stay", what, got)
		}
	}
}
