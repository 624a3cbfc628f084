package spec

// Generate lets a model continue prompts, and keeps what it writes.
type Generate struct {
	Model    Base `json:"model" yaml:"model"`
	Prompts  Text `json:"prompts" yaml:"prompts"`
	Sampling `yaml:",inline"`
	Stop     string `json:"stop" yaml:"stop"`   // ends an answer before this text; empty: nothing does
	Batch    int    `json:"batch" yaml:"batch"` // prompts at a time, a step
	Cadence  `yaml:",inline"`
}

// Text is prompts: a file with one a line (or JSON Lines with "prompt"), or one that is written out.
type Text struct {
	Source string `json:"source" yaml:"source"` // the path of a .txt or .jsonl file
	Text   string `json:"text" yaml:"text"`     // one prompt
	Chat   bool   `json:"chat" yaml:"chat"`     // each is what a user says, put into the model's chat template
}

// Validate reports faults.
func (g *Generate) Validate(f *Faults, at string) {
	g.Model.validate(f, at+"model.")
	f.Check((g.Prompts.Source == "") != (g.Prompts.Text == ""), at+"prompts.source", g.Prompts.Source,
		"the path of a file with prompts, or "+at+"prompts.text: one of the two")
	g.Sampling.validate(f, at)
	f.Between(at+"batch", g.Batch, 1, 65536)
	g.Cadence.validate(f, at, 0)
}

// Mutable holds for the cadence of checkpoints.
func (g *Generate) Mutable(key string) bool {
	return key == "checkpoint.every" || key == "checkpoint.keep"
}

// Headline is how many samples there are, and how long they are on average.
func (g *Generate) Headline() []string { return []string{"samples", "meanTokens"} }

// Inputs is the model that writes.
func (g *Generate) Inputs() map[string]string { return named("model", g.Model.From) }

// Describe is where the model and the prompts come from.
func (g *Generate) Describe() (model, data string) { return g.Model.From, g.Prompts.Source }

func defaultGenerate() *Run {
	return &Run{
		Kind: "generate",
		Seed: 1337,
		Generate: &Generate{
			Sampling: Sampling{MaxTokens: 256, Temperature: 1, Samples: 1},
			Batch:    16,
			Cadence:  Cadence{Checkpoint: Checkpoint{Every: 1, Keep: 1}},
		},
	}
}
