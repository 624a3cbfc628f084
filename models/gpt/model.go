// Package gpt is the decoder-only transformer of GPT-2 (Radford et al., 2019), in the form nanoGPT trains it: layer norms
// before the attention and the MLP of each block, learned positions, and an output head that shares the token embedding.
//
// A [Config] gives the shape and [New] draws the weights, or [Open] reads them from a folder; [Model.Loss] is for training, [Model.Forward] for
// logits, and [Model.Next] with a cache generates token by token. Parameters have the names and layouts of Hugging Face's GPT-2.
package gpt

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/models/lm"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/nn"
)

const (
	normEps = 1e-5
	initStd = 0.02 // of embeddings at any width, and of linear layers at GPT-2's width
)

// linearStd is the deviation of the linear layers of a model of width C: GPT-2's 0.02 at its width of 768, and in inverse
// proportion to the root of the width elsewhere, so that activations begin at the same size in small models as in GPT-2.
// (With 0.02 at C = 128 a model starts nearly linear and ends at a higher loss: docs/PERF.md.)
func linearStd(C int) float64 { return initStd * math.Sqrt(768/float64(C)) }

// Model is a GPT. It is used by one goroutine at a time.
type Model struct {
	Config    Config
	Tokens    *nn.Embedding // (V, C), also the output head
	Positions *nn.Embedding // (Context, C)
	Blocks    []*Block
	Norm      *nn.LayerNorm

	seed, step uint64 // of the dropouts
	training   bool
}

// Block is one layer of the transformer.
type Block struct {
	Norm1 *nn.LayerNorm
	Attn  *nn.SelfAttention
	Norm2 *nn.LayerNorm
	MLP   *nn.MLP
}

// New draws a model's weights: normal, embeddings with deviation 0.02, linear layers with 0.02*sqrt(768/C), divided by
// sqrt(2L) where a block adds to the residual stream; biases zero, norms one. Each tensor has a stream of its own, so the weights of a layer depend on the seed, the layer's
// number and the sizes. It panics with an OpError on a configuration that Validate refuses.
func New(cfg Config, seed uint64) *Model {
	if err := cfg.Validate(); err != nil {
		panic(&tensorlib.OpError{Op: "gpt.New", Msg: err.Error()})
	}
	r := tensorlib.NewRand(seed)
	m := &Model{Config: cfg}
	tensorlib.Scope(func() { // gives the numbers before they are scaled back
		m.Tokens = nn.NewEmbedding(cfg.Vocab, cfg.Embed, initStd, r.Split(1))
		m.Positions = nn.NewEmbedding(cfg.Context, cfg.Embed, initStd, r.Split(2))
		m.Norm = nn.NewLayerNorm(cfg.Embed, cfg.Bias)
		for i := range cfg.Layers {
			m.Blocks = append(m.Blocks, newBlock(cfg, r, uint64(1+i)<<8))
		}
	})
	return m
}

func newBlock(cfg Config, r *tensorlib.Rand, stream uint64) *Block {
	C, std := cfg.Embed, linearStd(cfg.Embed)
	residual := std / math.Sqrt(float64(2*cfg.Layers))
	return &Block{
		Norm1: nn.NewLayerNorm(C, cfg.Bias),
		Attn: &nn.SelfAttention{
			QKV:  nn.NewLinear(C, 3*C, cfg.Bias, std, r.Split(stream)),
			Proj: nn.NewLinear(C, C, cfg.Bias, residual, r.Split(stream+1)), Heads: cfg.Heads, Dropout: cfg.Dropout,
		},
		Norm2: nn.NewLayerNorm(C, cfg.Bias),
		MLP: &nn.MLP{
			Up:   nn.NewLinear(C, 4*C, cfg.Bias, std, r.Split(stream+2)),
			Down: nn.NewLinear(4*C, C, cfg.Bias, residual, r.Split(stream+3)),
			Tanh: cfg.Activation == GELUNew, Dropout: cfg.Dropout,
		},
	}
}

// Train switches dropout on, with the random numbers of this seed and step; call it before every step. Eval switches it
// off, as it is at first. Without dropout in the configuration neither changes anything.
func (m *Model) Train(seed, step uint64) { m.seed, m.step, m.training = seed, step, true }

// Eval switches dropout off.
func (m *Model) Eval() { m.training = false }

func (m *Model) pass() *nn.Pass {
	if !m.training {
		return nil
	}
	return &nn.Pass{Seed: m.seed, Step: m.step}
}

// Vocab is the number of token ids, V.
func (m *Model) Vocab() int { return m.Config.Vocab }

// Context is the length of the longest sequence.
func (m *Model) Context() int { return m.Config.Context }

// Forward maps tokens (B, T) to logits (B, T, V). Positions are less than Context.
func (m *Model) Forward(b lm.Batch) *tensorlib.Tensor { return m.head(m.Hidden(b)) }

// Hidden maps tokens (B, T) to what the head reads, the last block's output after the norm, (B, T, C).
func (m *Model) Hidden(b lm.Batch) *tensorlib.Tensor {
	b.Check("gpt", m.Config.Context)
	positions := m.Positions.Weight // (Context, C)
	if b.Positions != nil {
		positions = m.Positions.Forward(b.Positions) // (B, T, C)
	} else {
		positions = positions.Slice(0, 0, b.Tokens.Dim(1)) // (T, C)
	}
	pass := m.pass()
	x := pass.Dropout(m.Tokens.Forward(b.Tokens).Add(positions), m.Config.Dropout) // (B, T, C)
	for _, layer := range m.Blocks {
		x = layer.Attn.AddTo(x, layer.Norm1.Forward(x), b.First, pass)
		x = layer.MLP.AddTo(x, layer.Norm2.Forward(x), pass)
	}
	return m.Norm.Forward(x)
}

// Loss is the mean cross-entropy of the tokens that follow: targets (B, T) are tokens (B, T) one position on, with
// tensorlib.IgnoreTarget where there is nothing to learn.
func (m *Model) Loss(tokens, targets *tensorlib.Tensor) *tensorlib.Tensor {
	return tensorlib.CrossEntropy(m.Forward(lm.Batch{Tokens: tokens}), targets)
}

// head maps (…, C) to logits (…, V).
func (m *Model) head(x *tensorlib.Tensor) *tensorlib.Tensor {
	return tensorlib.LinearT(x, m.Tokens.Weight)
}

// Params are all parameters, with the names of Hugging Face's GPT-2. The head has none of its own.
func (m *Model) Params() []nn.Param {
	ps := nn.Named("transformer.wte", m.Tokens)
	ps = append(ps, nn.Named("transformer.wpe", m.Positions)...)
	for i, b := range m.Blocks {
		ps = append(ps, nn.Named(fmt.Sprintf("transformer.h.%d", i), b)...)
	}
	return append(ps, nn.Named("transformer.ln_f", m.Norm)...)
}

// Params are "ln_1", "attn", "ln_2" and "mlp".
func (b *Block) Params() []nn.Param {
	ps := nn.Named("ln_1", b.Norm1)
	ps = append(ps, nn.Named("attn", b.Attn)...)
	ps = append(ps, nn.Named("ln_2", b.Norm2)...)
	return append(ps, nn.Named("mlp", b.MLP)...)
}

// Linears are the linear layers of all blocks, to which adapters can be attached.
func (m *Model) Linears() []nn.NamedLinear {
	var out []nn.NamedLinear
	for i, b := range m.Blocks {
		add := func(name string, l *nn.Linear) {
			out = append(out, nn.NamedLinear{Name: fmt.Sprintf("transformer.h.%d.%s", i, name), Layer: l, Conv1D: true})
		}
		add("attn.c_attn", b.Attn.QKV)
		add("attn.c_proj", b.Attn.Proj)
		add("mlp.c_fc", b.MLP.Up)
		add("mlp.c_proj", b.MLP.Down)
	}
	return out
}
