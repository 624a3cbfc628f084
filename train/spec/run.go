// Package spec says what a run is: plain structs that are read from YAML or JSON, filled with defaults, checked as a whole
// and written beside the results. It knows nothing of how a run is carried out.
//
// A Run has a Name, a Kind and the Section of that kind: what to train or measure, on what, for how long. A Pipeline is a kind too: its
// section holds runs, whose inputs name one another. Presets are complete runs that are known to work; Set changes one
// key of a run by its dotted path ("optim.lr", "steps"; "sft.steps" in a pipeline). Validate reports every fault at once.
//
// A new kind is one file with its struct, defaults, Validate, Mutable, Headline and presets, a field of Run, and a line of the table in
// section.go.
package spec

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
)

// Run is one run, whatever its kind. The section of its kind is present, and no other.
type Run struct {
	Name   string `json:"name" yaml:"name"`     // names the run's directory and its workflow; generated when empty
	Kind   string `json:"kind" yaml:"kind"`     // "pretrain", "sft", …: see Kinds
	Preset string `json:"preset" yaml:"preset"` // the preset it started from, for the record; empty: none
	Seed   uint64 `json:"seed" yaml:"seed"`

	Pretrain *Pretrain `json:"pretrain,omitempty" yaml:"pretrain,omitempty"`
	SFT      *SFT      `json:"sft,omitempty" yaml:"sft,omitempty"`
	Evaluate *Evaluate `json:"evaluate,omitempty" yaml:"evaluate,omitempty"`
	Generate *Generate `json:"generate,omitempty" yaml:"generate,omitempty"`
	Pipeline *Pipeline `json:"pipeline,omitempty" yaml:"pipeline,omitempty"`

	// Inputs are what the section's Inputs name, found: filled in before the run begins, never written by hand.
	Inputs map[string]Input `json:"inputs,omitempty" yaml:"-"`
}

// Input is something that a run is given by another: where it lies, and what it holds.
type Input struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of the contents: two inputs with the same one are the same
}

var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Validate reports every fault of the run at once, joined; each names its key, its value and what is allowed.
func (r *Run) Validate() error {
	var f Faults
	f.name("name", r.Name)
	r.validate(&f, "")
	return f.Err()
}

// validate reports the faults of kind and section; at is what stands before its keys.
func (r *Run) validate(f *Faults, at string) {
	if !f.Check(kindOf(r.Kind) != nil, at+"kind", r.Kind, quoted(Kinds())) {
		return
	}
	s := r.Section()
	if s == nil {
		f.Add("%s%s is missing, want the section that says what to do", at, r.Kind)
		return
	}
	for _, other := range Kinds() {
		if other != r.Kind && r.section(other) != nil {
			f.Add("%s%s is there, but the kind is %s, want only the section of that name", at, other, r.Kind)
		}
	}
	s.Validate(f, at+r.Kind+".")
}

// Section is the section of the run's kind; nil when it is not there.
func (r *Run) Section() Section { return r.section(r.Kind) }

func (r *Run) section(kind string) Section {
	k := kindOf(kind)
	if k == nil {
		return nil
	}
	return k.of(r)
}

// Steps is how many steps the run has; 0: as many as its data gives.
func (r *Run) Steps() int {
	if s := r.Section(); s != nil {
		return s.Plan().Steps
	}
	return 0
}

// Headline is the metrics that lists and pages show of the run.
func (r *Run) Headline() []string {
	if s := r.Section(); s != nil {
		return s.Headline()
	}
	return nil
}

// Summary says what the run is, in a line.
func (r *Run) Summary() string {
	s := r.Section()
	if s == nil {
		return r.Kind
	}
	what := r.Kind
	model, data := s.Describe()
	if model != "" {
		what += " " + model
	}
	if data != "" {
		what += " on " + data
	}
	if n := s.Plan().Steps; n > 0 {
		what += fmt.Sprintf(", %d steps", n)
	}
	return what
}

// Model names the run's model in short: "gpt2-L4-H4-C128-T64", or where it comes from.
func (r *Run) Model() string {
	if s := r.Section(); s != nil {
		model, _ := s.Describe()
		return model
	}
	return ""
}

// Hash is the SHA-256, in hex, of all that decides the run's result: everything but its name, the preset it came from, and where its
// inputs lie.
func (r *Run) Hash() string {
	c := *r
	c.Name, c.Preset, c.Inputs = "", "", nil
	for role, in := range r.Inputs {
		if c.Inputs == nil {
			c.Inputs = map[string]Input{}
		}
		c.Inputs[role] = Input{SHA256: cmp.Or(in.SHA256, in.Path)}
	}
	b, err := json.Marshal(c)
	if err != nil {
		// Only a NaN or an infinity gets here, and Validate refuses those.
		b = fmt.Appendf(nil, "%+v %+v", c, c.Section())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// SameRun reports whether r and other are one run of which at most those settings differ that may change while it goes on.
func (r *Run) SameRun(other *Run) bool {
	if r.Name != other.Name || r.Kind != other.Kind || r.Seed != other.Seed || r.Section() == nil || other.Section() == nil {
		return false
	}
	a, b := r.leaves(), other.leaves()
	if len(a) != len(b) {
		return false
	}
	for i, l := range a {
		if l.path != b[i].path || l.path != "preset" && !r.Mutable(l.path) && !l.value.Equal(b[i].value) {
			return false
		}
	}
	return true
}

// Clone is a copy of the run that shares nothing with it.
func (r *Run) Clone() *Run {
	b, err := json.Marshal(r)
	c := new(Run)
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil {
		panic(fmt.Sprintf("spec: a run does not survive JSON: %v", err)) // plain structs of finite numbers do
	}
	return c
}
