package gen

import (
	"context"
	"slices"

	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
)

// A row of the batch reads what it has not read yet of its prompt and its own tokens, the latter one at a time. One call of the model
// serves all rows. Since it does not matter to the bits in how many calls a row reads its prompt, the calls are as wide as pays.

const (
	callCost    = 8    // what a call of the model costs beside its tokens, in tokens
	callTokens  = 1024 // most tokens in a call, padding among them, unless there are more rows
	worthCopy   = 4    // tokens of a prefix that another row has read, from which on they are copied
	noPrompt    = -1   // the prompt of a row that has had none
	sampleShift = 32   // the stream of a token's random number is sample<<32 + position
)

// batch is the sequences of one call of Generate.
type batch struct {
	m       models.LM
	o       Options
	prompts [][]int32
	results []Result
	left    []int // samples of each prompt that are not begun
	first   int   // no prompt before this one has samples left
	rows    []*row
	cache   models.Cache
	sampler *sampler
	special map[int]bool // ids that are no text
	forgets bool         // a full context loses its older half, else the sequence ends
	on      func(string) // gets the text as it comes; nil: nobody

	tokens  []int32 // (R, T), of the next call
	lengths []int   // (R)
}

func newBatch(m models.LM, prompts [][]int32, o Options) *batch {
	o = o.filled()
	b := &batch{m: m, o: o, prompts: prompts, left: make([]int, len(prompts)), sampler: &sampler{o: o, size: o.size(m)}}
	if o.Tokenizer != nil {
		b.special = map[int]bool{}
		for _, t := range o.Tokenizer.Added() {
			b.special[t.ID] = t.Special
		}
	}
	for p := range prompts {
		b.left[p] = o.Samples
		for s := range o.Samples {
			b.results = append(b.results, Result{Prompt: p, Sample: s})
		}
	}
	R := min(o.Rows, len(b.results))
	b.lengths = make([]int, R)
	for range R {
		b.rows = append(b.rows, &row{batch: b, prompt: noPrompt})
	}
	return b
}

// run writes all sequences, or until ctx ends or the model's logits are not finite.
func (b *batch) run(ctx context.Context) error {
	if len(b.rows) == 0 {
		return ctx.Err()
	}
	b.m.Eval()
	b.cache = b.m.NewCache(len(b.rows))
	err := b.write(ctx)
	for _, r := range b.rows {
		if r.busy {
			r.end("")
		}
	}
	return err
}

func (b *batch) write(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !b.fill() {
			return nil
		}
		if err := b.step(); err != nil {
			return err
		}
	}
}

// fill gives idle rows new sequences, and reports whether any row has something to do.
func (b *batch) fill() (busy bool) {
	for i, r := range b.rows {
		for !r.busy { // a prompt that fills the context ends at once
			p := b.next(r)
			if p < 0 {
				break
			}
			r.begin(i, p)
		}
		busy = busy || r.busy
	}
	return busy
}

// next is the prompt that an idle row continues: the one that it has read already, else the first that no row is reading just now, since
// the samples after the first copy what that one has read. It is -1 when there is none.
func (b *batch) next(r *row) int {
	if r.prompt != noPrompt && b.left[r.prompt] > 0 {
		return r.prompt
	}
	for b.first < len(b.left) && b.left[b.first] == 0 {
		b.first++
	}
	for p := b.first; p < len(b.left); p++ {
		reads := func(r *row) bool { return r.busy && r.prompt == p && r.unread > 1 && len(b.prompts[p]) > worthCopy }
		if b.left[p] > 0 && !slices.ContainsFunc(b.rows, reads) {
			return p
		}
	}
	return -1
}

// step calls the model once and lets the rows that have read all they have choose a token.
func (b *batch) step() error {
	R, T := len(b.rows), b.width()
	b.tokens = slices.Grow(b.tokens[:0], R*T)[:R*T]
	clear(b.tokens)
	for i, r := range b.rows {
		b.lengths[i] = 0
		if r.busy {
			b.lengths[i] = copy(b.tokens[i*T:][:T], r.ids[len(r.ids)-r.unread:])
			r.unread -= b.lengths[i]
		}
	}
	var logits []float32
	tensorlib.Scope(func() {
		logits = b.m.Next(tensorlib.New(b.tokens, R, T), b.lengths, b.cache).Float32s() // (R, V)
	})
	V := len(logits) / R
	for i, r := range b.rows {
		if r.busy && r.unread == 0 {
			if err := r.choose(i, logits[i*V:][:V]); err != nil {
				return err
			}
		}
	}
	return nil
}

// width is the T of the next call: that with the most tokens for its cost, which counts padding as tokens.
func (b *batch) width() (best int) {
	var unread []int
	for _, r := range b.rows {
		if r.busy {
			unread = append(unread, r.unread)
		}
	}
	slices.Sort(unread)
	R, most := len(b.rows), max(1, callTokens/len(b.rows))
	gain, read := 0.0, 0
	for i, T := range unread {
		T = min(T, most)
		if rate := float64(read+T*(len(unread)-i)) / float64(callCost+R*T); rate > gain {
			gain, best = rate, T
		}
		read += T
	}
	return best
}
