// Package activities is what workflows call: the steps of a run that touch files and devices, thin over package train.
//
// A Trainer holds what a worker knows and a workflow must not: where runs and data lie on this machine. Prepare checks a run
// and claims its directory; Segment trains up to a step; Publish checks what the finished run has left and writes its result; Reuse looks
// for a finished run that was the same, so that a pipeline need not carry it out again. They are the same for every kind of run.
//
// An attempt of an activity can die at any moment, or be given up by the server while it still runs. So: progress is
// what lies on the disk, whole; each attempt carries a fencing token that grows with each, and a smaller one can no longer
// publish; and a heartbeat says that the process lives and that its last step is not long ago (see heartbeat.go).
//
// Errors say by their type whether trying again can help: BadSpec, BadData, NonFinite, Misuse, Damaged, Conflict and OutOfMemory end the
// run, everything else is tried again without end.
package activities

import (
	"context"
	"sync"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
)

// Trainer carries out the activities of runs on this machine.
type Trainer struct {
	Home    string // runs lie in Home/runs, prepared data in Home/cache
	DataDir string // where corpora such as tinyshakespeare.txt lie; may be empty
	Core    Core

	running sync.WaitGroup
	memory  func() Memory // nil: that of this process
}

// Core carries out runs. The zero Core is package train; tests put something smaller here.
type Core struct {
	Prepare func(ctx context.Context, run spec.Run, o train.Options, note func(kind, text string)) (train.Prepared, error)
	Run     func(context.Context, spec.Run, train.Options) (train.Result, error)
}

// Drain waits until no activity of t runs. It is a function because methods of a Trainer are activities.
func Drain(t *Trainer) { t.running.Wait() }

// store is where the runs of this machine lie.
func (t *Trainer) store() store.Store { return local.New(t.Home) }

// options are what every call of the core is given.
func (t *Trainer) options() train.Options {
	return train.Options{Home: t.Home, DataDir: t.DataDir}
}

func (c Core) prepare(ctx context.Context, run spec.Run, o train.Options, note func(kind, text string)) (train.Prepared, error) {
	if c.Prepare != nil {
		return c.Prepare(ctx, run, o, note)
	}
	return train.Prepare(ctx, run, o, note)
}

func (c Core) run(ctx context.Context, run spec.Run, o train.Options) (train.Result, error) {
	if c.Run != nil {
		return c.Run(ctx, run, o)
	}
	return train.Run(ctx, run, o)
}
