package spec

// Pretrain trains a language model on plain text: to predict each token from the ones before it.
type Pretrain struct {
	Data    Data  `json:"data" yaml:"data"`
	Model   Model `json:"model" yaml:"model"`
	Optim   Optim `json:"optim" yaml:"optim"`
	Batch   int   `json:"batch" yaml:"batch"` // sequences a step, B
	Cadence `yaml:",inline"`
}

// Validate reports faults.
func (p *Pretrain) Validate(f *Faults, at string) {
	p.Data.validate(f, at+"data.")
	p.Model.validate(f, at+"model.")
	p.Optim.validate(f, at+"optim.")
	f.Between(at+"batch", p.Batch, 1, 65536)
	p.Cadence.validate(f, at, 1)
}

// Mutable holds for the optimizer, the cadence and the number of steps.
func (p *Pretrain) Mutable(key string) bool { return trains(key) }

// Headline is the loss and the one on held-out text, in nats per token.
func (p *Pretrain) Headline() []string { return []string{"loss", "valLoss"} }

// Inputs is the model that training goes on from, if it begins with one.
func (p *Pretrain) Inputs() map[string]string { return named("model", p.Model.From) }

// Describe is the model's shape and the source of the text.
func (p *Pretrain) Describe() (model, data string) { return p.Model.describe(), p.Data.Source }

// named is one input, if there is one.
func named(role, from string) map[string]string {
	if from == "" {
		return nil
	}
	return map[string]string{role: from}
}

var pretrainPresets = map[string]func() *Run{
	"char-gpt": charGPT,
	"bpe-gpt":  bpeGPT,
	"tiny-gpt": tinyGPT,
}

// charGPT is nanoGPT's recipe for a CPU (Karpathy, 2022): 0.8 million parameters on characters, validation loss 1.88
// on tinyshakespeare after 2000 steps.
func charGPT() *Run {
	return &Run{
		Kind: "pretrain",
		Seed: 1337,
		Pretrain: &Pretrain{
			Data:  Data{Source: "auto", Tokenizer: "char", Train: 0.9},
			Model: Model{Layers: 4, Heads: 4, Embed: 128, Context: 64},
			Optim: Optim{
				LR: 1e-3, MinLR: 1e-4, Warmup: 100,
				Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, Clip: 1,
			},
			Batch:   12,
			Cadence: Cadence{Steps: 2000, Eval: Eval{Every: 250}, Checkpoint: Checkpoint{Every: 250, Keep: 3}},
		},
	}
}

// bpeGPT is char-gpt on tokens of about two characters: byte-level BPE trained on the corpus itself.
func bpeGPT() *Run {
	r := charGPT()
	r.Pretrain.Data.Tokenizer, r.Pretrain.Data.Vocab = "bpe", 512
	return r
}

// tinyGPT trains in seconds, for demonstrations and tests.
func tinyGPT() *Run {
	r := charGPT()
	p := r.Pretrain
	p.Model = Model{Layers: 2, Heads: 2, Embed: 32, Context: 32}
	p.Optim.LR, p.Optim.MinLR, p.Optim.Warmup = 5e-3, 5e-4, 20
	p.Batch = 8
	p.Cadence = Cadence{Steps: 200, Eval: Eval{Every: 50, Batches: 20}, Checkpoint: Checkpoint{Every: 50, Keep: 3}}
	return r
}
