package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// The files of a run's directory.
const (
	SpecFile       = "run.json"      // the resolved spec
	MetricsFile    = "metrics.jsonl" // see package track
	CheckpointsDir = "checkpoints"   // see package ckpt
	corpusDir      = "data"          // prepared corpora, where Options names no other place
)

// Progress is how far a run has come.
type Progress struct {
	Step         int     `json:"step"`    // steps done
	Steps        int     `json:"steps"`   // steps of the whole run
	Loss         float64 `json:"loss"`    // of the last step's batch, before its update
	ValLoss      float64 `json:"valLoss"` // the last one measured; 0: none yet
	LR           float64 `json:"lr"`
	GradNorm     float64 `json:"gradNorm"`     // before clipping
	TokensPerSec float64 `json:"tokensPerSec"` // smoothed over some steps
	Checkpoint   string  `json:"checkpoint"`   // directory of the newest whole checkpoint; empty: none yet
}

// Options says where a run keeps its files and whom it tells. Only Dir is needed.
type Options struct {
	Dir      string // the run's directory: checkpoints, metrics.jsonl, run.json; made when absent
	DataDir  string // where corpora such as tinyshakespeare.txt lie; empty: the default of package data
	CacheDir string // where prepared corpora are kept; empty: Dir/data
	Corpus   string // the corpus in CacheDir that was prepared for this run: its source is not read again; empty: the source says

	Until int   // stop after this step with a checkpoint; 0: go on to the run's end
	Token int64 // fencing token: attempts with a smaller one can no longer publish into Dir; 0: the last one plus one

	OnStep func(Progress)                    // after each step and its checkpoint, on the training goroutine
	Warn   func(string)                      // of things that were repaired or passed over
	Stop   func() (reason string, stop bool) // polled after each step; true: checkpoint and return
}

// Result is where a run stands when Pretrain returns.
type Result struct {
	Progress
	WeightsSHA256 string `json:"weightsSHA256"` // of the weights in the newest checkpoint
	Done          bool   `json:"done"`          // the last step of the spec has been done
	Stopped       string `json:"stopped"`       // the reason Stop gave, when it ended the call
}

// Pretrain carries out the run from where Options.Dir has it: from the newest whole checkpoint, or from the start. It
// returns when the run is done, has reached Until, or Stop says so; then the newest checkpoint holds exactly the step
// returned. When ctx ends it saves a checkpoint too and returns an error that wraps ctx's. The errors to branch on are
// *NonFinite, ErrMismatch and ckpt.ErrFenced.
func Pretrain(ctx context.Context, run spec.Run, o Options) (Result, error) {
	r, err := open(ctx, run, o)
	if err != nil {
		return Result{}, fmt.Errorf("pretrain: %w", err)
	}
	err = r.loop(ctx)
	if e := (*NonFinite)(nil); errors.As(err, &e) {
		e.Good = r.progress.Checkpoint
	}
	if err = errors.Join(err, r.close()); err != nil {
		err = fmt.Errorf("pretrain: %w", err)
	}
	return r.result(), err
}

// loop does the steps that are left.
func (r *pretraining) loop(ctx context.Context) error {
	until := r.spec.Steps
	if r.options.Until > 0 {
		until = min(until, r.options.Until)
	}
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	for r.trainer.done < until {
		if err := ctx.Err(); err != nil {
			return r.interrupted(err)
		}
		m, err := r.trainer.step()
		if err != nil {
			return err
		}
		if err := r.finish(ctx, m); err != nil {
			return err
		}
		stop := false
		if r.options.Stop != nil {
			r.stopped, stop = r.options.Stop()
		}
		if stop || m.Step == until || due(m.Step, r.spec.Checkpoint.Every, r.spec.Steps) {
			if err := r.save(); err != nil {
				return err
			}
		}
		if r.options.OnStep != nil {
			r.options.OnStep(r.progress)
		}
		if stop {
			return nil
		}
	}
	return nil
}

// due reports whether something that happens every so many steps (0: never), and after the last, happens after this one.
func due(step, every, last int) bool { return step == last || every > 0 && step%every == 0 }

// finish evaluates after a step where that is due, and makes the step known.
func (r *pretraining) finish(ctx context.Context, m track.Record) (err error) {
	r.note(m)
	if due(m.Step, r.spec.Eval.Every, r.spec.Steps) {
		r.evalOwed = true
		if m.ValLoss, err = r.trainer.eval(ctx); err != nil {
			return r.interrupted(err)
		}
		if !finite(m.ValLoss) {
			return &NonFinite{Step: m.Step, What: "validation loss", Value: m.ValLoss}
		}
		r.progress.ValLoss, r.valStep, r.evalOwed = m.ValLoss, m.Step, false
	}
	if err := r.lease.Check(ctx); err != nil {
		return err
	}
	return r.metrics.Write(m)
}

// note remembers the numbers of a step.
func (r *pretraining) note(m track.Record) {
	p := &r.progress
	p.Step, p.Loss, p.LR, p.GradNorm, p.TokensPerSec = m.Step, m.Loss, m.LR, m.GradNorm, m.TokensPerSec
}

// interrupted saves what was done when the context ended, so that no step is lost.
func (r *pretraining) interrupted(cause error) error {
	if step := r.trainer.done; step > 0 && step != r.saved.Step {
		if err := r.save(); err != nil {
			return errors.Join(cause, err)
		}
	}
	return fmt.Errorf("stopped after step %d: %w", r.saved.Step, cause)
}

// catchUp does the evaluation that an interrupt cut short after the step that was resumed from.
func (r *pretraining) catchUp(ctx context.Context) error {
	if p := r.progress; p.Step == 0 || !due(p.Step, r.spec.Eval.Every, r.spec.Steps) || r.valStep == p.Step {
		return nil
	}
	p := r.progress
	m := track.Record{Step: p.Step, Loss: p.Loss, LR: p.LR, GradNorm: p.GradNorm, Time: time.Now().UTC()}
	if err := r.finish(ctx, m); err != nil {
		return err
	}
	return r.save()
}

func (r *pretraining) result() Result {
	return Result{
		Progress: r.progress, WeightsSHA256: r.saved.WeightsSHA256,
		Done: r.saved.Step == r.spec.Steps && !r.evalOwed, Stopped: r.stopped,
	}
}

// owner names this process to attempts that find its lease.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}

// Checkpoints is the directory of a run's checkpoints.
func Checkpoints(runDir string) string { return filepath.Join(runDir, CheckpointsDir) }
