package ckpt

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The files of a checkpoint beside the folders of its modules.
const (
	optimDir      = "optim"
	stateFile     = "state.json"
	manifestFile  = "manifest.json"
	tokenizerFile = "tokenizer.json"
	leaseFile     = "lease.json" // beside the checkpoints
)

// Format is the version of the layout that Save writes and Load reads.
const Format = 2

// manifest is the list of what a checkpoint must be.
type manifest struct {
	Format        int               `json:"format"`
	Step          int               `json:"step"`
	Token         int64             `json:"token"`         // of the attempt that wrote it
	WeightsSHA256 string            `json:"weightsSHA256"` // of all modules
	Modules       map[string]string `json:"modules"`       // the WeightsSHA256 of each alone
	Files         map[string]file   `json:"files"`         // by slash-separated path
}

type file struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// state is state.json.
type state struct {
	Meta
	Optimizers map[string]int  `json:"optimizers"` // the updates that each has made
	Cursor     json.RawMessage `json:"cursor,omitempty"`
}

// Meta is what the run core remembers of a checkpoint.
type Meta struct {
	Step   int                `json:"step"`  // steps done
	Steps  int                `json:"steps"` // of the whole run
	Seed   uint64             `json:"seed"`
	Spec   string             `json:"spec"`             // hash of the run's spec
	Values map[string]float64 `json:"values,omitempty"` // the last ones measured; those that are not finite are not kept
	Time   time.Time          `json:"time"`
}

// partName is what a module or an optimizer may be called: it becomes the name of a folder or file.
var partName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

func checkPart(name string) error {
	if !partName.MatchString(name) || name == optimDir {
		return fmt.Errorf("a part is called %q, want a lower-case letter, then letters, digits, - and _, and not %q", name, optimDir)
	}
	return nil
}

// parseManifest reads a manifest. An error that wraps neither ErrNewer nor ErrUnreadable means damage.
func parseManifest(text []byte) (manifest, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return manifest{}, err
	}
	switch f := version.Format; {
	case f > Format:
		return manifest{}, fmt.Errorf("%w: format %d, this program reads %d", ErrNewer, f, Format)
	case f == 1:
		return manifest{}, fmt.Errorf("%w: format 1 is an older version's, this program reads %d", ErrUnreadable, Format)
	case f != Format:
		return manifest{}, fmt.Errorf("format %d, want %d", f, Format)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return manifest{}, err
	}
	return m, m.validate()
}

// validate reports what no Save can have written.
func (m *manifest) validate() error {
	if m.Step < 0 || m.Token < 1 || m.Token > MaxToken {
		return fmt.Errorf("step %d by the attempt with token %d", m.Step, m.Token)
	}
	if (len(m.Modules) > 0 || m.WeightsSHA256 != "") && !isHash(m.WeightsSHA256) {
		return fmt.Errorf("weightsSHA256 is %.80q, no hash", m.WeightsSHA256)
	}
	for name, hash := range m.Modules {
		if checkPart(name) != nil || !isHash(hash) {
			return fmt.Errorf("module %.80q has hash %.80q", name, hash)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(m.Files)), func(f string) bool { return path.Dir(f) == name }) {
			return fmt.Errorf("no file of module %s", name)
		}
	}
	if _, ok := m.Files[stateFile]; !ok {
		return fmt.Errorf("no %s", stateFile)
	}
	for name, f := range m.Files {
		clean := path.Clean(name) == name && filepath.IsLocal(name) && !strings.ContainsAny(name, `\:`)
		if !clean || name == manifestFile || f.Size < 0 || !isHash(f.SHA256) {
			return fmt.Errorf("file %.80q has %d bytes and hash %.80q", name, f.Size, f.SHA256)
		}
	}
	return nil
}

// isHash reports whether s is a SHA-256 in hex.
func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}

// in lists the files of a folder, in order.
func (m *manifest) in(dir, suffix string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if path.Dir(name) == dir && strings.HasSuffix(name, suffix) {
			names = append(names, name)
		}
	}
	return names
}
