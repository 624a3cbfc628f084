// Package spec says what a run is: plain structs that are read from YAML or JSON, filled with defaults, checked as a whole
// and written beside the results. It knows nothing of how a run is carried out.
//
// A Run has a Name, a Kind and the settings of that kind. Presets are complete runs that are known to work; Set changes
// one key of a run by its dotted path ("optim.lr", "steps"). Validate reports every fault at once.
package spec

// Run is one training run, whatever its kind. Exactly one of the kinds' sections is present.
type Run struct {
	Name     string    `json:"name" yaml:"name"`     // names the run's directory and its workflow; generated when empty
	Kind     string    `json:"kind" yaml:"kind"`     // "pretrain"
	Preset   string    `json:"preset" yaml:"preset"` // the preset it started from, for the record; empty: none
	Seed     uint64    `json:"seed" yaml:"seed"`
	Pretrain *Pretrain `json:"pretrain,omitempty" yaml:"pretrain,omitempty"`
}

// Pretrain trains a language model from nothing on plain text.
type Pretrain struct {
	Data       Data       `json:"data" yaml:"data"`
	Model      GPT        `json:"model" yaml:"model"`
	Optim      Optim      `json:"optim" yaml:"optim"`
	Steps      int        `json:"steps" yaml:"steps"`
	Batch      int        `json:"batch" yaml:"batch"` // sequences a step, B
	Eval       Eval       `json:"eval" yaml:"eval"`
	Checkpoint Checkpoint `json:"checkpoint" yaml:"checkpoint"`
}

// Data is a text corpus and how it becomes tokens.
type Data struct {
	// Source is "tinyshakespeare" (from the data directory), "gosrc" (the Go standard library's own source), "auto"
	// (tinyshakespeare when the data directory has it, else gosrc), or the path of a text file.
	Source    string  `json:"source" yaml:"source"`
	Tokenizer string  `json:"tokenizer" yaml:"tokenizer"` // "char" or "bpe"
	Vocab     int     `json:"vocab" yaml:"vocab"`         // of a BPE tokenizer; 0 for char
	Train     float64 `json:"train" yaml:"train"`         // the share of the text, from its start, that is trained on
	MaxBytes  int     `json:"maxBytes" yaml:"maxBytes"`   // reads no more of the source than this; 0: all
}

// GPT is the shape of a decoder-only transformer.
type GPT struct {
	Layers  int     `json:"layers" yaml:"layers"`   // L
	Heads   int     `json:"heads" yaml:"heads"`     // H
	Embed   int     `json:"embed" yaml:"embed"`     // C
	Context int     `json:"context" yaml:"context"` // T
	Dropout float64 `json:"dropout" yaml:"dropout"`
	Bias    bool    `json:"bias" yaml:"bias"` // biases in linear layers and layer norms
}

// Optim is AdamW with a warm-up and a cosine decay.
type Optim struct {
	LR          float64 `json:"lr" yaml:"lr"`       // the peak
	MinLR       float64 `json:"minLR" yaml:"minLR"` // the end of the cosine
	Warmup      int     `json:"warmup" yaml:"warmup"`
	Decay       int     `json:"decay" yaml:"decay"` // the step at which the cosine ends; 0: the last step
	Beta1       float64 `json:"beta1" yaml:"beta1"`
	Beta2       float64 `json:"beta2" yaml:"beta2"`
	Eps         float64 `json:"eps" yaml:"eps"`
	WeightDecay float64 `json:"weightDecay" yaml:"weightDecay"` // of matrices and embeddings, not of vectors
	Clip        float64 `json:"clip" yaml:"clip"`               // of the global gradient norm; 0: none
}

// Eval is how often, and on how much, the validation loss is measured.
type Eval struct {
	Every   int `json:"every" yaml:"every"`     // steps; also after the last step; 0: only then
	Batches int `json:"batches" yaml:"batches"` // windows of batch x context from the held-out text; 0: all of it
}

// Checkpoint is how often the run saves, and how many of its saves it keeps.
type Checkpoint struct {
	Every int `json:"every" yaml:"every"` // steps; also after the last step; 0: only then
	Keep  int `json:"keep" yaml:"keep"`   // the newest n; the last one always stays
}
