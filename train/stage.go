package train

import (
	"context"
	"fmt"

	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// Values are what was measured, by name. A value that is absent was not measured.
type Values = map[string]float64

// A Stage is one kind of training, evaluating or generating in progress. It is used by one goroutine.
type Stage interface {
	// Step does the step of that number, which counts from 1. It is a pure function of what Checkpoint names, the run's seed and the
	// number. On an error nothing has changed.
	Step(ctx context.Context, step int) (Values, error)
	// Eval measures held-out data after a step; nil where there is nothing to measure. It changes nothing.
	Eval(ctx context.Context, step int) (Values, error)
	// Checkpoint names all that the stage must remember. The run core writes it, and reads it back into the same modules, optimizers
	// and cursor (a pointer) before the first step of an attempt.
	Checkpoint() ckpt.Parts
	// Close gives back files.
	Close() error
}

// A Producer is a stage that leaves something other than its modules when its last step is done: by role, what fills an empty folder.
type Producer interface {
	Outputs() map[string]func(dir string) error
}

// Env is what a stage is made from.
type Env struct {
	Run      *spec.Run
	DataDir  string            // where corpora such as tinyshakespeare.txt lie; empty: the default of package data
	CacheDir string            // where prepared data is kept
	Data     string            // the prepared data in CacheDir that Prepare has named; empty: not prepared yet
	Inputs   map[string]string // role -> folder
	Steps    int               // of the whole run
	Note     func(kind, text string)
}

// kind is a row of the table of stages.
type kind struct {
	prepare func(Env) (data string, steps int, err error) // prepares data in the cache; steps: how many the data gives, where the spec leaves that to it
	open    func(Env) (Stage, error)
}

var kinds = map[string]kind{
	"pretrain": {preparePretrain, newPretrain},
	"sft":      {prepareSFT, newSFT},
	"evaluate": {prepareEvaluate, newEvaluate},
	"generate": {prepareGenerate, newGenerate},
}

func kindOf(run *spec.Run) (kind, error) {
	k, ok := kinds[run.Kind]
	if !ok {
		return k, fmt.Errorf("kind %q cannot be carried out as one run", run.Kind)
	}
	return k, nil
}
