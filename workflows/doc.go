// Package workflows decides what happens to a run, and remembers it: the order of its activities, pause, resume and stop,
// what the Temporal UI shows. It is replayed from history, so it may look at nothing but its inputs, its signals
// and workflow.Now; files, devices and the clock belong to package activities, of which only method names are used here.
//
// Pretrain trains in segments: each is one activity, which goes on from the newest checkpoint on the disk. Between two of
// them the workflow publishes what it knows, as search attributes (Attributes), as the memo "progress", and as a page of
// markdown; and it hands over to a fresh execution of itself, with a Carry, when its history has grown long. A run begins with one
// input, its spec; a Carry comes as the second.
package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The queues that workers poll. Training has one of its own: a worker does one training at a time, and the other activities of
// another run need not wait for it.
const (
	TaskQueue  = "athanor"
	TrainQueue = "athanor-train"
)

// Signals that a run understands, without an argument. A run that is stopped has ended; pausing keeps it.
const (
	SignalPause  = "pause"
	SignalResume = "resume"
	SignalStop   = "stop"
)

// UpdateSet changes one setting of a run that goes on: a key and a value, as (*spec.Run).Set takes them. Only settings of optim, eval,
// checkpoint and steps can change, steps only upwards; the answer is an error otherwise, and nothing is written into the history.
const UpdateSet = "set"

// QueryStatus answers with a State.
const QueryStatus = "status"

// Keys of a run's memo: its spec as it was started, and the State it published last.
const (
	MemoSpec  = "spec"
	MemoState = "state"
)

// Phases of a run, the values of its search attribute RunStatus.
const (
	Running   = "running"
	Paused    = "paused"
	Stopped   = "stopped"
	Completed = "completed"
	Failed    = "failed"
)

// The search attributes of runs, for queries such as: RunStatus = "running" and Loss < 2.
var (
	RunKind   = temporal.NewSearchAttributeKeyKeyword("RunKind")   // "pretrain"
	RunStatus = temporal.NewSearchAttributeKeyKeyword("RunStatus") // a phase
	Model     = temporal.NewSearchAttributeKeyKeyword("Model")     // "gpt-L4-H4-C128-T64"
	Step      = temporal.NewSearchAttributeKeyInt64("Step")
	Loss      = temporal.NewSearchAttributeKeyFloat64("Loss")
	ValLoss   = temporal.NewSearchAttributeKeyFloat64("ValLoss")
)

// Attributes are the names and types of the search attributes, for whoever registers them with a server.
func Attributes() map[string]enumspb.IndexedValueType {
	types := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{RunKind, RunStatus, Model, Step, Loss, ValLoss} {
		types[key.GetName()] = key.GetValueType()
	}
	return types
}
