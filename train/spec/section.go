package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Section is what a spec says about one kind.
type Section interface {
	Validate(f *Faults, at string)  // reports faults; at is what stands before the section's keys
	Plan() *Cadence                 // steps, evaluation, checkpoints
	Mutable(key string) bool        // may be changed while the run goes on; the key is the section's own, "optim.lr"
	Headline() []string             // the metrics that lists and pages show, the most important first
	Inputs() map[string]string      // role -> what it names: a folder, a run, or in a pipeline a stage
	Describe() (model, data string) // in a few characters, for lists; empty where there is none
}

// kind is a row of the table of kinds.
type kind struct {
	name     string
	of       func(*Run) Section // nil when the run has no such section
	defaults func() *Run        // what a spec of this kind without a preset starts from
	presets  map[string]func() *Run
}

// table lists the kinds. It is a function since presets are parsed and so need the table themselves.
func table() []kind {
	return []kind{
		{"pretrain", func(r *Run) Section { return present(r.Pretrain) }, charGPT, pretrainPresets},
		{"sft", func(r *Run) Section { return present(r.SFT) }, defaultSFT, nil},
		{"evaluate", func(r *Run) Section { return present(r.Evaluate) }, defaultEvaluate, nil},
		{"generate", func(r *Run) Section { return present(r.Generate) }, defaultGenerate, nil},
		{"pipeline", func(r *Run) Section { return present(r.Pipeline) }, defaultPipeline, pipelinePresets},
	}
}

// present is the section that p points to, or a nil Section.
func present[S any, P interface {
	*S
	Section
}](p P) Section {
	if p == nil {
		return nil
	}
	return p
}

func kindOf(name string) *kind {
	for _, k := range table() {
		if k.name == name {
			return &k
		}
	}
	return nil
}

// Kinds lists the kinds of runs.
func Kinds() []string {
	var names []string
	for _, k := range table() {
		names = append(names, k.name)
	}
	return names
}

// Cadence is how many steps a run has, and after how many it evaluates and saves. Sections embed it.
type Cadence struct {
	Steps      int        `json:"steps" yaml:"steps"`
	Eval       Eval       `json:"eval" yaml:"eval"`
	Checkpoint Checkpoint `json:"checkpoint" yaml:"checkpoint"`
}

// Plan is the cadence itself: a section that embeds it has this method.
func (c *Cadence) Plan() *Cadence { return c }

// Eval is how often, and on how much, the held-out data is measured.
type Eval struct {
	Every   int `json:"every" yaml:"every"`     // steps; also after the last step; 0: only then
	Batches int `json:"batches" yaml:"batches"` // batches of the held-out data, spread evenly over it; 0: all of it
}

// Checkpoint is how often the run saves, and how many of its saves it keeps.
type Checkpoint struct {
	Every int `json:"every" yaml:"every"` // steps; also after the last step; 0: only then
	Keep  int `json:"keep" yaml:"keep"`   // the newest n; the last one always stays
}

// validate reports faults; least is the smallest number of steps.
func (c *Cadence) validate(f *Faults, at string, least int) {
	f.Between(at+"steps", c.Steps, least, 1e9)
	f.Between(at+"eval.every", c.Eval.Every, 0, 1e9)
	f.Between(at+"eval.batches", c.Eval.Batches, 0, 1e9)
	f.Between(at+"checkpoint.every", c.Checkpoint.Every, 0, 1e9)
	f.Between(at+"checkpoint.keep", c.Checkpoint.Keep, 1, 1e6)
}

// trains reports whether a key is one that any run that trains may change while it goes on: of the optimizer, of the cadence.
func trains(key string) bool {
	section, _, _ := strings.Cut(key, ".")
	return slices.Contains([]string{"optim", "eval", "checkpoint", "steps"}, section)
}

// Faults collects what is wrong with a spec.
type Faults []error

// Add notes a fault.
func (f *Faults) Add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// Check notes a fault of a key unless ok, which it returns.
func (f *Faults) Check(ok bool, key string, value any, want string) bool {
	if ok {
		return true
	}
	if s, is := value.(string); is {
		if len(s) > 80 {
			s = s[:80] + "…"
		}
		value = fmt.Sprintf("%q", s)
	}
	f.Add("%s is %v, want %s", key, value, want)
	return false
}

// Between notes a fault unless low <= n <= high.
func (f *Faults) Between(key string, n, low int, high float64) {
	f.Check(n >= low && float64(n) <= high, key, n, fmt.Sprintf("%d to %.0f", low, high))
}

// name checks the name of a run or of a stage, which may be empty.
func (f *Faults) name(key, name string) {
	f.Check(name == "" || goodName.MatchString(name), key, name,
		"letters, digits, dot, dash and underscore, at most 100, beginning with a letter or digit")
}

// Err is all faults joined, or nil.
func (f *Faults) Err() error { return errors.Join(*f...) }

// quoted is names as an error lists them.
func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, " or ")
}
