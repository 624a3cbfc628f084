package nn

import "github.com/athanor-ml/athanor/tensorlib"

// Linear is x·w + b, and what a low-rank adapter adds to it.
type Linear struct {
	Weight *tensorlib.Tensor // (In, Out)
	Bias   *tensorlib.Tensor // (Out), nil for none
	LoRA   *LoRA             // nil for none; its tensors are not among Params
}

// NewLinear draws the weight from the normal distribution with deviation std; the bias, if wanted, starts at zero.
func NewLinear(in, out int, bias bool, std float64, r *tensorlib.Rand) *Linear {
	l := &Linear{Weight: normal(r, std, in, out)}
	if bias {
		l.Bias = tensorlib.Zeros(out).SetRequiresGrad(true)
	}
	return l
}

// Forward maps (…, In) to (…, Out).
func (l *Linear) Forward(x *tensorlib.Tensor) *tensorlib.Tensor { return l.forward(x, nil) }

func (l *Linear) forward(x *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	y := tensorlib.Linear(x, l.Weight, l.Bias)
	if l.LoRA != nil {
		y = y.Add(l.LoRA.forward(x, pass))
	}
	return y
}

// AddTo is onto + Forward(x), for onto of the result's shape: a residual connection.
func (l *Linear) AddTo(onto, x *tensorlib.Tensor) *tensorlib.Tensor { return l.addTo(onto, x, nil, 0) }

// addTo is AddTo with dropout of what is added.
func (l *Linear) addTo(onto, x *tensorlib.Tensor, pass *Pass, dropout float64) *tensorlib.Tensor {
	if pass != nil && dropout > 0 || l.Bias != nil || l.LoRA != nil {
		return onto.Add(pass.Dropout(l.forward(x, pass), dropout))
	}
	return onto.AddMatMul(x, l.Weight)
}

// Params are "weight" and "bias".
func (l *Linear) Params() []Param { return params(l.Weight, l.Bias) }

// LayerNorm normalises the last dimension; see [tensorlib.LayerNorm].
type LayerNorm struct {
	Weight *tensorlib.Tensor // (C)
	Bias   *tensorlib.Tensor // (C), nil for none
	Eps    float64
}

// NewLayerNorm starts with ones and, if a bias is wanted, zeros. Eps is 1e-5.
func NewLayerNorm(size int, bias bool) *LayerNorm {
	l := &LayerNorm{Weight: tensorlib.Ones(size).SetRequiresGrad(true), Eps: 1e-5}
	if bias {
		l.Bias = tensorlib.Zeros(size).SetRequiresGrad(true)
	}
	return l
}

// Forward maps (…, C) to (…, C).
func (l *LayerNorm) Forward(x *tensorlib.Tensor) *tensorlib.Tensor {
	return tensorlib.LayerNorm(x, l.Weight, l.Bias, l.Eps)
}

// Params are "weight" and "bias".
func (l *LayerNorm) Params() []Param { return params(l.Weight, l.Bias) }

// Embedding is a table of vectors.
type Embedding struct {
	Weight *tensorlib.Tensor // (V, C)
}

// NewEmbedding draws the table from the normal distribution with deviation std.
func NewEmbedding(vocab, size int, std float64, r *tensorlib.Rand) *Embedding {
	return &Embedding{Weight: normal(r, std, vocab, size)}
}

// Forward maps indices (…) to vectors (…, C).
func (e *Embedding) Forward(idx *tensorlib.Tensor) *tensorlib.Tensor {
	return tensorlib.Embedding(e.Weight, idx)
}

// Params is "weight".
func (e *Embedding) Params() []Param { return params(e.Weight, nil) }

func normal(r *tensorlib.Rand, std float64, shape ...int) *tensorlib.Tensor {
	return r.Normal(shape...).Scale(std).SetRequiresGrad(true)
}
