package ckpt

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// The files of a checkpoint.
const (
	modelFile     = "model.safetensors"
	optimFile     = "optim.safetensors"
	configFile    = "config.json"
	tokenizerFile = "tokenizer.json"
	stateFile     = "state.json"
	manifestFile  = "manifest.json"
)

var files = []string{modelFile, optimFile, configFile, tokenizerFile, stateFile}

// State is what a run remembers beside its tensors. The order of the data and all random numbers are functions of Seed
// and Step, so these two are the data cursor and the state of the random numbers.
type State struct {
	Step       int       `json:"step"`  // steps done
	Steps      int       `json:"steps"` // of the whole run
	Seed       uint64    `json:"seed"`
	OptimSteps int       `json:"optimSteps"` // updates the optimizer has made
	LR         float64   `json:"lr"`         // of the last step
	Loss       float64   `json:"loss"`
	GradNorm   float64   `json:"gradNorm"`
	ValLoss    float64   `json:"valLoss"` // the last one measured; 0: none
	ValStep    int       `json:"valStep"` // when that was
	Spec       string    `json:"spec"`    // hash of the run's spec
	Corpus     string    `json:"corpus"`  // name of the prepared corpus, a content hash
	Time       time.Time `json:"time"`
}

// Checkpoint is what Save writes.
type Checkpoint struct {
	State     State
	Weights   []nn.Param
	Optim     []nn.Param // the optimizer's moments
	Config    any        // of the model; becomes config.json
	Tokenizer tokenizer.Tokenizer
}

// Info says where a checkpoint is and what is in it.
type Info struct {
	Path          string
	Step          int
	WeightsSHA256 string
}

// manifest is the list of what a checkpoint must be.
type manifest struct {
	Format        int             `json:"format"` // 1
	Step          int             `json:"step"`
	Token         int64           `json:"token"` // of the attempt that wrote it
	WeightsSHA256 string          `json:"weightsSHA256"`
	Files         map[string]file `json:"files"`
}

type file struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Save writes a checkpoint and publishes it as step-%08d in the lease's directory, in place of one of the same step.
// When it returns without an error the checkpoint is on the disk. On any error, a full disk included, the earlier
// checkpoints are as they were.
func Save(l *Lease, c Checkpoint) (Info, error) {
	info := Info{Path: filepath.Join(l.Dir, dirName(c.State.Step)), Step: c.State.Step, WeightsSHA256: WeightsSHA256(c.Weights)}
	err := l.save(c, info)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("the disk is full: %w; free some space and resume: the checkpoints before it are untouched", err)
	}
	if err != nil {
		return Info{}, fmt.Errorf("save checkpoint %s: %w", info.Path, err)
	}
	return info, nil
}

func (l *Lease) save(c Checkpoint, info Info) error {
	if err := l.Check(); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(l.Dir, tmpPrefix+dirName(c.State.Step)+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := writeAll(tmp, c, manifest{Format: 1, Step: c.State.Step, Token: l.Token, WeightsSHA256: info.WeightsSHA256}); err != nil {
		return err
	}
	return l.publish(func() error { return replace(info.Path, tmp) })
}

// writeAll writes the files of a checkpoint to dir and flushes them to the disk.
func writeAll(dir string, c Checkpoint, m manifest) error {
	m.Files = map[string]file{}
	write := func(name string, f func(w io.Writer) error) error {
		sum, err := writeFile(filepath.Join(dir, name), f)
		m.Files[name] = sum
		return err
	}
	asJSON := func(v any) func(io.Writer) error {
		return func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(v)
		}
	}
	tensors := func(ps []nn.Param) func(io.Writer) error {
		return func(w io.Writer) error { return safetensors.Write(w, named(ps), map[string]string{"format": "pt"}) }
	}
	steps := []func() error{
		func() error { return write(modelFile, tensors(c.Weights)) },
		func() error { return write(optimFile, tensors(c.Optim)) },
		func() error { return write(configFile, asJSON(c.Config)) },
		func() error { return write(stateFile, asJSON(c.State)) },
		func() error { return write(tokenizerFile, copyOf(dir, c.Tokenizer)) },
		func() error { return write(manifestFile, asJSON(m)) },
		func() error { return os.Chmod(dir, 0o755) },
		func() error { return syncDir(dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// copyOf writes a tokenizer, which saves itself to a path only, to a writer.
func copyOf(dir string, t tokenizer.Tokenizer) func(io.Writer) error {
	return func(w io.Writer) error {
		path := filepath.Join(dir, tmpPrefix+tokenizerFile)
		defer os.Remove(path)
		if err := t.Save(path); err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	}
}

func named(ps []nn.Param) []safetensors.Named {
	ts := make([]safetensors.Named, len(ps))
	for i, p := range ps {
		ts[i] = safetensors.Named{Name: p.Name, Tensor: p.Value}
	}
	return ts
}

// replace renames tmp to path, on the disk too. What is at path already, the same step of an earlier attempt, is put aside before and
// removed after: a process that is killed in between leaves it to the next one's Acquire, which puts it back.
func replace(path, tmp string) error {
	parent := filepath.Dir(path)
	aside := filepath.Join(parent, asidePrefix+filepath.Base(path))
	if err := os.Rename(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Rename(aside, path)
		return err
	}
	if err := syncDir(parent); err != nil {
		return err
	}
	_ = os.RemoveAll(aside) // it only takes room
	return nil
}

// WeightsSHA256 is the SHA-256, in hex, of the bytes of all parameters in the order of their names. It does not depend on
// the file they are in.
func WeightsSHA256(ps []nn.Param) string {
	ps = slices.Clone(ps)
	slices.SortFunc(ps, func(a, b nn.Param) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, p := range ps {
		h.Write(p.Value.Bytes())
	}
	return hex.EncodeToString(h.Sum(nil))
}
