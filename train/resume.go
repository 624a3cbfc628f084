package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// ErrMismatch is wrapped by the errors of a run whose checkpoints are of another model or other data, or go further than its spec.
var ErrMismatch = errors.New("the directory belongs to another run: start this one under another name")

// running is a run in progress.
type running struct {
	ctx     context.Context // without cancellation: what is saved when a run is stopped is saved whole
	run     spec.Run
	plan    *spec.Cadence
	key     store.Run
	options Options
	store   store.Store
	lease   *ckpt.Lease
	stage   Stage
	metrics *track.Writer

	data     string // the prepared data
	progress Progress
	saved    ckpt.Info // the newest checkpoint
	evalStep int       // the step of progress.Metrics
	evalOwed bool      // an evaluation was due after the last step and is not done
	stopped  string
	outputs  map[string]Output
	events   []Event
}

// cursor is what the run core remembers beside the stage's own cursor.
type cursor struct {
	Data     string          `json:"data"`     // the prepared data, a content hash
	EvalStep int             `json:"evalStep"` // when Metrics were measured
	Metrics  Values          `json:"metrics,omitempty"`
	Stage    json.RawMessage `json:"stage,omitempty"`
}

// open takes the run's directory and brings everything to where the run stands.
func open(ctx context.Context, run spec.Run, o Options) (*running, error) {
	if err := run.Validate(); err != nil {
		return nil, fmt.Errorf("the spec is not valid:\n%w", err)
	}
	if o.Home == "" || run.Name == "" {
		return nil, errors.New("Options.Home or the run's name is empty: they say where its files lie")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &running{
		ctx: context.WithoutCancel(ctx), run: run, plan: run.Section().Plan(), key: store.Run(run.Name), options: o, store: o.store(),
	}
	for _, step := range []func() error{r.acquire, r.build, r.resume, r.openMetrics} {
		if err := step(); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

func (r *running) acquire() (err error) {
	if r.lease, err = ckpt.Acquire(r.ctx, r.store, r.key.Checkpoints(), r.options.Token, owner()); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r.run, "", "  ")
	if err != nil {
		return err
	}
	return store.Put(r.ctx, r.store, r.key.Spec(), append(b, '\n'), r.lease.Guard())
}

// owner names this process to attempts that find its lease.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}

// build makes the stage as it is at step 0.
func (r *running) build() error {
	p, err := prepare(r.ctx, &r.run, &r.options, r.noteEvent)
	if err != nil {
		return err
	}
	r.data, r.progress.Steps = p.Data, stepsOf(r.plan.Steps, p.Steps)
	k, err := kindOf(&r.run)
	if err != nil {
		return err
	}
	env := r.options.env(&r.run, p, r.noteEvent)
	r.stage, err = k.open(env)
	return err
}

// resume puts the newest whole checkpoint in place, if there is one.
func (r *running) resume() error {
	l, passed, err := ckpt.Latest(r.ctx, r.store, r.lease.Dir)
	r.notePassed(passed)
	if errors.Is(err, ckpt.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	var c cursor
	if err := l.Cursor(&c); err != nil {
		return fmt.Errorf("%w: checkpoint %s: %w", ErrMismatch, l.Path, err)
	}
	if c.Data != r.data {
		return fmt.Errorf("%w: checkpoint %s was made with data %s, the spec now gives %s", ErrMismatch, l.Path, c.Data, r.data)
	}
	if l.Step > r.progress.Steps {
		return fmt.Errorf("%w: checkpoint %s is of step %d, the spec ends at %d", ErrMismatch, l.Path, l.Step, r.progress.Steps)
	}
	parts := r.stage.Checkpoint()
	if parts.Cursor != nil {
		if err := json.Unmarshal(c.Stage, parts.Cursor); err != nil {
			return fmt.Errorf("%w: checkpoint %s: cursor: %w", ErrMismatch, l.Path, err)
		}
	}
	parts.Cursor = nil
	if err := l.Restore(parts); err != nil {
		return fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	r.saved, r.evalStep = l.Info, c.EvalStep
	p := &r.progress
	p.Step, p.Values, p.Metrics, p.Checkpoint = l.Step, l.Meta.Values, c.Metrics, l.Path
	if l.Meta.Spec != r.run.Hash() {
		r.noteEvent("spec-changed", fmt.Sprintf("the spec has changed since checkpoint %s; it goes on under the new one", l.Path))
	}
	return nil
}

func (r *running) openMetrics() (err error) {
	r.metrics, err = track.Create(r.options.path(r.key.Metrics()), r.progress.Step)
	return err
}

// save publishes a checkpoint of the step just done and removes the ones too many. The metrics up to there reach the disk first, so that
// after a power cut none is missing before a checkpoint.
func (r *running) save() error {
	if err := r.metrics.Sync(); err != nil {
		return err
	}
	parts := r.stage.Checkpoint()
	c := cursor{Data: r.data, EvalStep: r.evalStep, Metrics: r.progress.Metrics}
	if parts.Cursor != nil {
		var err error
		if c.Stage, err = json.Marshal(parts.Cursor); err != nil {
			return fmt.Errorf("cursor: %w", err)
		}
	}
	parts.Cursor = c
	info, err := ckpt.Save(r.ctx, r.lease, parts, ckpt.Meta{
		Step: r.progress.Step, Steps: r.progress.Steps, Seed: r.run.Seed, Spec: r.run.Hash(), Values: r.progress.Values, Time: time.Now().UTC(),
	})
	if err != nil {
		return err
	}
	r.saved, r.progress.Checkpoint = info, info.Path
	passed, err := ckpt.Prune(r.ctx, r.lease, r.plan.Checkpoint.Keep)
	r.notePassed(passed)
	return err
}

func (r *running) close() error {
	var errs []error
	if r.metrics != nil {
		errs = append(errs, r.metrics.Close())
	}
	if r.stage != nil {
		errs = append(errs, r.stage.Close())
	}
	return errors.Join(errs...)
}
