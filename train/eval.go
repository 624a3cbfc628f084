package train

import (
	"context"

	"github.com/athanor-ml/athanor/tensorlib"
)

// eval is the mean loss over the held-out text: every token predicted once, or, where the Config says so, a number of batches
// spread evenly over it. Both are the same at each call, whatever the step.
func (t *Trainer) eval(ctx context.Context) (float64, error) {
	t.model.Eval()
	T := t.model.Config.Context
	B := t.evalBatch()
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
			tensorlib.NoGrad(func() {
				rows := len(x) / T
				loss := t.model.Loss(tensorlib.New(x, rows, T), tensorlib.New(y, rows, T)).Item()
				sum += loss * float64(targets)
			})
		})
		count += targets
	}
	return sum / float64(count), nil
}

// evalBatch is how many sequences are evaluated at a time: as many as keep the logits under 64 MB, at most 64.
func (t *Trainer) evalBatch() int {
	c := t.model.Config
	return min(64, max(1, 16<<20/(c.Context*c.Vocab)))
}
