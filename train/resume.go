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
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// ErrMismatch is wrapped by the errors of a run whose checkpoints are of another model or corpus, or go further than its spec.
var ErrMismatch = errors.New("the directory belongs to another run: start this one under another name")

// pretraining is a run in progress.
type pretraining struct {
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
	r := &pretraining{run: run, spec: run.Pretrain, options: o}
	r.progress.Steps = r.spec.Steps
	for _, step := range []func() error{r.acquire, r.prepare, r.build, r.resume, r.openMetrics} {
		if err := step(); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

func (r *pretraining) acquire() (err error) {
	if r.lease, err = ckpt.Acquire(Checkpoints(r.options.Dir), r.options.Token, owner()); err != nil {
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
	l, err := ckpt.Latest(r.lease.Dir, r.options.Warn)
	if errors.Is(err, ckpt.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.Close()
	s := l.State
	if corpus := filepath.Base(r.corpus.Dir); s.Corpus != corpus {
		return fmt.Errorf("%w: checkpoint %s was trained on corpus %s, the spec now gives %s", ErrMismatch, l.Path, s.Corpus, corpus)
	}
	if s.Step > r.spec.Steps {
		return fmt.Errorf("%w: checkpoint %s is of step %d, the spec ends at %d", ErrMismatch, l.Path, s.Step, r.spec.Steps)
	}
	if s.Spec != r.run.Hash() {
		r.options.Warn(fmt.Sprintf("the spec has changed since checkpoint %s; it goes on under the new one", l.Path))
	}
	tensorlib.Scope(func() {
		if err = loadWeights(r.trainer.model, l); err == nil {
			err = r.trainer.optim.Restore(s.OptimSteps, l.Moment)
		}
	})
	if err != nil {
		return fmt.Errorf("%w: checkpoint %s: %w", ErrMismatch, l.Path, err)
	}
	r.trainer.done = s.Step
	r.saved, r.valStep = l.Info, s.ValStep
	p := &r.progress
	p.Step, p.Loss, p.ValLoss, p.LR, p.GradNorm, p.Checkpoint = s.Step, s.Loss, s.ValLoss, s.LR, s.GradNorm, l.Path
	return nil
}

// loadWeights fills m from a checkpoint and checks that they are the ones its manifest names.
func loadWeights(m *gpt.Model, l *ckpt.Loaded) error {
	if err := m.Load(l.Weight); err != nil {
		return err
	}
	if got := ckpt.WeightsSHA256(m.Params()); got != l.WeightsSHA256 {
		return fmt.Errorf("the weights' SHA-256 is %s, the manifest says %s", got, l.WeightsSHA256)
	}
	return nil
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
	info, err := ckpt.Save(r.lease, ckpt.Checkpoint{
		State: ckpt.State{
			Step: t.done, Steps: r.spec.Steps, Seed: r.run.Seed, OptimSteps: t.optim.Steps(),
			LR: p.LR, Loss: p.Loss, GradNorm: p.GradNorm, ValLoss: p.ValLoss, ValStep: r.valStep,
			Spec: r.run.Hash(), Corpus: filepath.Base(r.corpus.Dir), Time: time.Now().UTC(),
		},
		Weights: t.model.Params(), Optim: t.optim.State(), Config: t.model.Config, Tokenizer: r.corpus.Tokenizer,
	})
	if err != nil {
		return err
	}
	r.saved, r.progress.Checkpoint = info, info.Path
	return ckpt.Prune(r.lease, r.spec.Checkpoint.Keep)
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
