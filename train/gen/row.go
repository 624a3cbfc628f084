package gen

import (
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
)

// row is a sequence in flight, or what is left of the last one that was.
type row struct {
	batch  *batch
	busy   bool
	prompt int     // its place in the call
	ids    []int32 // the prompt and what was sampled
	from   int     // the cache has ids from this one on
	unread int     // how many of ids, the last ones, it does not have
	result *Result
	key    tensorlib.Key // of its random numbers: position i has stream key.Stream + i
	seen   map[int]bool  // for the penalty
	text   writer
}

// begin lets row i write the next sample of a prompt. The prefix that it or another row has read already is not read again.
func (r *row) begin(i, prompt int) {
	b := r.batch
	sample := b.o.Samples - b.left[prompt]
	b.left[prompt]--
	ids := b.prompts[prompt]
	read := b.share(i, ids)
	*r = row{
		batch: b, busy: true, prompt: prompt, ids: slices.Clone(ids), unread: len(ids) - read,
		result: &b.results[prompt*b.o.Samples+sample], key: b.key(prompt, sample), text: writer{stops: b.o.Stop, on: b.on},
	}
	if b.o.Penalty != 0 {
		r.seen = map[int]bool{}
		for _, id := range ids {
			r.seen[int(id)] = true
		}
	}
	r.room(i, b.m.Context())
}

// key is where the random numbers of a sample are.
func (b *batch) key(prompt, sample int) tensorlib.Key {
	if b.o.Numbers != nil {
		prompt = b.o.Numbers[prompt]
	}
	const odd = 0x9E3779B97F4A7C15 // 2^64 / the golden ratio
	return tensorlib.Key{Seed: b.o.Seed + uint64(prompt)*odd, Stream: uint64(sample) << sampleShift}
}

// share leaves row i of the cache with the longest beginning of ids that any row has, but never all of ids: the last token is
// read for its logits. It returns how many these are.
func (b *batch) share(i int, ids []int32) int {
	lens := b.cache.Lens()
	common := func(j int) int {
		held := b.rows[j].ids
		if b.rows[j].from > 0 {
			return 0 // other positions
		}
		n := 0
		for n < min(lens[j], len(ids)-1) && held[n] == ids[n] {
			n++
		}
		return n
	}
	best, from := common(i), i
	for j := range b.rows {
		if n := common(j); n >= best+worthCopy {
			best, from = n, j
		}
	}
	if from != i {
		b.cache.Copy(i, from)
	}
	b.cache.Truncate(i, best)
	return best
}

// choose samples the token that follows what row i has read.
func (r *row) choose(i int, logits []float32) error {
	b, n := r.batch, len(r.result.Tokens)
	id, logProb, err := b.sampler.token(logits, tensorlib.NewRand(r.key.Seed).Split(r.key.Stream+uint64(n)), r.seen)
	if err != nil {
		return err
	}
	r.ids, r.unread = append(r.ids, int32(id)), 1
	r.result.Tokens = append(r.result.Tokens, int32(id))
	r.result.LogProbs = append(r.result.LogProbs, logProb)
	if r.seen != nil {
		r.seen[id] = true
	}
	switch {
	case slices.Contains(b.o.EOS, id):
		r.end(EndOfSequence)
	case b.o.Tokenizer != nil && !b.special[id] && r.text.add(b.o.Tokenizer.Decode([]int{id})):
		r.end(StopString)
	case n+1 == b.o.MaxTokens:
		r.end(Length)
	default:
		r.room(i, max(1, b.m.Context()/2))
	}
	return nil
}

// room makes sure that the context has room for what row i has to read. Where it has none, the sequence ends, or the cache begins anew
// with the last keep of ids.
func (r *row) room(i, keep int) {
	b := r.batch
	if len(r.ids)-r.from <= b.m.Context() {
		return
	}
	if !b.forgets {
		r.end(ContextFull)
		return
	}
	b.cache.Truncate(i, 0)
	r.from, r.unread = len(r.ids)-keep, keep
}

// end puts the result in its place.
func (r *row) end(reason string) {
	r.busy = false
	r.result.Reason = reason
	r.result.Text = r.text.finish()
	if done := r.batch.o.Done; done != nil && reason != "" {
		done(*r.result)
	}
}
