// Package optim changes parameters by their gradients: [AdamW], gradient clipping, and the schedule of the learning rate.
package optim

import (
	"fmt"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// AdamWConfig holds the settings of AdamW that stay the same over a run.
type AdamWConfig struct {
	Beta1       float64 `json:"beta1"`
	Beta2       float64 `json:"beta2"`
	Eps         float64 `json:"eps"` // 0: 1e-8
	WeightDecay float64 `json:"weightDecay"`
}

// AdamW is Adam with decoupled weight decay (Loshchilov & Hutter, 2019). Parameters of two dimensions and more decay;
// biases and norms do not.
type AdamW struct {
	params []nn.Param
	m, v   []*tensorlib.Tensor
	values []*tensorlib.Tensor // gradients, gathered for Clip
	cfg    AdamWConfig
	steps  int
	scale  float64 // of the gradients in the next Step
}

// NewAdamW makes an optimizer of params, with zero moments.
func NewAdamW(params []nn.Param, cfg AdamWConfig) *AdamW {
	if cfg.Eps == 0 {
		cfg.Eps = 1e-8
	}
	o := &AdamW{params: params, cfg: cfg, scale: 1}
	for _, p := range params {
		shape := p.Value.Shape()
		o.m = append(o.m, tensorlib.Zeros(shape...).Keep())
		o.v = append(o.v, tensorlib.Zeros(shape...).Keep())
	}
	return o
}

// Clip is ClipGradNorm without a pass of its own over the gradients: it returns their global norm, and the next Step
// scales them down as it reads them when the norm is over limit. A limit of 0 clips nothing.
func (o *AdamW) Clip(limit float64) float64 {
	o.values = appendGrads(o.values[:0], o.params)
	norm := tensorlib.Norm(o.values...)
	o.scale = clipScale(norm, limit)
	return norm
}

// Step updates every parameter that has a gradient, at learning rate lr.
func (o *AdamW) Step(lr float64) {
	o.steps++
	update := tensorlib.AdamWOptions{
		LR: lr, Beta1: o.cfg.Beta1, Beta2: o.cfg.Beta2, Eps: o.cfg.Eps, GradScale: o.scale, Step: o.steps,
	}
	for i, p := range o.params {
		update.WeightDecay = 0
		if p.Value.Rank() >= 2 {
			update.WeightDecay = o.cfg.WeightDecay
		}
		tensorlib.UpdateAdamW(p.Value, o.m[i], o.v[i], update)
	}
	o.scale = 1
}

// ZeroGrad forgets the gradients of all parameters.
func (o *AdamW) ZeroGrad() {
	for _, p := range o.params {
		p.Value.ZeroGrad()
	}
}

// Steps counts the calls of Step, over all runs that this state went through.
func (o *AdamW) Steps() int { return o.steps }

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
	o.steps = steps
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
