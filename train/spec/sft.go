package spec

import "strings"

// SFT is supervised fine-tuning: a model that is there learns to answer, from rows of prompt and response. Only the tokens of the
// responses are trained on (Ouyang et al., 2022).
type SFT struct {
	Model   Base         `json:"model" yaml:"model"`
	Data    Instructions `json:"data" yaml:"data"`
	LoRA    LoRA         `json:"lora" yaml:"lora"`
	Optim   Optim        `json:"optim" yaml:"optim"`
	Batch   int          `json:"batch" yaml:"batch"` // sequences a step, B
	Cadence `yaml:",inline"`
}

// LoRA trains small matrices beside the model's own, which stay as they are (Hu et al., 2021).
type LoRA struct {
	Rank    int     `json:"rank" yaml:"rank"`       // 0: the whole model is trained
	Alpha   float64 `json:"alpha" yaml:"alpha"`     // the update is scaled by alpha/rank
	Dropout float64 `json:"dropout" yaml:"dropout"` // of what goes into the adapters
	Targets string  `json:"targets" yaml:"targets"` // the layers that get an adapter, "c_attn,c_proj,c_fc"; empty: all linear layers of the blocks
}

// Validate reports faults.
func (s *SFT) Validate(f *Faults, at string) {
	s.Model.validate(f, at+"model.")
	s.Data.validate(f, at+"data.")
	f.Between(at+"lora.rank", s.LoRA.Rank, 0, 65536)
	f.Check(s.LoRA.Alpha >= 0, at+"lora.alpha", s.LoRA.Alpha, "0 (the rank) or more")
	f.Check(s.LoRA.Dropout >= 0 && s.LoRA.Dropout < 1, at+"lora.dropout", s.LoRA.Dropout, "0 or more, below 1")
	s.Optim.validate(f, at+"optim.")
	f.Between(at+"batch", s.Batch, 1, 65536)
	s.Cadence.validate(f, at, 1)
}

// Mutable holds for the optimizer, the cadence and the number of steps.
func (s *SFT) Mutable(key string) bool { return trains(key) }

// Headline is the loss per trained token, and that on held-out rows.
func (s *SFT) Headline() []string { return []string{"loss", "valLoss"} }

// Inputs is the model that is tuned.
func (s *SFT) Inputs() map[string]string { return named("model", s.Model.From) }

// Describe is where the model and the rows come from.
func (s *SFT) Describe() (model, data string) {
	if s.LoRA.Rank > 0 {
		return s.Model.From + "+lora", s.Data.Source
	}
	return s.Model.From, s.Data.Source
}

// Layers is the list of LoRA's targets.
func (l *LoRA) Layers() []string {
	return strings.FieldsFunc(l.Targets, func(c rune) bool { return c == ',' || c == ' ' })
}

func defaultSFT() *Run {
	return &Run{
		Kind: "sft",
		Seed: 1337,
		SFT: &SFT{
			Data: Instructions{Train: 0.95, Pack: true},
			LoRA: LoRA{Alpha: 16},
			Optim: Optim{
				LR: 1e-3, MinLR: 1e-4, Warmup: 20,
				Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.01, Clip: 1,
			},
			Batch:   12,
			Cadence: Cadence{Steps: 1000, Eval: Eval{Every: 250}, Checkpoint: Checkpoint{Every: 250, Keep: 2}},
		},
	}
}
