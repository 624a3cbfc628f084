package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// pretraining is the stage of plain text: next-token prediction, a Trainer whose data and shape the spec says.
type pretraining struct {
	*Trainer
	valBytes int // of the held-out text that is predicted
}

// preparePretrain prepares the corpus, or finds the one that was prepared before: its source may have changed or gone since, and is
// read again only when the prepared files are lost.
func preparePretrain(env Env) (name string, steps int, err error) {
	p := env.Run.Pretrain
	c, err := openCorpus(env)
	if err != nil {
		if env.Data != "" {
			env.Note("data-prepared-again", fmt.Sprintf("the corpus is prepared again: %v", err))
		}
		dir, err := data.Prepare(p.Data, env.DataDir, env.CacheDir, func(what string) { env.Note("data-prepared-again", what) })
		if err != nil {
			return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
		}
		if c, err = data.Open(dir); err != nil {
			return "", 0, err
		}
	}
	err = errors.Join(c.Check(p.Model.Context), c.Close())
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrInput, err)
	}
	return filepath.Base(c.Dir), 0, err
}

// openCorpus opens the prepared corpus.
func openCorpus(env Env) (*data.Corpus, error) {
	if env.Data == "" {
		return nil, errors.New("not prepared yet")
	}
	return data.Open(filepath.Join(env.CacheDir, env.Data))
}

// newPretrain makes the model, or opens the one that training goes on from, and its trainer.
func newPretrain(env Env) (Stage, error) {
	p := env.Run.Pretrain
	c, err := openCorpus(env)
	if err != nil {
		return nil, err
	}
	m, err := pretrainModel(env, c)
	if err == nil {
		err = fits(m, c)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrInput, err), c.Close())
	}
	t := New(m, c, Config{Steps: env.Steps, Batch: p.Batch, Seed: env.Run.Seed, Optim: p.Optim, EvalBatches: p.Eval.Batches})
	return &pretraining{Trainer: t, valBytes: c.Bytes("val")}, nil
}

func pretrainModel(env Env, c *data.Corpus) (models.LM, error) {
	if dir := env.Inputs[modelPart]; dir != "" {
		m, err := models.Open(dir)
		return m, err
	}
	return drawModel(env.Run.Pretrain.Model, c.Vocab(), env.Run.Seed)
}

// drawModel makes a model of the shape that a spec says.
func drawModel(s spec.Model, vocab int, seed uint64) (models.LM, error) {
	cfg := gpt.Config{
		Vocab: vocab, Context: s.Context, Layers: s.Layers, Heads: s.Heads, Embed: s.Embed, Dropout: s.Dropout, Bias: s.Bias,
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return gpt.New(cfg, seed), nil
}

// Step does an update on random windows of the text.
func (p *pretraining) Step(_ context.Context, step int) (Values, error) { return p.step(step) }

// Eval measures the held-out text: "valLoss" in nats per token, and "bitsPerByte", which does not depend on the tokenizer.
func (p *pretraining) Eval(ctx context.Context, _ int) (Values, error) {
	loss, err := p.eval(ctx)
	if err != nil {
		return nil, err
	}
	tokens := float64(p.corpus.Len("val") - 1)
	return Values{"valLoss": loss, "bitsPerByte": loss * tokens / float64(p.valBytes) / math.Ln2}, nil
}

// Checkpoint is the model and its moments: the order of the data and all random numbers are functions of the seed and the step.
func (p *pretraining) Checkpoint() ckpt.Parts {
	return ckpt.Parts{
		Modules:    map[string]ckpt.Module{modelPart: p.model},
		Optimizers: map[string]ckpt.Optimizer{modelPart: p.update.adamw},
		Tokenizer:  p.corpus.Tokenizer,
	}
}

// Close ends the use of the corpus's files.
func (p *pretraining) Close() error { return p.corpus.Close() }
