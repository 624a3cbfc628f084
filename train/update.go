package train

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/optim"
	"github.com/athanor-ml/athanor/train/spec"
)

// updater changes parameters by the gradients of a loss: backward, clipping, AdamW at the learning rate of the step.
type updater struct {
	adamw    *optim.AdamW
	schedule optim.Cosine
	clip     float64
}

// newUpdater makes the optimizer of a run of so many steps, with zero moments.
func newUpdater(params []nn.Param, o spec.Optim, steps int) *updater {
	decay := o.Decay
	if decay == 0 {
		decay = steps
	}
	return &updater{
		adamw: optim.NewAdamW(params, optim.AdamWConfig{
			Beta1: optim.Exactly(o.Beta1), Beta2: optim.Exactly(o.Beta2), Eps: optim.Exactly(o.Eps), WeightDecay: o.WeightDecay,
		}),
		schedule: optim.Cosine{LR: o.LR, MinLR: o.MinLR, Warmup: o.Warmup, Decay: decay},
		clip:     o.Clip,
	}
}

// update does the update of a step, which counts from 1, and returns "loss", "lr" and "gradNorm" (before clipping). loss is a pure function:
// when something in it is not finite it is called again, with every operation checked, to name the first culprit. On an error the weights
// and the moments are as before.
func (u *updater) update(step int, loss func() *tensorlib.Tensor) (Values, error) {
	lr := u.schedule.At(step - 1)
	var value, norm float64
	tensorlib.Scope(func() {
		l := loss()
		l.Backward()
		n := u.adamw.Clip(u.clip, l)
		u.adamw.Step(lr) // changes nothing when l or n is not finite
		u.adamw.ZeroGrad()
		numbers := tensorlib.Items(l, n)
		value, norm = numbers[0], numbers[1]
	})
	if !finite(value) {
		return nil, &NonFinite{Step: step, What: "loss", Value: value, Where: u.diagnose(loss)}
	}
	if !finite(norm) {
		return nil, &NonFinite{Step: step, What: "gradient norm", Value: norm, Where: u.diagnose(loss)}
	}
	return Values{"loss": value, "lr": lr, "gradNorm": norm}, nil
}

// diagnose repeats a step that failed with every operation checked, and returns what the first bad one says.
func (u *updater) diagnose(loss func() *tensorlib.Tensor) (where string) {
	before := tensorlib.CheckFinite(true)
	defer tensorlib.CheckFinite(before)
	defer u.adamw.ZeroGrad()
	defer func() {
		if e, ok := recover().(*tensorlib.OpError); ok {
			where = e.Error()
		}
	}()
	tensorlib.Scope(func() { loss().Backward() })
	return ""
}

// NonFinite is the error of a step whose loss or gradient, or of an evaluation whose result, is NaN or infinite. The step has
// changed nothing.
type NonFinite struct {
	Step       int     // the step that was tried, counting from 1
	What       string  // "loss", "gradient norm", "validation valLoss"
	Value      float64 // NaN or an infinity
	Where      string  // the operation that made the first one; empty when it was not found
	Good       string  // the last good checkpoint; empty: none
	Evaluation bool    // it came up in an evaluation, after the step was done
}

// Error says what happened and what to do.
func (e *NonFinite) Error() string {
	s := fmt.Sprintf("step %d: the %s is %v", e.Step, e.What, e.Value)
	if e.Where != "" {
		s += " (" + e.Where + ")"
	}
	if !e.Evaluation {
		s += "; the weights are as before the step"
	}
	if e.Good != "" {
		s += "; the last checkpoint is " + e.Good
	}
	return s + ": lower the learning rate, lengthen the warm-up, or clip gradients"
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
