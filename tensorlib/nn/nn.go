// Package nn is layers of neural networks.
//
// A [Module] has parameters: tensors that are leaves of gradients, each with a name. Layers are plain structs with a
// Forward method and exported tensors; they can be used one by one, and a model is a struct of them. Weights of linear
// layers are stored (in, out), as GPT-2 stores them, so that a layer is x·w + b.
//
// A layer that behaves differently in training, such as dropout, takes a [Pass], which is nil when the model is only
// used. The Pass also names the random numbers, so that a step can be repeated bit by bit.
package nn

import "github.com/athanor-ml/athanor/tensorlib"

// Param is a parameter and its name, such as "attn.c_attn.weight".
type Param struct {
	Name  string
	Value *tensorlib.Tensor
}

// Module is something with parameters. Params lists them in a fixed order, each once.
type Module interface {
	Params() []Param
}

// NumParams counts the numbers in all parameters of m.
func NumParams(m Module) int {
	n := 0
	for _, p := range m.Params() {
		n += p.Value.Numel()
	}
	return n
}

// Named is the parameters of m with a prefix and a dot before their names.
func Named(prefix string, m Module) []Param {
	ps := m.Params()
	for i := range ps {
		ps[i].Name = prefix + "." + ps[i].Name
	}
	return ps
}

// params lists the weight and, if there is one, the bias.
func params(weight, bias *tensorlib.Tensor) []Param {
	ps := []Param{{"weight", weight}}
	if bias != nil {
		ps = append(ps, Param{"bias", bias})
	}
	return ps
}

// Pass is one forward pass in training. Its dropouts take the streams Step<<16, Step<<16 + 1, … of Seed, so the numbers
// depend on the seed, the step and the place in the model, and on nothing else. A pass is used for one Forward; several
// batches of one step take different Steps.
type Pass struct {
	Seed, Step uint64
	sites      uint64
}

// Dropout sets elements of x to zero with probability prob and scales the others up. A nil Pass returns x.
func (p *Pass) Dropout(x *tensorlib.Tensor, prob float64) *tensorlib.Tensor {
	if p == nil || prob == 0 {
		return x
	}
	key := tensorlib.Key{Seed: p.Seed, Stream: p.Step<<16 + p.sites}
	p.sites++
	return x.Dropout(prob, key)
}
