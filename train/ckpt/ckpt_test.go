package ckpt

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// sample is a checkpoint with weights of which the first element is v.
func sample(step int, v float32) Checkpoint {
	ps := []nn.Param{
		{Name: "b", Value: tensorlib.New([]float32{v, 2, 3})},
		{Name: "a", Value: tensorlib.New([]float32{4, 5, 6, 7}, 2, 2)},
	}
	return Checkpoint{
		State: State{Step: step, Steps: 100, Seed: 7, OptimSteps: step, Loss: 1.5}, Weights: ps, Optim: ps,
		Config: map[string]int{"n_layer": 3}, Tokenizer: tokenizer.NewChar("hello"),
	}
}

func acquire(t *testing.T, dir string, token int64) *Lease {
	t.Helper()
	l, err := Acquire(dir, token, "test")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func save(t *testing.T, l *Lease, c Checkpoint) Info {
	t.Helper()
	info, err := Save(l, c)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func steps(t *testing.T, dir string) []int {
	t.Helper()
	s, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names lists what lies in dir beside checkpoints and the lease.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, tmpPrefix) || strings.HasPrefix(n, asidePrefix) {
			names = append(names, n)
		}
	}
	return names
}

func TestSaveThenLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "checkpoints")
	c := sample(250, 1)
	info := save(t, acquire(t, dir, 0), c)
	if info.Path != filepath.Join(dir, "step-00000250") || info.Step != 250 {
		t.Errorf("saved %+v", info)
	}
	l, err := Latest(dir, func(s string) { t.Error(s) })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Info != info || l.State != c.State || l.Tokenizer.Size() != 4 {
		t.Errorf("loaded %+v", l)
	}
	var config map[string]int
	if err := json.Unmarshal(l.Config, &config); err != nil || config["n_layer"] != 3 {
		t.Errorf("config %s, %v", l.Config, err)
	}
	for _, read := range []func(string) (*tensorlib.Tensor, error){l.Weight, l.Moment} {
		a, err := read("a")
		if err != nil || !slices.Equal(a.Float32s(), []float32{4, 5, 6, 7}) || !a.Shape().Equal(tensorlib.Shape{2, 2}) {
			t.Errorf("tensor a is %v, %v", a, err)
		}
	}
	if names := leftovers(t, dir); names != nil {
		t.Errorf("left over: %v", names)
	}
}

func TestWeightsHashIsOfBytesInNameOrder(t *testing.T) {
	c := sample(1, 1)
	reversed := []nn.Param{c.Weights[1], c.Weights[0]}
	if WeightsSHA256(c.Weights) != WeightsSHA256(reversed) {
		t.Error("the order of the parameters changes the hash")
	}
	if WeightsSHA256(c.Weights) == WeightsSHA256(sample(1, 1.0000001).Weights) {
		t.Error("the last bit of a weight does not change the hash")
	}
	// sha256 of the float32 4 5 6 7 1 2 3, little-endian: from Python's hashlib.
	const want = "d1d4d0ae61dc2f78482fc12e9bad5666db6da57ce2b33bad1c56e63fb692ad42"
	if got := WeightsSHA256(c.Weights); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func TestLatestPassesOverDamage(t *testing.T) {
	for _, name := range append(slices.Clone(files), manifestFile) {
		for what, damage := range map[string]func(path string) error{
			"truncated": func(path string) error { return os.Truncate(path, 10) },
			"missing":   os.Remove,
			"flipped": func(path string) error {
				b, err := os.ReadFile(path)
				b[len(b)/2] ^= 1
				return errors.Join(err, os.WriteFile(path, b, 0o600))
			},
		} {
			if name == manifestFile && what == "flipped" {
				continue // a flipped letter of a hash is covered by the other files
			}
			dir := t.TempDir()
			lease := acquire(t, dir, 0)
			save(t, lease, sample(1, 1))
			info := save(t, lease, sample(2, 2))
			if err := damage(filepath.Join(info.Path, name)); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(info.Path); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), info.Path) {
				t.Errorf("%s %s: Load: %v", name, what, err)
			}
			var warned []string
			l, err := Latest(dir, func(s string) { warned = append(warned, s) })
			if err != nil || l.Step != 1 || len(warned) != 1 || !strings.Contains(warned[0], name) {
				t.Errorf("%s %s: Latest: %+v, %v; warned %q", name, what, l, err, warned)
			}
			if l != nil {
				l.Close()
			}
			save(t, lease, sample(2, 2)) // the run comes by again
			if _, err := Load(info.Path); err != nil {
				t.Errorf("%s %s: after saving again: %v", name, what, err)
			}
		}
	}
}

func TestDamageNamesBothHashes(t *testing.T) {
	dir := t.TempDir()
	info := save(t, acquire(t, dir, 0), sample(1, 1))
	m, _ := verify(info.Path)
	path := filepath.Join(info.Path, modelFile)
	if err := os.Truncate(path, 20); err != nil {
		t.Fatal(err)
	}
	got, _ := hashFile(path)
	_, err := Verify(info.Path)
	if err == nil || !strings.Contains(err.Error(), got.SHA256) || !strings.Contains(err.Error(), m.Files[modelFile].SHA256) {
		t.Errorf("Verify: %v", err)
	}
}

func TestLatestOfNothing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no")} {
		if _, err := Latest(dir, nil); !errors.Is(err, ErrNone) {
			t.Errorf("Latest: %v, want ErrNone", err)
		}
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	l := acquire(t, dir, 0)
	for s := 10; s <= 50; s += 10 {
		save(t, l, sample(s, float32(s)))
	}
	if err := Prune(l, 2); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, dir); !slices.Equal(got, []int{40, 50}) {
		t.Errorf("after Prune(2): %v", got)
	}
	if err := Prune(l, 0); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, dir); !slices.Equal(got, []int{50}) {
		t.Errorf("after Prune(0): %v, want the last to stay", got)
	}
	if names := leftovers(t, dir); names != nil {
		t.Errorf("left over: %v", names)
	}
}

func TestAZombieCannotPublish(t *testing.T) {
	dir := t.TempDir()
	old := acquire(t, dir, 3)
	save(t, old, sample(1, 1))
	if same := acquire(t, dir, 3); same.Check() != nil {
		t.Error("the same attempt cannot acquire again")
	}
	acquire(t, dir, 4)
	if _, err := Save(old, sample(2, 2)); !errors.Is(err, ErrFenced) {
		t.Errorf("Save of the old attempt: %v, want ErrFenced", err)
	}
	if err := Prune(old, 1); err != nil { // one checkpoint: nothing to prune
		t.Errorf("Prune: %v", err)
	}
	if err := old.Check(); !errors.Is(err, ErrFenced) {
		t.Errorf("Check: %v, want ErrFenced", err)
	}
	if _, err := Acquire(dir, 3, "late"); !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), "token 4 is test's") {
		t.Errorf("Acquire(3): %v, want ErrFenced", err)
	}
	if l := acquire(t, dir, 0); l.Token != 5 {
		t.Errorf("token 0 became %d, want 5", l.Token)
	}
	if got := steps(t, dir); !slices.Equal(got, []int{1}) {
		t.Errorf("checkpoints %v, want only the first", got)
	}
}

// The newer attempt comes while the old one has written its files but not yet published them.
func TestFencedBetweenWritingAndPublishing(t *testing.T) {
	dir := t.TempDir()
	old := acquire(t, dir, 1)
	taken := false
	throttle = func(w io.Writer) io.Writer {
		if !taken {
			taken = true
			acquire(t, dir, 2)
		}
		return w
	}
	defer func() { throttle = func(w io.Writer) io.Writer { return w } }()
	if _, err := Save(old, sample(1, 1)); err == nil {
		t.Error("Save: no error")
	}
	if got := steps(t, dir); got != nil {
		t.Errorf("checkpoints %v, want none", got)
	}
}

// fullAfter fails with ENOSPC after n bytes.
type fullAfter struct {
	w io.Writer
	n *int
}

func (f fullAfter) Write(b []byte) (int, error) {
	if *f.n < len(b) {
		n, _ := f.w.Write(b[:*f.n])
		*f.n = 0
		return n, &os.PathError{Op: "write", Path: "disk", Err: syscall.ENOSPC}
	}
	*f.n -= len(b)
	return f.w.Write(b)
}

// The disk fills up after any number of bytes; each time the last good checkpoint stays, and a later save works.
func TestFullDiskLeavesTheLastOne(t *testing.T) {
	dir := t.TempDir()
	l := acquire(t, dir, 0)
	good := save(t, l, sample(1, 1))
	defer func() { throttle = func(w io.Writer) io.Writer { return w } }()
	saved := false
	for room := 0; !saved && room < 1<<16; room += 97 {
		left := room
		throttle = func(w io.Writer) io.Writer { return fullAfter{w, &left} }
		_, err := Save(l, sample(2, 2))
		if saved = err == nil; saved {
			break
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), "free some space") {
			t.Fatalf("Save with %d bytes of room: %v", room, err)
		}
		if names := leftovers(t, dir); names != nil {
			t.Fatalf("left over: %v", names)
		}
		if _, err := Verify(good.Path); err != nil {
			t.Fatal(err)
		}
	}
	if !saved || !slices.Equal(steps(t, dir), []int{1, 2}) {
		t.Errorf("saved %t, steps %v", saved, steps(t, dir))
	}
}

func TestAcquireSweepsWhatAKilledAttemptLeft(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, tmpPrefix+"step-00000009-123")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	acquire(t, dir, 0)
	if names := leftovers(t, dir); names != nil {
		t.Errorf("left over: %v", names)
	}
}

// A checkpoint is saved in place of one of the same step, and the process dies: before, between and after the two renames.
func TestKilledWhileReplacing(t *testing.T) {
	for _, died := range []string{"before", "between", "after"} {
		t.Run(died, func(t *testing.T) {
			dir := t.TempDir()
			old := save(t, acquire(t, dir, 0), sample(5, 1))
			spare := t.TempDir()
			fresh := save(t, acquire(t, spare, 0), sample(5, 2))
			want := fresh.WeightsSHA256
			aside, half := filepath.Join(dir, asidePrefix+"step-00000005"), filepath.Join(dir, tmpPrefix+"step-00000005-1")
			renames := [][2]string{{fresh.Path, half}, {old.Path, aside}, {half, old.Path}}
			if died != "after" {
				want = old.WeightsSHA256
				renames = renames[:map[string]int{"before": 1, "between": 2}[died]]
			}
			for _, r := range renames {
				if err := os.Rename(r[0], r[1]); err != nil {
					t.Fatal(err)
				}
			}
			acquire(t, dir, 0)
			l, err := Latest(dir, func(s string) { t.Error(s) })
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if l.Step != 5 || l.WeightsSHA256 != want {
				t.Errorf("the newest checkpoint is %+v, want step 5 with weights %s", l.Info, want)
			}
			if names := leftovers(t, dir); names != nil {
				t.Errorf("left over: %v", names)
			}
		})
	}
}

func TestRemovedDirectoryIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	l := acquire(t, dir, 0)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(l, sample(1, 1)); err == nil || errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), "removed or moved") {
		t.Errorf("Save: %v, want it to say that the directory was removed", err)
	}
}

func TestDamagedLeaseSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, leaseFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(dir, 0, "x"); err == nil || !strings.Contains(err.Error(), "delete it if") {
		t.Errorf("Acquire: %v", err)
	}
}
