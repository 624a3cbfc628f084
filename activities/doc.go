// Package activities is what workflows call: the steps of a run that touch files and devices, thin over package train.
//
// A Trainer holds what a worker knows and a workflow must not: where runs and data lie on this machine. Prepare checks a run
// and claims its directory; Segment trains up to a step; Publish checks the finished checkpoint and writes the result beside it.
//
// An attempt of an activity can die at any moment, or be given up by the server while it still runs. So: progress is
// what lies on the disk, whole; each attempt carries a fencing token that grows with time, and a smaller one can no longer
// publish; and a heartbeat says that the process lives and that its last step is not long ago (see beat.go).
//
// Errors say by their type whether trying again can help: BadSpec, BadData, NonFinite, Misuse, Damaged and Conflict end the run,
// everything else is tried again without end.
package activities

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// Trainer carries out the activities of training runs on this machine.
type Trainer struct {
	Home    string // runs lie in Home/runs, prepared corpora in Home/cache
	DataDir string // where corpora such as tinyshakespeare.txt lie; may be empty

	// Pretrain does the training; nil: train.Pretrain. Tests put something smaller here.
	Pretrain func(context.Context, spec.Run, train.Options) (train.Result, error)

	running sync.WaitGroup
}

// Drain waits until no activity of t runs. It is a function because methods of a Trainer are activities.
func Drain(t *Trainer) { t.running.Wait() }

// Progress is how far a run has come, as heartbeats, results and queries carry it.
type Progress struct {
	train.Progress
	WeightsSHA256 string `json:"weightsSHA256,omitempty"` // of the checkpoint; known when a segment has ended
}

// Dir is the directory of a run under a home.
func Dir(home, name string) string { return filepath.Join(home, "runs", name) }
