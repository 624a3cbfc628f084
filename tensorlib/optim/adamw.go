// Package optim changes parameters by their gradients: [AdamW], gradient clipping, and the schedule of the learning rate.
package optim

import (
	"fmt"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// AdamWConfig holds the settings of AdamW that stay the same over a run. A zero field is Adam's default; [Exactly] makes a zero that is meant.
type AdamWConfig struct {
	Beta1       float64 `json:"beta1"`       // of the first moment; 0: 0.9
	Beta2       float64 `json:"beta2"`       // of the second; 0: 0.999
	Eps         float64 `json:"eps"`         // 0: 1e-8
	WeightDecay float64 `json:"weightDecay"` // 0: none
}

// Exactly is x as a field of a config takes it: 0 is 0 there, not the default.
func Exactly(x float64) float64 {
	if x == 0 {
		return exactZero
	}
	return x
}

// exactZero stands for a 0 that is meant: no beta and no eps is negative.
const exactZero = -1

// or is x, the default of a zero, and 0 of a zero that is meant.
func or(x, byDefault float64) float64 {
	switch {
	case x == 0:
		return byDefault
	case x < 0:
		return 0
	}
	return x
}

// AdamW is Adam with decoupled weight decay (Loshchilov & Hutter, 2019). Parameters of two dimensions and more decay;
// biases and norms do not.
//
// A step is queued on the device without waiting for a number of it: after [AdamW.Clip] the device itself skips the update when the norm
// of the gradients or the loss is not finite. Whoever wants to know reads loss, norm and [AdamW.FoundInf] after the step:
//
//	loss.Backward()
//	norm := opt.Clip(1, loss)
//	opt.Step(lr)
//	numbers := tensorlib.Items(loss, norm)
type AdamW struct {
	params []nn.Param
	m, v   []*tensorlib.Tensor
	values []*tensorlib.Tensor // gradients, gathered for Clip
	cfg    AdamWConfig
	steps  int
	scale  *tensorlib.Tensor // () of the gradients in the next Step, or the last; NaN: skip it
	state  clipState
	found  bool // the last step was skipped
}

// clipState says what scale is good for.
type clipState uint8

const (
	unclipped clipState = iota // nothing
	clipped                    // the next Step
	stepped                    // the last Step, which may have been skipped: nobody has looked yet
)

// NewAdamW makes an optimizer of params, with zero moments.
func NewAdamW(params []nn.Param, cfg AdamWConfig) *AdamW {
	cfg.Beta1, cfg.Beta2, cfg.Eps = or(cfg.Beta1, 0.9), or(cfg.Beta2, 0.999), or(cfg.Eps, 1e-8)
	o := &AdamW{params: params, cfg: cfg, scale: tensorlib.Ones().Keep()}
	for _, p := range params {
		shape := p.Value.Shape()
		o.m = append(o.m, tensorlib.Zeros(shape...).Keep())
		o.v = append(o.v, tensorlib.Zeros(shape...).Keep())
	}
	return o
}

// Clip is ClipGradNorm without a pass of its own over the gradients and without waiting: it returns their global norm, of one element, and
// the next Step scales them down as it reads them when the norm is over limit. A limit of 0 clips nothing. When the norm is not finite, or
// one of the losses, of one element each, the next Step changes nothing.
func (o *AdamW) Clip(limit float64, losses ...*tensorlib.Tensor) (norm *tensorlib.Tensor) {
	o.settle()
	o.values = appendGrads(o.values[:0], o.params)
	var loss *tensorlib.Tensor
	for i, l := range losses {
		if l = l.Detach(); i > 0 {
			l = loss.Add(l) // of two that are not finite neither is the sum
		}
		loss = l
	}
	o.state = clipped
	return tensorlib.ClipScale(o.scale, loss, limit, o.values...)
}

// Step updates every parameter that has a gradient, at learning rate lr.
func (o *AdamW) Step(lr float64) {
	var scale *tensorlib.Tensor
	if o.state == clipped {
		scale = o.scale
	} else {
		o.settle()
	}
	o.steps++
	update := tensorlib.AdamWOptions{LR: lr, Beta1: o.cfg.Beta1, Beta2: o.cfg.Beta2, Eps: o.cfg.Eps, Step: o.steps}
	for i, p := range o.params {
		update.WeightDecay = 0
		if p.Value.Rank() >= 2 {
			update.WeightDecay = o.cfg.WeightDecay
		}
		tensorlib.UpdateAdamW(p.Value, o.m[i], o.v[i], scale, update)
	}
	o.found = false
	o.state = unclipped
	if scale != nil {
		o.state = stepped
	}
}

// FoundInf reports whether the last Step changed nothing because the norm of its gradients, or a loss that was given to Clip, was not
// finite. It waits for that step.
func (o *AdamW) FoundInf() bool {
	o.settle()
	return o.found
}

// settle looks whether the last Step was skipped, if nobody has yet: such a step does not count.
func (o *AdamW) settle() {
	if o.state != stepped {
		return
	}
	o.state = unclipped
	if s := o.scale.Item(); s-s != 0 {
		o.found = true
		o.steps--
	}
}

// ZeroGrad forgets the gradients of all parameters.
func (o *AdamW) ZeroGrad() {
	for _, p := range o.params {
		p.Value.ZeroGrad()
	}
}

// Steps counts the steps that changed something, over all runs that this state went through. It waits for the last one.
func (o *AdamW) Steps() int {
	o.settle()
	return o.steps
}

// State is the moments, to be stored: "m." and "v." before the parameters' names. They are the optimizer's own tensors.
func (o *AdamW) State() []nn.Param {
	state := make([]nn.Param, 0, 2*len(o.params))
	for i, p := range o.params {
		state = append(state, nn.Param{Name: "m." + p.Name, Value: o.m[i]}, nn.Param{Name: "v." + p.Name, Value: o.v[i]})
	}
	return state
}

// Restore puts back what State and Steps returned: load finds each moment by its name.
func (o *AdamW) Restore(steps int, load func(name string) (*tensorlib.Tensor, error)) error {
	for _, s := range o.State() {
		t, err := load(s.Name)
		if err != nil {
			return fmt.Errorf("optimizer state: %w", err)
		}
		if got, want := t.Shape(), s.Value.Shape(); !got.Equal(want) {
			return fmt.Errorf("optimizer state %q: shape %v, the parameter's is %v", s.Name, got, want)
		}
		s.Value.CopyFrom(t)
	}
	o.steps, o.state, o.found = steps, unclipped, false
	return nil
}

// ClipGradNorm scales the gradients of params down, in place, so that their global norm is at most limit; it returns the
// norm they had. A limit of 0 clips nothing.
func ClipGradNorm(params []nn.Param, limit float64) float64 {
	grads := appendGrads(nil, params)
	norm := tensorlib.Norm(grads...)
	if scale := clipScale(norm, limit); scale != 1 {
		for _, g := range grads {
			g.ScaleInPlace(scale)
		}
	}
	return norm
}

func appendGrads(grads []*tensorlib.Tensor, params []nn.Param) []*tensorlib.Tensor {
	for _, p := range params {
		if g := p.Value.Grad(); g != nil {
			grads = append(grads, g)
		}
	}
	return grads
}

// clipScale is PyTorch's: a little less than limit/norm, so that a norm of zero divides nothing.
func clipScale(norm, limit float64) float64 {
	if limit <= 0 {
		return 1
	}
	return min(1, limit/(norm+1e-6))
}
