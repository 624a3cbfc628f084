package train

import (
	"context"
	"fmt"
	"time"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/display/chart"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// Metrics are the numbers of one step: "loss", "lr", "gradNorm" and "tokensPerSec".
type Metrics = track.Record

// Config says how a Trainer trains. A zero field is that of the preset char-gpt, but Seed, which may be 0.
type Config struct {
	Steps       int        // of the whole training: where the learning rate's cosine ends
	Batch       int        // sequences a step, B
	Seed        uint64     // of the order of the data and of dropout
	Optim       spec.Optim // all zero: the preset's; else taken as it is
	EvalBatches int        // how many batches of the held-out text Eval takes, spread evenly; 0: all of it
}

// Trainer trains a language model on a corpus. It is used by one goroutine at a time.
type Trainer struct {
	Curve *chart.Curve // of all steps so far; a cell shows it

	model  models.LM
	corpus *data.Corpus
	update *updater
	cfg    Config
	done   int     // steps
	x, y   []int32 // (B, T)
	speed  speed
}

// New makes a trainer that begins at step 0. Sequences are as long as the model's context. It panics with an OpError
// when the corpus does not fit the model.
func New(m models.LM, c *data.Corpus, cfg Config) *Trainer {
	p := spec.Defaults("pretrain").Pretrain
	if cfg.Steps == 0 {
		cfg.Steps = p.Steps
	}
	if cfg.Batch == 0 {
		cfg.Batch = p.Batch
	}
	if cfg.Optim == (spec.Optim{}) {
		cfg.Optim = p.Optim
	}
	if err := fits(m, c); err != nil {
		panic(&tensorlib.OpError{Op: "train.New", Msg: err.Error()})
	}
	n := cfg.Batch * m.Context()
	return &Trainer{
		Curve:  &chart.Curve{Show: p.Headline()},
		model:  m,
		corpus: c,
		update: newUpdater(m.Params(), cfg.Optim, cfg.Steps),
		cfg:    cfg,
		x:      make([]int32, n),
		y:      make([]int32, n),
	}
}

// fits reports whether a model can be trained on a corpus.
func fits(m models.LM, c *data.Corpus) error {
	if c.Vocab() > m.Vocab() {
		return fmt.Errorf("the corpus has %d token ids, the model only %d", c.Vocab(), m.Vocab())
	}
	return c.Check(m.Context())
}

// Done is the number of steps done.
func (t *Trainer) Done() int { return t.done }

// Step does one update and returns its numbers. A loss that is not finite panics with an OpError and leaves the weights
// as they were.
func (t *Trainer) Step() Metrics {
	m, err := t.next()
	if err != nil {
		panic(&tensorlib.OpError{Op: "train.Step", Msg: err.Error()})
	}
	return m
}

// Fit does n steps, or until ctx ends, and calls on, which may be nil, after each. It returns ctx's error, or one that
// says at which step the loss was not finite.
func (t *Trainer) Fit(ctx context.Context, n int, on func(Metrics)) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("training stopped after step %d: %w", t.done, err)
		}
		m, err := t.next()
		if err != nil {
			return err
		}
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
	t.Curve.Add("valLoss", t.done, loss)
	return loss
}

// next does the step after those done.
func (t *Trainer) next() (Metrics, error) {
	values, err := t.step(t.done + 1)
	if err != nil {
		return Metrics{}, err
	}
	t.Curve.Add("loss", t.done, values["loss"])
	return Metrics{Step: t.done, Time: time.Now().UTC(), Values: values}, nil
}

// step does the update of that number. On an error the weights and the optimizer are as before.
func (t *Trainer) step(step int) (Values, error) {
	start := time.Now()
	T := t.model.Context()
	t.corpus.ReadBatch(t.x, t.y, "train", t.cfg.Seed, step-1, T)
	values, err := t.update.update(step, func() *tensorlib.Tensor {
		t.model.Train(t.cfg.Seed, uint64(step-1))
		return lossOf(t.model, t.x, t.y, T)
	})
	if err != nil {
		return nil, err
	}
	t.done = step
	values["tokensPerSec"] = t.speed.count(len(t.x), time.Since(start))
	return values, nil
}

// lossOf is the mean cross-entropy of rows of T tokens, x, whose next ones are y.
func lossOf(m models.LM, x, y []int32, T int) *tensorlib.Tensor {
	B := len(x) / T
	logits := m.Forward(models.Batch{Tokens: tensorlib.New(x, B, T)}) // (B, T, V)
	return tensorlib.CrossEntropy(logits, tensorlib.New(y, B, T))
}

// speed is tokens per second, smoothed over about ten steps.
type speed float64

func (s *speed) count(tokens int, took time.Duration) float64 {
	rate := speed(float64(tokens) / max(took.Seconds(), 1e-9))
	if *s == 0 {
		*s = rate
	}
	*s += (rate - *s) / 10
	return float64(*s)
}

// eval is the mean loss over the held-out text: every token predicted once, or, where the Config says so, a number of batches
// spread evenly over it. Both are the same at each call, whatever the step.
func (t *Trainer) eval(ctx context.Context) (float64, error) {
	t.model.Eval()
	T := t.model.Context()
	B := rowsWithin(t.model, T)
	if t.cfg.EvalBatches > 0 {
		B = t.cfg.Batch
	}
	total := t.corpus.EvalBatches("val", B, T)
	n := total
	if t.cfg.EvalBatches > 0 {
		n = min(n, t.cfg.EvalBatches)
	}
	sum, count := 0.0, 0
	for i := range n {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		x, y, targets := t.corpus.EvalBatch("val", i*total/n, B, T)
		tensorlib.Scope(func() {
			tensorlib.NoGrad(func() { sum += lossOf(t.model, x, y, T).Item() * float64(targets) })
		})
		count += targets
	}
	return sum / float64(count), nil
}

// rowsWithin is how many sequences of T tokens are evaluated at a time: as many as keep the logits under 64 MB, at most 64.
func rowsWithin(m models.LM, T int) int { return min(64, max(1, 16<<20/(T*m.Vocab()))) }
