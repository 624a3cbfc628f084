package spec

import (
	"fmt"
	"math"
)

// Data is a text corpus and how it becomes tokens.
type Data struct {
	// Source is "tinyshakespeare" (from the data directory), "godoc" (the doc comments of the Go standard library), "gosrc" (its source),
	// "auto" (tinyshakespeare when the data directory has it, else godoc), "tasks:pretrain" (generated; see data/tasks), or the path of a
	// text file.
	Source    string  `json:"source" yaml:"source"`
	Tokenizer string  `json:"tokenizer" yaml:"tokenizer"` // "char" or "bpe"
	Vocab     int     `json:"vocab" yaml:"vocab"`         // of a BPE tokenizer; 0 for char
	Train     float64 `json:"train" yaml:"train"`         // the share of the text, from its start, that is trained on
	MaxBytes  int     `json:"maxBytes" yaml:"maxBytes"`   // reads no more of the source than this; 0: all
	Special   bool    `json:"special" yaml:"special"`     // the tokenizer gets the tokens of chats, which fine-tuning needs
}

func (d *Data) validate(f *Faults, at string) {
	f.Check(d.Source != "", at+"source", d.Source, `"auto", "tinyshakespeare", "godoc", "gosrc" or the path of a text file`)
	f.Check(d.Tokenizer == "char" || d.Tokenizer == "bpe", at+"tokenizer", d.Tokenizer, `"char" or "bpe"`)
	switch d.Tokenizer {
	case "char":
		f.Check(d.Vocab == 0, at+"vocab", d.Vocab, "0: a char tokenizer takes the characters of the text")
	case "bpe":
		f.Between(at+"vocab", d.Vocab, 256, 65536)
	}
	f.Check(d.Train > 0 && d.Train < 1, at+"train", d.Train, "a share above 0 and below 1")
	f.Check(d.MaxBytes >= 0, at+"maxBytes", d.MaxBytes, "0 (all) or more")
}

// Base is a model that is there already.
type Base struct {
	// From is a folder in Hugging Face's layout, the directory of a run, the name of a run, or in a pipeline the name of a stage.
	From string `json:"from" yaml:"from"`
}

func (b *Base) validate(f *Faults, at string) {
	f.Check(b.From != "", at+"from", b.From, "the folder of a model, the name of a run, or in a pipeline the name of a stage")
}

// Model is a model of a given shape whose weights are drawn anew, or, with From, one that is there already, whose shape then counts.
type Model struct {
	Base    `yaml:",inline"`
	Layers  int     `json:"layers" yaml:"layers"`   // L
	Heads   int     `json:"heads" yaml:"heads"`     // H
	Embed   int     `json:"embed" yaml:"embed"`     // C
	Context int     `json:"context" yaml:"context"` // T
	Dropout float64 `json:"dropout" yaml:"dropout"`
	Bias    bool    `json:"bias" yaml:"bias"` // biases in linear layers and layer norms
}

func (m *Model) validate(f *Faults, at string) {
	f.Between(at+"layers", m.Layers, 1, 512)
	f.Between(at+"heads", m.Heads, 1, 512)
	f.Between(at+"embed", m.Embed, 1, 65536)
	f.Between(at+"context", m.Context, 1, 1<<20)
	f.Check(m.Heads < 1 || m.Embed%m.Heads == 0, at+"embed", m.Embed, fmt.Sprintf("a multiple of model.heads, %d", m.Heads))
	f.Check(m.Dropout >= 0 && m.Dropout < 1, at+"dropout", m.Dropout, "0 or more, below 1")
}

// describe is the shape in short, "gpt2-L4-H4-C128-T64", or where the model comes from.
func (m *Model) describe() string {
	if m.From != "" {
		return m.From
	}
	return fmt.Sprintf("gpt2-L%d-H%d-C%d-T%d", m.Layers, m.Heads, m.Embed, m.Context)
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

func (o *Optim) validate(f *Faults, at string) {
	f.Check(o.LR > 0 && o.LR <= 10, at+"lr", o.LR, "above 0, at most 10")
	f.Check(o.MinLR >= 0 && (o.MinLR <= o.LR || !(o.LR > 0)), at+"minLR", o.MinLR, fmt.Sprintf("0 to optim.lr, %v", o.LR))
	f.Between(at+"warmup", o.Warmup, 0, 1e9)
	f.Between(at+"decay", o.Decay, 0, 1e9)
	f.Check(o.Beta1 >= 0 && o.Beta1 < 1, at+"beta1", o.Beta1, "0 or more, below 1")
	f.Check(o.Beta2 >= 0 && o.Beta2 < 1, at+"beta2", o.Beta2, "0 or more, below 1")
	f.Check(o.Eps > 0 && o.Eps < 1, at+"eps", o.Eps, "above 0, below 1")
	f.Check(o.WeightDecay >= 0 && o.WeightDecay <= 10, at+"weightDecay", o.WeightDecay, "0 to 10")
	f.Check(o.Clip >= 0 && !math.IsInf(o.Clip, 0), at+"clip", o.Clip, "0 (none) or more")
}

// Instructions are rows of prompt and response, or of chat messages, and how they become tokens.
type Instructions struct {
	// Source is the path of a JSON Lines or Arrow file, or "tasks:sft" (generated; see data/tasks).
	Source   string  `json:"source" yaml:"source"`
	Template string  `json:"template" yaml:"template"` // the name of a chat template, or "" for the model's own, else "plain"
	Train    float64 `json:"train" yaml:"train"`       // the share of the rows that is trained on; the rest is held out
	MaxRows  int     `json:"maxRows" yaml:"maxRows"`   // takes no more of the rows than this; 0: all
	Pack     bool    `json:"pack" yaml:"pack"`         // several rows in one sequence, each blind to the others
	Skip     bool    `json:"skip" yaml:"skip"`         // rows that cannot be read are counted and passed over; else they end the run
}

func (d *Instructions) validate(f *Faults, at string) {
	f.Check(d.Source != "", at+"source", d.Source, `the path of a .jsonl or .arrow file, or "tasks:sft"`)
	f.Check(d.Train > 0 && d.Train < 1, at+"train", d.Train, "a share above 0 and below 1")
	f.Check(d.MaxRows >= 0, at+"maxRows", d.MaxRows, "0 (all) or more")
}

// Sampling is how a model's answers are drawn.
type Sampling struct {
	MaxTokens   int     `json:"maxTokens" yaml:"maxTokens"`
	Temperature float64 `json:"temperature" yaml:"temperature"` // 0: the likeliest token each time
	TopK        int     `json:"topK" yaml:"topK"`               // 0: all
	TopP        float64 `json:"topP" yaml:"topP"`               // 0: all
	Samples     int     `json:"samples" yaml:"samples"`         // answers a prompt
}

func (s *Sampling) validate(f *Faults, at string) {
	f.Between(at+"maxTokens", s.MaxTokens, 1, 1<<20)
	f.Check(s.Temperature >= 0 && !math.IsInf(s.Temperature, 0), at+"temperature", s.Temperature, "0 (the likeliest token) or more")
	f.Between(at+"topK", s.TopK, 0, 1e9)
	f.Check(s.TopP >= 0 && s.TopP <= 1, at+"topP", s.TopP, "0 (all) to 1")
	f.Between(at+"samples", s.Samples, 1, 4096)
}
