package nn

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib"
)

// LoRA is a low-rank addition to a linear layer (Hu et al., 2021):
//
//	y = x·w + b + Scale · dropout(x)·Aᵀ·Bᵀ
//
// Only A and B are trained, (In + Out)·r numbers in place of In·Out. They lie in memory as PEFT stores them.
type LoRA struct {
	A       *tensorlib.Tensor // (r, In)
	B       *tensorlib.Tensor // (Out, r)
	Scale   float64           // alpha/r
	Dropout float64           // of the input of A, in training
}

// NewLoRA makes an addition of rank r to l that adds nothing yet, since B is zero. A is uniform between -1/sqrt(In) and 1/sqrt(In), as in
// PEFT (He et al.'s distribution with a = sqrt(5)).
func NewLoRA(l *Linear, r int, scale, dropout float64, random *tensorlib.Rand) *LoRA {
	in, out := l.Weight.Dim(0), l.Weight.Dim(1)
	bound := 1 / math.Sqrt(float64(in))
	return &LoRA{
		A:     random.Uniform(r, in).Scale(2 * bound).AddScalar(-bound).SetRequiresGrad(true),
		B:     tensorlib.Zeros(out, r).SetRequiresGrad(true),
		Scale: scale, Dropout: dropout,
	}
}

// forward maps (…, In) to what is added, (…, Out).
func (a *LoRA) forward(x *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	h := tensorlib.LinearT(pass.Dropout(x, a.Dropout), a.A) // (…, r)
	return tensorlib.LinearT(h.Scale(a.Scale), a.B)         // (…, Out)
}

// Merge adds what LoRA adds to the weight, and removes it from the layer.
func (l *Linear) Merge() {
	a := l.LoRA
	l.LoRA = nil
	tensorlib.NoGrad(func() {
		tensorlib.Scope(func() {
			delta := a.A.T().MatMul(a.B.T()) // (In, Out)
			l.Weight.CopyFrom(l.Weight.Add(delta.Scale(a.Scale)))
		})
	})
}

// Params are "lora_A.weight" and "lora_B.weight".
func (a *LoRA) Params() []Param { return []Param{{"lora_A.weight", a.A}, {"lora_B.weight", a.B}} }

// NamedLinear is a linear layer of a model.
type NamedLinear struct {
	Name   string // without ".weight", as in Params
	Layer  *Linear
	Conv1D bool // Hugging Face's layer of that name is a Conv1D, which stores its weight as (In, Out), and no Linear
}
