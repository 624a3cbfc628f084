package train

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/models/lora"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// sft is the stage of supervised fine-tuning: cross-entropy on the tokens of the responses alone, of the whole model or of
// adapters beside it.
type sft struct {
	spec    *spec.SFT
	seed    uint64
	dir     string // of the base
	model   models.LM
	tok     tokenizer.Tokenizer
	rows    *data.Instructions
	adapter *lora.Adapter // nil: the whole model is trained
	updater *updater
	speed   speed
}

// prepareSFT lays the rows out as tokens of the base's tokenizer.
func prepareSFT(env Env) (name string, steps int, err error) {
	return prepareRows(env, env.Run.SFT.Data)
}

// prepareRows prepares instructions for the model of the run, or finds those that were prepared before.
func prepareRows(env Env, d spec.Instructions) (name string, steps int, err error) {
	m, tok, err := openBase(env.Inputs[modelPart], d.Template)
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	if rows, err := openRows(env); err == nil {
		return env.Data, 0, rows.Close()
	} else if env.Data != "" {
		env.Note("data-prepared-again", fmt.Sprintf("the rows are prepared again: %v", err))
	}
	dir, err := data.PrepareInstructions(d, tok, m.Context(), env.DataDir, env.CacheDir, func(what string) { env.Note("data-prepared-again", what) })
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return filepath.Base(dir), 0, nil
}

// openBase opens a model and its tokenizer, with the special tokens of a chat template. A model that has no room for them cannot be
// tuned by that template.
func openBase(dir, template string) (models.LM, tokenizer.Tokenizer, error) {
	m, err := models.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Open(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("the model %s: %w", dir, err)
	}
	t, err := chat.For(tok, template)
	if err == nil {
		tok, err = chat.Equip(tok, t)
	}
	if err == nil && t.String() == "plain" {
		if _, ok := tokenizer.ID(tok, tokenizer.User); !ok {
			err = fmt.Errorf("its tokenizer has no token %s: pretrain it with data.special: true, or name another template", tokenizer.User)
		}
	}
	if err == nil && tok.Size() > m.Vocab() {
		err = fmt.Errorf("its tokenizer has %d ids, the model %d", tok.Size(), m.Vocab())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the model %s: %w", dir, err)
	}
	return m, tok, nil
}

// openRows opens the prepared rows.
func openRows(env Env) (*data.Instructions, error) {
	if env.Data == "" {
		return nil, errors.New("not prepared yet")
	}
	return data.OpenInstructions(filepath.Join(env.CacheDir, env.Data))
}

// newSFT opens the base and, where the spec says so, attaches adapters to it.
func newSFT(env Env) (Stage, error) {
	s := &sft{spec: env.Run.SFT, seed: env.Run.Seed, dir: env.Inputs[modelPart]}
	var err error
	if s.rows, err = openRows(env); err != nil {
		return nil, err
	}
	env.noteRows(s.rows.Report())
	if s.model, s.tok, err = openBase(s.dir, s.spec.Data.Template); err == nil {
		err = s.attach()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrInput, err), s.rows.Close())
	}
	s.updater = newUpdater(s.trained().Params(), s.spec.Optim, env.Steps)
	return s, nil
}

// noteRows tells what of the rows is not trained on.
func (env *Env) noteRows(r data.Report) {
	if r.Dropped()+r.Truncated > 0 {
		env.Note("rows-dropped", r.String())
	}
}

// attach puts the adapters beside the layers that the spec names.
func (s *sft) attach() (err error) {
	l := s.spec.LoRA
	if l.Rank == 0 {
		return nil
	}
	targets := l.Layers()
	if len(targets) == 0 {
		targets = []string{"c_attn", "c_proj", "c_fc"}
	}
	s.adapter, err = lora.Attach(s.model, lora.Config{Rank: l.Rank, Alpha: l.Alpha, Dropout: l.Dropout, Targets: targets, Base: s.dir}, s.seed)
	return err
}

// trained is what the optimizer changes and a checkpoint keeps.
func (s *sft) trained() ckpt.Module {
	if s.adapter != nil {
		return s.adapter
	}
	return s.model
}

// part is the name of what is trained, as a part of checkpoints and as a role.
func (s *sft) part() string {
	if s.adapter != nil {
		return "adapter"
	}
	return modelPart
}

// Step does an update on the next rows of an order that is a function of the seed: each row once before any comes again. Its loss is the
// mean over the trained tokens of the whole batch.
func (s *sft) Step(_ context.Context, step int) (Values, error) {
	start := time.Now()
	b := s.rows.Batch("train", s.seed, step-1, s.spec.Batch, s.model.Context(), s.spec.Data.Pack)
	values, err := s.updater.update(step, func() *tensorlib.Tensor {
		s.model.Train(s.seed, uint64(step-1))
		return rowsLoss(s.model, b)
	})
	if err != nil {
		return nil, err
	}
	values["trainedShare"] = float64(b.Trained) / float64(max(b.Total, 1))
	values["tokensPerSec"] = s.speed.count(b.Total, time.Since(start))
	return values, nil
}

// rowsLoss is the mean cross-entropy of a batch over its targets.
func rowsLoss(m models.LM, b data.SFTBatch) *tensorlib.Tensor {
	T := m.Context()
	B := len(b.Tokens) / T
	shaped := func(x []int32) *tensorlib.Tensor { return tensorlib.New(x, B, T) }
	logits := m.Forward(models.Batch{Tokens: shaped(b.Tokens), Positions: shaped(b.Positions), First: shaped(b.First)}) // (B, T, V)
	return tensorlib.CrossEntropy(logits, shaped(b.Targets))
}

// Eval is the loss per trained token on the held-out rows, and the share of all tokens that is trained.
func (s *sft) Eval(ctx context.Context, _ int) (Values, error) {
	s.model.Eval()
	T, pack := s.model.Context(), s.spec.Data.Pack
	B := rowsWithin(s.model, T)
	total := s.rows.EvalBatches("val", B, T, pack)
	n := total
	if s.spec.Eval.Batches > 0 {
		n = min(n, s.spec.Eval.Batches)
	}
	sum, count := 0.0, 0
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := s.rows.EvalBatch("val", i*total/n, B, T, pack)
		tensorlib.Scope(func() {
			tensorlib.NoGrad(func() { sum += rowsLoss(s.model, b).Item() * float64(b.Trained) })
		})
		count += b.Trained
	}
	v := Values{"trainedShare": s.rows.Report().TrainedShare()}
	if count > 0 {
		v["valLoss"] = sum / float64(count)
	}
	return v, nil
}

// Checkpoint is what is trained, and its moments. The rows' order is a function of the seed and the step.
func (s *sft) Checkpoint() ckpt.Parts {
	return ckpt.Parts{
		Modules:    map[string]ckpt.Module{s.part(): s.trained()},
		Optimizers: map[string]ckpt.Optimizer{s.part(): s.updater.adamw},
		Tokenizer:  s.tok,
	}
}

// Outputs are the tuned model; with LoRA the adapter in PEFT's layout too, and the model has it merged in.
func (s *sft) Outputs() map[string]func(dir string) error {
	out := map[string]func(dir string) error{modelPart: s.saveModel}
	if s.adapter != nil {
		out["adapter"] = s.adapter.Save
	}
	return out
}

// saveModel writes the model as a folder that others open. An adapter is merged into a copy: the stage may go on.
func (s *sft) saveModel(dir string) error {
	m := s.model
	if s.adapter != nil {
		var err error
		if m, err = s.merged(); err != nil {
			return err
		}
	}
	return errors.Join(m.Save(dir), tokenizer.Save(dir, s.tok))
}

func (s *sft) merged() (models.LM, error) {
	m, err := models.Open(s.dir)
	if err != nil {
		return nil, err
	}
	a, err := lora.Attach(m, s.adapter.Config, s.seed)
	if err != nil {
		return nil, err
	}
	copyParams(a.Params(), s.adapter.Params())
	a.Merge()
	return m, nil
}

// copyParams copies parameters that stand in the same order.
func copyParams(to, from []nn.Param) {
	for i := range to {
		to[i].Value.CopyFrom(from[i].Value)
	}
}

// Close ends the use of the rows' files.
func (s *sft) Close() error { return s.rows.Close() }
