package gpt

import (
	"fmt"
	"strings"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

// ExportHF is the parameters as Hugging Face's GPT2LMHeadModel wants them: a model without biases gets biases of zero, which
// compute the same. Write them beside the model's Config, whose "bias" Hugging Face does not read.
func (m *Model) ExportHF() []nn.Param {
	var out []nn.Param
	for _, p := range m.Params() {
		out = append(out, p)
		layer, isWeight := strings.CutSuffix(p.Name, ".weight")
		embedding := strings.HasSuffix(layer, ".wte") || strings.HasSuffix(layer, ".wpe")
		if m.Config.Bias || !isWeight || embedding {
			continue
		}
		zeros := tensorlib.Zeros(p.Value.Dim(-1)).Keep() // (Out) of a linear layer, (C) of a norm
		out = append(out, nn.Param{Name: layer + ".bias", Value: zeros})
	}
	return out
}

// Save writes the model's config.json and model.safetensors into dir, as transformers wants them; see [Model.ExportHF].
func (m *Model) Save(dir string) error { return lm.SaveFolder(dir, m.Config, m.ExportHF()) }

// String says the shape of the model in one line.
func (m *Model) String() string {
	c := m.Config
	return fmt.Sprintf("GPT of %s parameters: %d layers, %d heads, width %d, context %d, vocabulary %d",
		inMillions(nn.NumParams(m)), c.Layers, c.Heads, c.Embed, c.Context, c.Vocab)
}

// Describe says the shape of the model in one word.
func (m *Model) Describe() string {
	c := m.Config
	return fmt.Sprintf("gpt2-L%d-H%d-C%d-T%d", c.Layers, c.Heads, c.Embed, c.Context)
}

func inMillions(n int) string {
	if n < 10_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.2f million", float64(n)/1e6)
}
