package train

import (
	"cmp"
	"path/filepath"
	"time"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
)

// Options says where a run keeps its files and whom it tells. Only Home is needed.
type Options struct {
	Home    string // runs lie in Home/runs, prepared data in Home/cache
	DataDir string // where corpora such as tinyshakespeare.txt lie; empty: the default of package data
	Data    string // what Prepare has named: its source is not read again; empty: the source says

	Until int   // stop after this step with a checkpoint; 0: go on to the run's end
	Token int64 // fencing token: attempts with a smaller one can no longer publish; 0: the last one plus one

	OnStep func(Progress)                    // after each step and its checkpoint, on the training goroutine
	Note   func(Event)                       // of what was passed over or repaired; it is in events.jsonl too
	Stop   func() (reason string, stop bool) // polled after each step; true: checkpoint and return
}

// store is where runs lie.
func (o *Options) store() store.Store { return local.New(o.Home) }

// path is the local path of a key of the store.
func (o *Options) path(key string) string { return filepath.Join(o.Home, filepath.FromSlash(key)) }

// CacheDir is where prepared data lies under a home, for all runs.
func CacheDir(home string) string { return filepath.Join(home, "cache") }

// Dir is the directory of a run under a home.
func Dir(home, name string) string {
	return filepath.Join(home, filepath.FromSlash(store.Run(name).Dir()))
}

// Progress is how far a run has come.
type Progress struct {
	Step       int    `json:"step"`                 // steps done
	Steps      int    `json:"steps"`                // steps of the whole run
	Values     Values `json:"values,omitempty"`     // the newest of each name: "loss" (of the last step's batch, before its update), "lr", …
	Metrics    Values `json:"metrics,omitempty"`    // of the last evaluation on held-out data
	Checkpoint string `json:"checkpoint,omitempty"` // directory of the newest whole checkpoint; empty: none yet
}

// Result is where a run stands when Run returns.
type Result struct {
	Progress
	WeightsSHA256 string            `json:"weightsSHA256,omitempty"` // of the weights in the newest checkpoint
	Done          bool              `json:"done"`                    // the last step of the spec has been done
	Stopped       string            `json:"stopped,omitempty"`       // the reason Stop gave, when it ended the call
	Outputs       map[string]Output `json:"outputs,omitempty"`       // by role, when Done: "model", "adapter", "samples", "report"
	Events        []Event           `json:"events,omitempty"`        // of this call
}

// Output is something that a finished run gives to others: a folder, and the SHA-256 of what it holds.
type Output struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Event is something that was passed over or repaired, for the person who looks at the run.
type Event struct {
	Time time.Time `json:"time"`
	Step int       `json:"step"`
	Kind string    `json:"kind"` // "checkpoint-damaged", "data-prepared-again", "spec-changed", …
	Text string    `json:"text"`
}

// stepsOf is how many steps the run has: those of its spec, else those that its data gives.
func stepsOf(spec, data int) int { return cmp.Or(spec, data) }
