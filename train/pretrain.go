package train

import (
	"context"
	"errors"

	"github.com/athanor-ml/athanor/train/spec"
)

// Progress is how far a run has come.
type Progress struct {
	Step         int     `json:"step"`  // steps done
	Steps        int     `json:"steps"` // steps of the whole run
	Loss         float64 `json:"loss"`  // of the last step's batch, before its update
	ValLoss      float64 `json:"valLoss"`
	LR           float64 `json:"lr"`
	GradNorm     float64 `json:"gradNorm"` // before clipping
	TokensPerSec float64 `json:"tokensPerSec"`
	Checkpoint   string  `json:"checkpoint"` // directory of the newest whole checkpoint; empty: none yet
}

// Options says where a run keeps its files and whom it tells. Only Dir is needed.
type Options struct {
	Dir      string // the run's directory: checkpoints, metrics.jsonl, run.json; made when absent
	DataDir  string // where corpora such as tinyshakespeare.txt lie; empty: the default of package data
	CacheDir string // where prepared corpora are kept; empty: Dir/data

	Until int   // stop after this step with a checkpoint; 0: go on to the run's end
	Token int64 // fencing token: an attempt with a smaller one can no longer publish into Dir

	OnStep func(Progress)                    // after each step, on the training goroutine
	Warn   func(string)                      // of things that were repaired or passed over
	Stop   func() (reason string, stop bool) // polled after each step; true: checkpoint and return
}

// Result is where a run stands when Pretrain returns.
type Result struct {
	Progress
	WeightsSHA256 string // of the weights in the newest checkpoint
	Done          bool   // the last step of the spec has been done
	Stopped       string // the reason Stop gave, when it ended the call
}

// Pretrain carries out a pretraining run.
func Pretrain(ctx context.Context, run spec.Run, o Options) (Result, error) {
	return Result{}, errors.New("pretrain: under construction")
}
