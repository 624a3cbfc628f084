package spec

// Evaluate asks a model the held-out rows of a data set and counts how many answers are exactly the expected ones.
type Evaluate struct {
	Model    Base         `json:"model" yaml:"model"`
	Data     Instructions `json:"data" yaml:"data"`
	Sampling `yaml:",inline"`
	Batch    int `json:"batch" yaml:"batch"` // rows asked at a time, a step
	Cadence  `yaml:",inline"`
}

// Validate reports faults.
func (e *Evaluate) Validate(f *Faults, at string) {
	e.Model.validate(f, at+"model.")
	e.Data.validate(f, at+"data.")
	e.Sampling.validate(f, at)
	f.Between(at+"batch", e.Batch, 1, 65536)
	e.Cadence.validate(f, at, 0)
}

// Mutable holds for the cadence of checkpoints.
func (e *Evaluate) Mutable(key string) bool {
	return key == "checkpoint.every" || key == "checkpoint.keep"
}

// Headline is the share of answers that are exactly right.
func (e *Evaluate) Headline() []string { return []string{"exactMatch"} }

// Inputs is the model that is asked.
func (e *Evaluate) Inputs() map[string]string { return named("model", e.Model.From) }

// Describe is where the model and the rows come from.
func (e *Evaluate) Describe() (model, data string) { return e.Model.From, e.Data.Source }

func defaultEvaluate() *Run {
	return &Run{
		Kind: "evaluate",
		Seed: 1337,
		Evaluate: &Evaluate{
			Data:     Instructions{Train: 0.95},
			Sampling: Sampling{MaxTokens: 64, Samples: 1},
			Batch:    64,
			Cadence:  Cadence{Checkpoint: Checkpoint{Every: 4, Keep: 1}},
		},
	}
}
