package store

import (
	"fmt"
	"strconv"
	"strings"
)

// Run is the name of a run; its methods are the keys of what it leaves behind. Nothing else spells them.
//
//	runs/NAME/run.json                          the resolved spec
//	runs/NAME/metrics.jsonl                     package track
//	runs/NAME/events.jsonl                      what was passed over or repaired
//	runs/NAME/checkpoints/step-00000250/        package ckpt
//	runs/NAME/outputs/ROLE/                     what a finished run gives to others
//	runs/NAME/result.json
//	results/HASH                                the name of the run that has carried out that spec with those inputs
type Run string

// Runs is the prefix of all runs.
const Runs = "runs"

// Dir is the prefix of all keys of the run.
func (r Run) Dir() string { return Runs + "/" + string(r) }

// Spec is the key of the resolved spec.
func (r Run) Spec() string { return r.Dir() + "/run.json" }

// Metrics is the key of the file with a record for each step.
func (r Run) Metrics() string { return r.Dir() + "/metrics.jsonl" }

// Events is the key of the file with a line for each thing that was passed over or repaired.
func (r Run) Events() string { return r.Dir() + "/events.jsonl" }

// Result is the key of what a finished run says of itself.
func (r Run) Result() string { return r.Dir() + "/result.json" }

// Checkpoints is the prefix of the checkpoints and the key under which package ckpt takes their lease.
func (r Run) Checkpoints() string { return r.Dir() + "/checkpoints" }

// Checkpoint is the key of the checkpoint of a step.
func (r Run) Checkpoint(step int) string { return r.Checkpoints() + "/" + StepName(step) }

// Outputs is the key of the folder in which a finished run leaves what plays a role for others, such as "model".
func (r Run) Outputs(role string) string { return r.Dir() + "/outputs/" + role }

// Results is the key of the name of a finished run, for whoever is about to carry out one with the same spec and inputs.
func Results(sameness string) string { return "results/" + sameness }

// StepName is the last element of a checkpoint's key.
func StepName(step int) string { return fmt.Sprintf("step-%08d", step) }

// ParseStep returns the step of a name that StepName made.
func ParseStep(name string) (step int, ok bool) {
	digits, ok := strings.CutPrefix(name, "step-")
	if !ok {
		return 0, false
	}
	step, err := strconv.Atoi(digits)
	return step, err == nil && step >= 0 && StepName(step) == name
}
