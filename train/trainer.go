package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/optim"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// Metrics are the numbers of one step.
type Metrics = track.Record

// Config says how a Trainer trains. A zero field is that of the preset char-gpt, but Seed, which may be 0.
type Config struct {
	Steps       int        // of the whole training: where the learning rate's cosine ends
	Batch       int        // sequences a step, B
	Seed        uint64     // of the order of the data and of dropout
	Optim       spec.Optim // all zero: the preset's; else taken as it is
	EvalBatches int        // how many batches of the held-out text Eval takes, spread evenly; 0: all of it
}

// Trainer trains a model on a corpus. It is used by one goroutine at a time.
type Trainer struct {
	Curve *track.Curve // of all steps so far; a cell shows it

	model    *gpt.Model
	corpus   *data.Corpus
	optim    *optim.AdamW
	schedule optim.Cosine
	cfg      Config
	done     int     // steps
	x, y     []int32 // (B, T)
	rate     float64 // tokens per second, smoothed
}

// New makes a trainer that begins at step 0. Sequences are as long as the model's context. It panics with an OpError
// when the corpus does not fit the model.
func New(m *gpt.Model, c *data.Corpus, cfg Config) *Trainer {
	p := spec.Defaults().Pretrain
	if cfg.Steps == 0 {
		cfg.Steps = p.Steps
	}
	if cfg.Batch == 0 {
		cfg.Batch = p.Batch
	}
	if cfg.Optim == (spec.Optim{}) {
		cfg.Optim = p.Optim
	}
	if err := fits(m.Config, c); err != nil {
		panic(&tensorlib.OpError{Op: "train.New", Msg: err.Error()})
	}
	o, n := cfg.Optim, cfg.Batch*m.Config.Context
	decay := o.Decay
	if decay == 0 {
		decay = cfg.Steps
	}
	return &Trainer{
		Curve:    &track.Curve{},
		model:    m,
		corpus:   c,
		optim:    optim.NewAdamW(m.Params(), optim.AdamWConfig{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay}),
		schedule: optim.Cosine{LR: o.LR, MinLR: o.MinLR, Warmup: o.Warmup, Decay: decay},
		cfg:      cfg,
		x:        make([]int32, n),
		y:        make([]int32, n),
	}
}

// fits reports whether a model can be trained on a corpus.
func fits(cfg gpt.Config, c *data.Corpus) error {
	if c.Vocab() > cfg.Vocab {
		return fmt.Errorf("the corpus has %d token ids, the model only %d", c.Vocab(), cfg.Vocab)
	}
	return c.Check(cfg.Context)
}

// Done is the number of steps done.
func (t *Trainer) Done() int { return t.done }

// Step does one update and returns its numbers. A loss that is not finite panics with an OpError and leaves the weights
// as they were.
func (t *Trainer) Step() Metrics {
	m, err := t.step()
	if err != nil {
		panic(&tensorlib.OpError{Op: "train.Step", Msg: err.Error()})
	}
	t.Curve.AddRecord(m)
	return m
}

// Fit does n steps, or until ctx ends, and calls on, which may be nil, after each. It returns ctx's error, or one that
// says at which step the loss was not finite.
func (t *Trainer) Fit(ctx context.Context, n int, on func(Metrics)) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("training stopped after step %d: %w", t.done, err)
		}
		m, err := t.step()
		if err != nil {
			return err
		}
		t.Curve.AddRecord(m)
		if on != nil {
			on(m)
		}
	}
	return nil
}

// Steps is Fit as a sequence to range over. It ends early when ctx does, and panics where Step does.
func (t *Trainer) Steps(ctx context.Context, n int) func(yield func(Metrics) bool) {
	return func(yield func(Metrics) bool) {
		for range n {
			if ctx.Err() != nil || !yield(t.Step()) {
				return
			}
		}
	}
}

// Eval is the mean loss, in nats per token, of the held-out text, or of the Config's share of it. It is added to the curve.
func (t *Trainer) Eval() float64 {
	loss, _ := t.eval(context.Background()) // ends by no context
	t.Curve.AddVal(t.done, loss)
	return loss
}

// NonFinite is the error of a step whose loss or gradient, or of a run whose validation loss, is NaN or infinite. The step has
// changed nothing.
type NonFinite struct {
	Step  int     // the step that was tried, counting from 1
	What  string  // "loss", "gradient norm" or "validation loss"
	Value float64 // NaN or an infinity
	Where string  // the operation that made the first one; empty when it was not found
	Good  string  // the last good checkpoint; empty: none
}

// Error says what happened and what to do.
func (e *NonFinite) Error() string {
	s := fmt.Sprintf("step %d: the %s is %v", e.Step, e.What, e.Value)
	if e.Where != "" {
		s += " (" + e.Where + ")"
	}
	if e.What != "validation loss" {
		s += "; the weights are as before the step"
	}
	if e.Good != "" {
		s += "; the last checkpoint is " + e.Good
	}
	return s + ": lower the learning rate, lengthen the warm-up, or clip gradients"
}

// step does one update. On an error the weights and the optimizer are as before.
func (t *Trainer) step() (Metrics, error) {
	start := time.Now()
	lr := t.schedule.At(t.done)
	t.corpus.ReadBatch(t.x, t.y, "train", t.cfg.Seed, t.done, t.model.Config.Context)
	var loss, norm float64
	tensorlib.Scope(func() {
		l := t.loss()
		if loss = l.Item(); !finite(loss) {
			return
		}
		l.Backward()
		if norm = t.optim.Clip(t.cfg.Optim.Clip); finite(norm) {
			t.optim.Step(lr)
		}
		t.optim.ZeroGrad()
	})
	if !finite(loss) {
		return Metrics{}, &NonFinite{Step: t.done + 1, What: "loss", Value: loss, Where: t.diagnose()}
	}
	if !finite(norm) {
		return Metrics{}, &NonFinite{Step: t.done + 1, What: "gradient norm", Value: norm, Where: t.diagnose()}
	}
	t.done++
	t.count(time.Since(start))
	return Metrics{Step: t.done, Loss: loss, LR: lr, GradNorm: norm, TokensPerSec: t.rate, Time: time.Now().UTC()}, nil
}

// loss is the loss of the batch in x and y, ready for Backward.
func (t *Trainer) loss() *tensorlib.Tensor {
	t.model.Train(t.cfg.Seed, uint64(t.done))
	B, T := t.cfg.Batch, t.model.Config.Context
	return t.model.Loss(tensorlib.New(t.x, B, T), tensorlib.New(t.y, B, T))
}

// diagnose repeats the step that failed, which it can since a step is a pure function, with every operation checked, and returns
// what the first bad one says.
func (t *Trainer) diagnose() (where string) {
	before := tensorlib.CheckFinite(true)
	defer tensorlib.CheckFinite(before)
	defer t.optim.ZeroGrad()
	defer func() {
		if e, ok := recover().(*tensorlib.OpError); ok {
			where = e.Error()
		}
	}()
	tensorlib.Scope(func() { t.loss().Backward() })
	return ""
}

// count smooths the speed over about ten steps.
func (t *Trainer) count(took time.Duration) {
	rate := float64(len(t.x)) / max(took.Seconds(), 1e-9)
	if t.rate == 0 {
		t.rate = rate
	}
	t.rate += (rate - t.rate) / 10
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
