package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// ErrMismatch is wrapped by the errors of a run whose checkpoints are of another model or corpus, or go further than its spec.
var ErrMismatch = errors.New("the directory belongs to another run: start this one under another name")

// pretraining is a run in progress.
type pretraining struct {
	ctx     context.Context // without cancellation: what is saved when a run is stopped is saved whole
	run     spec.Run
	spec    *spec.Pretrain
	options Options
	lease   *ckpt.Lease
	corpus  *data.Corpus
	trainer *Trainer
	metrics *track.Writer

	progress Progress
	saved    ckpt.Info // the newest checkpoint
	valStep  int       // the step of progress.ValLoss
	evalOwed bool      // an evaluation was due after the last step and is not done
	stopped  string
}

// open takes the run's directory and brings everything to where the run stands.
func open(ctx context.Context, run spec.Run, o Options) (*pretraining, error) {
	if err := run.Validate(); err != nil {
		return nil, fmt.Errorf("the spec is not valid:\n%w", err)
	}
	if o.Dir == "" {
		return nil, errors.New("Options.Dir is empty, want the run's directory")
	}
	if o.CacheDir == "" {
		o.CacheDir = filepath.Join(o.Dir, corpusDir)
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &pretraining{ctx: context.WithoutCancel(ctx), run: run, spec: run.Pretrain, options: o}
	r.progress.Steps = r.spec.Steps
	for _, step := range []func() error{r.acquire, r.prepare, r.build, r.resume, r.openMetrics} {
		if err := step(); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

func (r *pretraining) acquire() (err error) {
	if r.lease, err = ckpt.Acquire(r.ctx, local.New(r.options.Dir), CheckpointsDir, r.options.Token, owner()); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r.run, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(r.options.Dir, SpecFile), append(b, '\n'))
}

// writeWhole replaces a file by one that is on the disk: after a power cut there is the old one or the new one.
func writeWhole(path string, text []byte) error {
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// prepare opens the corpus. Of one that was prepared for this run the source may have changed or gone since; it is read again only when
// the prepared files are lost.
func (r *pretraining) prepare() error {
	o := &r.options
	if o.Corpus != "" {
		c, err := data.Open(filepath.Join(o.CacheDir, o.Corpus))
		if err == nil {
			r.corpus = c
			return nil
		}
		o.Warn(fmt.Sprintf("the corpus is prepared again: %v", err))
	}
	dir, err := data.Prepare(r.spec.Data, o.DataDir, o.CacheDir, o.Warn)
	if err != nil {
		return err
	}
	if is := filepath.Base(dir); o.Corpus != "" && is != o.Corpus {
		return fmt.Errorf("%w: it has trained on corpus %s, which is lost, and its source now gives %s", ErrMismatch, o.Corpus, is)
	}
	r.corpus, err = data.Open(dir)
	return err
}

// build makes the model and its trainer as they are at step 0.
func (r *pretraining) build() error {
	m := r.spec.Model
	cfg := gpt.Config{
		Vocab: r.corpus.Vocab(), Context: m.Context, Layers: m.Layers, Heads: m.Heads, Embed: m.Embed,
		Dropout: m.Dropout, Bias: m.Bias,
	}
	if err := errors.Join(cfg.Validate(), fits(cfg, r.corpus)); err != nil {
		return err
	}
	r.trainer = New(gpt.New(cfg, r.run.Seed), r.corpus, Config{
		Steps: r.spec.Steps, Batch: r.spec.Batch, Seed: r.run.Seed, Optim: r.spec.Optim, EvalBatches: r.spec.Eval.Batches,
	})
	return nil
}

// resume puts the state of the newest whole checkpoint in place, if there is one.
func (r *pretraining) resume() error {
	l, passed, err := ckpt.Latest(r.ctx, r.lease.Store, r.lease.Dir)
	r.warn(passed)
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
	if corpus := filepath.Base(r.corpus.Dir); c.Corpus != corpus {
		return fmt.Errorf("%w: checkpoint %s was trained on corpus %s, the spec now gives %s", ErrMismatch, l.Path, c.Corpus, corpus)
	}
	if l.Step > r.spec.Steps {
		return fmt.Errorf("%w: checkpoint %s is of step %d, the spec ends at %d", ErrMismatch, l.Path, l.Step, r.spec.Steps)
	}
	if l.Meta.Spec != r.run.Hash() {
		r.options.Warn(fmt.Sprintf("the spec has changed since checkpoint %s; it goes on under the new one", l.Path))
	}
	parts := r.parts()
	parts.Cursor = nil
	if err := l.Restore(parts); err != nil {
		return fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	r.trainer.done = l.Step
	r.saved, r.valStep = l.Info, c.ValStep
	p, v := &r.progress, l.Meta.Values
	p.Step, p.Loss, p.ValLoss, p.LR, p.GradNorm, p.Checkpoint = l.Step, v["loss"], v["valLoss"], v["lr"], v["gradNorm"], l.Path
	return nil
}

// cursor is what a pretraining remembers beside its weights and moments. The order of the data and all random numbers are
// functions of the seed and the step.
type cursor struct {
	Corpus  string `json:"corpus"`  // name of the prepared corpus, a content hash
	ValStep int    `json:"valStep"` // when the last validation loss was measured
}

// parts is all that a checkpoint keeps of the run.
func (r *pretraining) parts() ckpt.Parts {
	return ckpt.Parts{
		Modules:    map[string]ckpt.Module{modelPart: folder{r.trainer.model}},
		Optimizers: map[string]ckpt.Optimizer{modelPart: r.trainer.optim},
		Tokenizer:  r.corpus.Tokenizer,
		Cursor:     cursor{Corpus: filepath.Base(r.corpus.Dir), ValStep: r.valStep},
	}
}

func (r *pretraining) warn(passed []ckpt.Passed) {
	for _, p := range passed {
		what := "passed over: "
		if p.Removed {
			what = "removed, since a newer one is whole: "
		}
		r.options.Warn(what + p.Reason)
	}
}

func (r *pretraining) openMetrics() (err error) {
	r.metrics, err = track.Create(filepath.Join(r.options.Dir, MetricsFile), r.trainer.done)
	return err
}

// save publishes a checkpoint of the step just done and removes the ones too many. The metrics up to there reach the disk first, so that
// after a power cut none is missing before a checkpoint.
func (r *pretraining) save() error {
	t, p := r.trainer, r.progress
	if err := r.metrics.Sync(); err != nil {
		return err
	}
	info, err := ckpt.Save(r.ctx, r.lease, r.parts(), ckpt.Meta{
		Step: t.done, Steps: r.spec.Steps, Seed: r.run.Seed, Spec: r.run.Hash(), Time: time.Now().UTC(),
		Values: map[string]float64{"loss": p.Loss, "valLoss": p.ValLoss, "lr": p.LR, "gradNorm": p.GradNorm},
	})
	if err != nil {
		return err
	}
	r.saved, r.progress.Checkpoint = info, info.Path
	passed, err := ckpt.Prune(r.ctx, r.lease, r.spec.Checkpoint.Keep)
	r.warn(passed)
	return err
}

func (r *pretraining) close() error {
	var errs []error
	if r.metrics != nil {
		errs = append(errs, r.metrics.Close())
	}
	if r.corpus != nil {
		errs = append(errs, r.corpus.Close())
	}
	return errors.Join(errs...)
}
