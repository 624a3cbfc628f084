package gpt

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The activation functions, by Hugging Face's names.
const (
	GELU    = "gelu"     // exact; nanoGPT's
	GELUNew = "gelu_new" // GPT-2's approximation by tanh
)

// Config is the shape of a model. In JSON it is a Hugging Face config.json of type gpt2, with "bias" added.
type Config struct {
	Vocab      int     // V, the number of different tokens
	Context    int     // the longest sequence, T
	Layers     int     // L
	Heads      int     // H
	Embed      int     // C, divisible by Heads
	Dropout    float64 // in training, of embeddings, attention weights and residuals
	Bias       bool    // biases in linear layers and norms; GPT-2 has them
	Activation string  // GELU or GELUNew; "" is GELU
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	var errs []error
	fault := func(format string, a ...any) { errs = append(errs, fmt.Errorf("gpt config: "+format, a...)) }
	for _, f := range []struct {
		name  string
		value int
	}{{"vocab", c.Vocab}, {"context", c.Context}, {"layers", c.Layers}, {"heads", c.Heads}, {"embed", c.Embed}} {
		if f.value <= 0 {
			fault("%s is %d, want at least 1", f.name, f.value)
		}
	}
	if c.Heads > 0 && c.Embed%c.Heads != 0 {
		fault("embed %d does not divide by %d heads", c.Embed, c.Heads)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		fault("dropout is %v, want 0 <= dropout < 1", c.Dropout)
	}
	if c.Activation != "" && c.Activation != GELU && c.Activation != GELUNew {
		fault("activation_function is %q, want %q or %q", c.Activation, GELU, GELUNew)
	}
	return errors.Join(errs...)
}

// configJSON is config.json. Hugging Face has no "bias": a model without it has biases.
type configJSON struct {
	Architectures []string `json:"architectures"`
	ModelType     string   `json:"model_type"`
	Vocab         int      `json:"vocab_size"`
	Context       int      `json:"n_positions"`
	ContextToo    int      `json:"n_ctx"`
	Embed         int      `json:"n_embd"`
	Layers        int      `json:"n_layer"`
	Heads         int      `json:"n_head"`
	Activation    string   `json:"activation_function"`
	EmbedDrop     float64  `json:"embd_pdrop"`
	AttentionDrop float64  `json:"attn_pdrop"`
	ResidualDrop  float64  `json:"resid_pdrop"`
	Epsilon       float64  `json:"layer_norm_epsilon"`
	Range         float64  `json:"initializer_range"`
	Tied          bool     `json:"tie_word_embeddings"`
	Begin         *int     `json:"bos_token_id"` // null: transformers assumes GPT-2's
	End           *int     `json:"eos_token_id"`
	Hidden        *int     `json:"n_inner,omitempty"`
	Scaled        *bool    `json:"scale_attn_weights,omitempty"`
	ByLayer       bool     `json:"scale_attn_by_inverse_layer_idx,omitempty"`
	Cross         bool     `json:"add_cross_attention,omitempty"`
	Bias          *bool    `json:"bias,omitempty"`
}

// MarshalJSON writes a config.json.
func (c Config) MarshalJSON() ([]byte, error) {
	activation := c.Activation
	if activation == "" {
		activation = GELU
	}
	var special *int // GPT-2's <|endoftext|>, where the vocabulary may be GPT-2's
	if id := 50256; c.Vocab > id {
		special = &id
	}
	return json.Marshal(configJSON{
		Architectures: []string{"GPT2LMHeadModel"}, ModelType: "gpt2",
		Vocab: c.Vocab, Context: c.Context, ContextToo: c.Context, Embed: c.Embed, Layers: c.Layers, Heads: c.Heads,
		Activation: activation, EmbedDrop: c.Dropout, AttentionDrop: c.Dropout, ResidualDrop: c.Dropout,
		Epsilon: normEps, Range: linearStd(c.Embed), Tied: true, Bias: &c.Bias, Begin: special, End: special,
	})
}

// UnmarshalJSON reads a config.json. It refuses what this package would compute differently.
func (c *Config) UnmarshalJSON(data []byte) error {
	j := configJSON{ // what Hugging Face assumes when a field is absent
		ModelType: "gpt2", Activation: GELUNew, EmbedDrop: 0.1, AttentionDrop: 0.1, ResidualDrop: 0.1, Epsilon: normEps, Tied: true,
		Vocab: 50257, Context: 1024, Embed: 768, Layers: 12, Heads: 12,
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("gpt config: %w", err)
	}
	switch {
	case j.ModelType != "gpt2":
		return fmt.Errorf("gpt config: model_type is %q, want \"gpt2\"", j.ModelType)
	case j.Epsilon != normEps:
		return fmt.Errorf("gpt config: layer_norm_epsilon is %v, only %v is supported", j.Epsilon, normEps)
	case !j.Tied:
		return errors.New("gpt config: tie_word_embeddings is false, only tied embeddings are supported")
	case j.Hidden != nil && *j.Hidden != 4*j.Embed:
		return fmt.Errorf("gpt config: n_inner is %d, only four times n_embd is supported", *j.Hidden)
	case j.Scaled != nil && !*j.Scaled || j.ByLayer:
		return errors.New("gpt config: scale_attn_weights and scale_attn_by_inverse_layer_idx are supported at true and false only")
	case j.Cross:
		return errors.New("gpt config: add_cross_attention is not supported")
	case j.EmbedDrop != j.ResidualDrop || j.AttentionDrop != j.ResidualDrop:
		return fmt.Errorf("gpt config: dropouts %v, %v and %v differ, only one for all is supported", j.EmbedDrop, j.AttentionDrop, j.ResidualDrop)
	}
	*c = Config{
		Vocab: j.Vocab, Context: j.Context, Layers: j.Layers, Heads: j.Heads, Embed: j.Embed, Dropout: j.ResidualDrop,
		Bias: j.Bias == nil || *j.Bias, Activation: j.Activation,
	}
	return c.Validate()
}
