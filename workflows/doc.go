// Package workflows decides what happens to a run, and remembers it: the order of its activities, pause, resume and stop,
// what the Temporal UI shows. It is replayed from history, so it may look at nothing but its inputs, its signals
// and workflow.Now; files, devices and the clock belong to package activities, of which only method names are used here.
//
// Run carries out a run of any kind in segments: each is one activity, which goes on from the newest checkpoint on the disk. Pipeline
// carries out a graph of runs: each stage is a Run of its own, a child named PIPELINE.STAGE, which begins when the stages whose
// outputs it needs have ended. Both publish what they know, as search attributes (Attributes), as the memo "state", and as a
// page of markdown; and both hand over to a fresh execution of themselves, with a Carry, when their history has grown long.
//
// Owners steer by signals (pause, resume, stop) and by the update "set". A pipeline passes them on to the stages that are going on; a stage
// can be steered directly too.
package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// TaskQueue is what the workers of a home poll, named by the home's id: a worker must not take runs whose files it has not. Training has
// a queue of its own (see TrainQueue): a worker does one training at a time, and the other activities of another run need not
// wait for it.
func TaskQueue(home string) string { return "athanor-" + home }

// TrainQueue is the queue of the training beside a TaskQueue.
func TrainQueue(queue string) string { return queue + "-train" }

// TaskTimeout is how long a worker that was killed with a workflow in hand is waited for; the server gives slow ones more each time.
const TaskTimeout = 2 * time.Second

// Signals that a run understands. Pause, resume and stop have no argument; set has a Change. A run that is stopped has ended;
// pausing keeps it.
const (
	SignalPause  = "pause"
	SignalResume = "resume"
	SignalStop   = "stop"
	SignalSet    = "set" // between a pipeline and its stages
)

// UpdateSet changes one setting of a run that goes on: a key and a value, as (*spec.Run).Set takes them, of a pipeline "STAGE.key". Only
// what the section calls mutable can change, steps only upwards; the answer is an error otherwise, and nothing is written into
// the history.
const UpdateSet = "set"

// QueryStatus answers with a State.
const QueryStatus = "status"

// Keys of a run's memo: its spec as it is now, and the State it published last.
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

// Workflow is the name of the workflow that carries out a run of a kind.
func Workflow(kind string) string {
	if kind == "pipeline" {
		return "Pipeline"
	}
	return "Run"
}

// maxSegments is how many segments one execution carries out: about 2,500 events of history.
const maxSegments = 200

// full reports whether the history has grown long.
func full(ctx workflow.Context) bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }
