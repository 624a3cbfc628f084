package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// Run carries out a run from where its directory has it: from the newest whole checkpoint, or from the start. It returns when the
// run is done, has reached Options.Until, or Options.Stop says so; then the newest checkpoint holds exactly the step returned. When ctx ends
// it saves a checkpoint too and returns an error that wraps ctx's. The errors to branch on are *NonFinite, ErrInput, ErrMismatch and
// ckpt.ErrFenced.
func Run(ctx context.Context, run spec.Run, o Options) (Result, error) {
	r, err := open(ctx, run, o)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", run.Kind, err)
	}
	err = r.loop(ctx)
	if e := (*NonFinite)(nil); errors.As(err, &e) {
		e.Good = r.progress.Checkpoint
	}
	if err == nil && r.done() {
		err = r.publish(ctx)
	}
	if err = errors.Join(err, r.close()); err != nil {
		err = fmt.Errorf("%s: %w", run.Kind, err)
	}
	return r.result(), err
}

// loop does the steps that are left.
func (r *running) loop(ctx context.Context) error {
	until := r.progress.Steps
	if r.options.Until > 0 {
		until = min(until, r.options.Until)
	}
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	for r.progress.Step < until {
		if err := ctx.Err(); err != nil {
			return r.interrupted(err)
		}
		step := r.progress.Step + 1
		values, err := r.stage.Step(ctx, step)
		if err != nil {
			return r.failed(ctx, err)
		}
		r.progress.Step = step
		if err := r.finish(ctx, values); err != nil {
			return err
		}
		stop := false
		if r.options.Stop != nil {
			r.stopped, stop = r.options.Stop()
		}
		if stop || step == until || due(step, r.plan.Checkpoint.Every, r.progress.Steps) {
			if err := r.save(); err != nil {
				return err
			}
		}
		r.tell()
		if stop {
			return nil
		}
	}
	return nil
}

// due reports whether something that happens every so many steps (0: never), and after the last, happens after this one.
func due(step, every, last int) bool { return step == last || every > 0 && step%every == 0 }

// tell reports progress. What it hands out is not changed any more.
func (r *running) tell() {
	if r.options.OnStep != nil {
		p := r.progress
		p.Values, p.Metrics = maps.Clone(p.Values), maps.Clone(p.Metrics)
		r.options.OnStep(p)
	}
}

// finish evaluates after a step where that is due, and makes the step known.
func (r *running) finish(ctx context.Context, values Values) error {
	step := r.progress.Step
	if due(step, r.plan.Eval.Every, r.progress.Steps) {
		r.evalOwed = true
		held, err := r.stage.Eval(ctx, step)
		if err != nil {
			r.note(values)
			return r.failed(ctx, err)
		}
		if err := checkFinite(step, "validation", held); err != nil {
			return err
		}
		values = maps.Clone(values)
		if values == nil {
			values = Values{}
		}
		maps.Copy(values, held)
		if held != nil {
			r.progress.Metrics = held
		}
		r.evalStep, r.evalOwed = step, false
	}
	r.note(values)
	if err := r.lease.Check(r.ctx); err != nil {
		return err
	}
	return r.metrics.Write(track.Record{Step: step, Time: time.Now().UTC(), Values: values})
}

// note remembers the newest value of each name.
func (r *running) note(values Values) {
	if r.progress.Values == nil {
		r.progress.Values = Values{}
	}
	maps.Copy(r.progress.Values, values)
}

// failed is what an error of the stage means: when the context has ended, that it was interrupted.
func (r *running) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) || errors.Is(err, context.Canceled) {
		return r.interrupted(err)
	}
	return err
}

// interrupted saves what was done when the context ended, so that no step is lost.
func (r *running) interrupted(cause error) error {
	if step := r.progress.Step; step > 0 && step != r.saved.Step {
		if err := r.save(); err != nil {
			return errors.Join(cause, err)
		}
	}
	return fmt.Errorf("stopped after step %d: %w", r.saved.Step, cause)
}

// catchUp does the evaluation that an interrupt cut short after the step that was resumed from.
func (r *running) catchUp(ctx context.Context) error {
	p := &r.progress
	if p.Step == 0 || !due(p.Step, r.plan.Eval.Every, p.Steps) || r.evalStep == p.Step {
		return nil
	}
	if err := r.finish(ctx, r.lastValues()); err != nil {
		return err
	}
	return r.save()
}

// lastValues are the values of the last step, without those of an earlier evaluation.
func (r *running) lastValues() Values {
	v := maps.Clone(r.progress.Values)
	for name := range r.progress.Metrics {
		delete(v, name)
	}
	return v
}

// checkFinite refuses values of an evaluation that are no numbers.
func checkFinite(step int, what string, values Values) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			return &NonFinite{Step: step, What: what + " " + name, Value: v, Evaluation: true}
		}
	}
	return nil
}

func (r *running) done() bool {
	return r.progress.Steps > 0 && r.saved.Step == r.progress.Steps && r.progress.Step == r.progress.Steps && !r.evalOwed
}

func (r *running) result() Result {
	return Result{
		Progress: r.progress, WeightsSHA256: r.saved.WeightsSHA256, Done: r.done(), Stopped: r.stopped, Outputs: r.outputs, Events: r.events,
	}
}
