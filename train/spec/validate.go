package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
)

var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Validate reports every fault of the run at once, joined; each names its key, its value and what is allowed.
func (r *Run) Validate() error {
	var f faults
	f.check(r.Name == "" || goodName.MatchString(r.Name), "name", r.Name,
		"letters, digits, dot, dash and underscore, at most 100, beginning with a letter or digit")
	f.check(r.Kind == "pretrain", "kind", r.Kind, `"pretrain"`)
	if r.Pretrain == nil {
		f = append(f, errors.New("pretrain is missing, want the section that says what to train"))
		return errors.Join(f...)
	}
	p := r.Pretrain
	f.data(&p.Data)
	f.model(&p.Model)
	f.optim(&p.Optim)
	f.between("pretrain.steps", p.Steps, 1, 1e9)
	f.between("pretrain.batch", p.Batch, 1, 65536)
	f.between("pretrain.eval.every", p.Eval.Every, 0, 1e9)
	f.between("pretrain.eval.batches", p.Eval.Batches, 0, 1e9)
	f.between("pretrain.checkpoint.every", p.Checkpoint.Every, 0, 1e9)
	f.between("pretrain.checkpoint.keep", p.Checkpoint.Keep, 1, 1e6)
	return errors.Join(f...)
}

// Hash is the SHA-256, in hex, of all that decides the run's result: everything but its name and the preset it came from.
func (r *Run) Hash() string {
	c := *r
	c.Name, c.Preset = "", ""
	b, err := json.Marshal(c)
	if err != nil {
		// Only a NaN or an infinity gets here, and Validate refuses those.
		b = fmt.Appendf(nil, "%+v %+v", c, c.Pretrain)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// SameRun reports whether r and other are one run of which at most those settings differ that may change while it goes on: optim,
// eval, checkpoint and steps.
func (r *Run) SameRun(other *Run) bool {
	if r.Name != other.Name || r.Kind != other.Kind || r.Seed != other.Seed || r.Pretrain == nil || other.Pretrain == nil {
		return false
	}
	a, b := r.Pretrain, other.Pretrain
	return a.Data == b.Data && a.Model == b.Model && a.Batch == b.Batch
}

// faults collects what is wrong.
type faults []error

func (f *faults) check(ok bool, key string, value any, want string) {
	if ok {
		return
	}
	if s, is := value.(string); is {
		value = fmt.Sprintf("%q", s)
	}
	*f = append(*f, fmt.Errorf("%s is %v, want %s", key, value, want))
}

func (f *faults) between(key string, n int, low, high float64) {
	f.check(float64(n) >= low && float64(n) <= high, key, n, fmt.Sprintf("%.0f to %.0f", low, high))
}

func (f *faults) data(d *Data) {
	f.check(d.Source != "", "pretrain.data.source", d.Source, `"auto", "tinyshakespeare", "gosrc" or the path of a text file`)
	f.check(d.Tokenizer == "char" || d.Tokenizer == "bpe", "pretrain.data.tokenizer", d.Tokenizer, `"char" or "bpe"`)
	switch d.Tokenizer {
	case "char":
		f.check(d.Vocab == 0, "pretrain.data.vocab", d.Vocab, "0: a char tokenizer takes the characters of the text")
	case "bpe":
		f.between("pretrain.data.vocab", d.Vocab, 256, 65536)
	}
	f.check(d.Train > 0 && d.Train < 1, "pretrain.data.train", d.Train, "a share above 0 and below 1")
	f.check(d.MaxBytes >= 0, "pretrain.data.maxBytes", d.MaxBytes, "0 (all) or more")
}

func (f *faults) model(m *GPT) {
	f.between("pretrain.model.layers", m.Layers, 1, 512)
	f.between("pretrain.model.heads", m.Heads, 1, 512)
	f.between("pretrain.model.embed", m.Embed, 1, 65536)
	f.between("pretrain.model.context", m.Context, 1, 1<<20)
	f.check(m.Heads < 1 || m.Embed%m.Heads == 0, "pretrain.model.embed", m.Embed, fmt.Sprintf("a multiple of model.heads, %d", m.Heads))
	f.check(m.Dropout >= 0 && m.Dropout < 1, "pretrain.model.dropout", m.Dropout, "0 or more, below 1")
}

func (f *faults) optim(o *Optim) {
	f.check(o.LR > 0 && o.LR <= 10, "pretrain.optim.lr", o.LR, "above 0, at most 10")
	f.check(o.MinLR >= 0 && (o.MinLR <= o.LR || !(o.LR > 0)), "pretrain.optim.minLR", o.MinLR, fmt.Sprintf("0 to optim.lr, %v", o.LR))
	f.between("pretrain.optim.warmup", o.Warmup, 0, 1e9)
	f.between("pretrain.optim.decay", o.Decay, 0, 1e9)
	f.check(o.Beta1 >= 0 && o.Beta1 < 1, "pretrain.optim.beta1", o.Beta1, "0 or more, below 1")
	f.check(o.Beta2 >= 0 && o.Beta2 < 1, "pretrain.optim.beta2", o.Beta2, "0 or more, below 1")
	f.check(o.Eps > 0 && o.Eps < 1, "pretrain.optim.eps", o.Eps, "above 0, below 1")
	f.check(o.WeightDecay >= 0 && o.WeightDecay <= 10, "pretrain.optim.weightDecay", o.WeightDecay, "0 to 10")
	f.check(o.Clip >= 0 && !math.IsInf(o.Clip, 0), "pretrain.optim.clip", o.Clip, "0 (none) or more")
}
