package nn

import "github.com/athanor-ml/athanor/tensorlib"

// MLP is two linear layers with a GELU between them. Its parameters have GPT-2's names.
type MLP struct {
	Up, Down *Linear // (C, hidden), (hidden, C)
	Tanh     bool    // GPT-2's approximation of GELU instead of the exact function
	Dropout  float64 // of the result, in training
}

// Forward maps (…, C) to (…, C).
func (m *MLP) Forward(x *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	return pass.Dropout(m.Down.forward(m.hidden(x, pass), pass), m.Dropout)
}

// AddTo is onto + Forward(x, pass), in one pass where there is no dropout.
func (m *MLP) AddTo(onto, x *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	return m.Down.addTo(onto, m.hidden(x, pass), pass, m.Dropout)
}

func (m *MLP) hidden(x *tensorlib.Tensor, pass *Pass) *tensorlib.Tensor {
	h := m.Up.forward(x, pass)
	if m.Tanh {
		return h.GELUTanh()
	}
	return h.GELU()
}

// Params are "c_fc" and "c_proj".
func (m *MLP) Params() []Param { return append(Named("c_fc", m.Up), Named("c_proj", m.Down)...) }
