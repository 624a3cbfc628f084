package gen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
)

// ragged are prompts of lengths 1 to 13, some of which begin alike.
func ragged() [][]int32 {
	var prompts [][]int32
	for _, s := range []string{
		"a", "hello wor", "hello world", "hello", "the quick bro", "xyz", "hello world", "\n", "th", "the quick fox", "qqqqqqqq", "the q",
	} {
		prompts = append(prompts, int32s(letters.Encode(s)))
	}
	return prompts
}

func generate(t *testing.T, m models.LM, prompts [][]int32, o Options) []Result {
	t.Helper()
	o.Tokenizer = letters
	r, err := Generate(t.Context(), m, prompts, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(prompts) * max(1, o.Samples); len(r) != want {
		t.Fatalf("%d results, want %d", len(r), want)
	}
	return r
}

// alone is how one sequence is written without any batch: the prompt in one call, then a token a call.
func alone(t *testing.T, m models.LM, number, sample int, prompt []int32, o Options) (tokens []int32, logProbs []float64) {
	t.Helper()
	s, cache, ids := sampler{o: o, size: letters.Size()}, m.NewCache(1), slices.Clone(prompt)
	seen := map[int]bool{}
	for _, id := range prompt {
		seen[int(id)] = true
	}
	for read := 0; len(tokens) < o.MaxTokens && len(ids) <= m.Context(); {
		var logits []float32
		tensorlib.Scope(func() {
			logits = m.Next(tensorlib.New(ids[read:], 1, len(ids)-read), nil, cache).Float32s()
		})
		read = len(ids)
		seed := o.Seed + uint64(number)*0x9E3779B97F4A7C15
		id, p, err := s.token(logits, tensorlib.NewRand(seed).Split(uint64(sample)<<32+uint64(len(tokens))), seen)
		if err != nil {
			t.Fatal(err)
		}
		seen[id] = true
		ids, tokens, logProbs = append(ids, int32(id)), append(tokens, int32(id)), append(logProbs, p)
		if slices.Contains(o.EOS, id) {
			break
		}
	}
	return tokens, logProbs
}

var manners = map[string]Options{
	"greedy":  {MaxTokens: 9},
	"sampled": {MaxTokens: 9, Temperature: 1, Seed: 7, Samples: 3, EOS: []int{4, 5}},
	"cut":     {MaxTokens: 30, Temperature: 1.5, TopK: 9, TopP: 0.9, Penalty: 1.3, Seed: 1, Samples: 2},
}

// Whatever the batch around it, a sequence has the tokens, and the bits of their log-probabilities, that it has when it is written alone.
func TestBatchesChangeNothing(t *testing.T) {
	for name, o := range manners {
		m, prompts := untrained(), ragged()
		var want [][]int32
		var wantP [][]float64
		for p, ids := range prompts {
			for s := range max(1, o.Samples) {
				tokens, logProbs := alone(t, m, p, s, ids, o)
				want, wantP = append(want, tokens), append(wantP, logProbs)
			}
		}
		for _, rows := range []int{1, 3, 16, 64} {
			o.Rows = rows
			for i, r := range generate(t, m, prompts, o) {
				if !slices.Equal(r.Tokens, want[i]) || !slices.Equal(r.LogProbs, wantP[i]) {
					t.Errorf("%s, %d rows: sample %d of prompt %d is %v %v, alone %v %v", name, rows, r.Sample, r.Prompt, r.Tokens, r.LogProbs, want[i], wantP[i])
				}
			}
		}
	}
}

// Prompts in another order, or in parts of the list, give the same when they keep their numbers.
func TestOrderChangesNothing(t *testing.T) {
	m, prompts := untrained(), ragged()
	o := Options{MaxTokens: 9, Temperature: 1, Seed: 7, Samples: 2, Rows: 5}
	want := generate(t, m, prompts, o)
	o.Numbers = tensorlib.NewRand(3).Perm(len(prompts))
	var shuffled [][]int32
	for _, n := range o.Numbers {
		shuffled = append(shuffled, prompts[n])
	}
	for _, r := range generate(t, m, shuffled, o) {
		n := o.Numbers[r.Prompt]
		if w := want[2*n+r.Sample]; !slices.Equal(r.Tokens, w.Tokens) {
			t.Errorf("prompt %d as number %d of the list: %q, in the old order %q", n, r.Prompt, r.Text, w.Text)
		}
	}
	o.Numbers = []int{5, 6, 7}
	for _, r := range generate(t, m, prompts[5:8], o) {
		if w := want[2*(5+r.Prompt)+r.Sample]; !slices.Equal(r.Tokens, w.Tokens) {
			t.Errorf("prompt %d of the middle: %q, in the whole list %q", r.Prompt, r.Text, w.Text)
		}
	}
}

func TestSamplesDiffer(t *testing.T) {
	r := generate(t, untrained(), [][]int32{{3, 4}, {3, 4}}, Options{MaxTokens: 10, Temperature: 1, Samples: 3})
	texts := map[string]bool{}
	for _, x := range r {
		texts[x.Text] = true
	}
	if len(texts) != 6 {
		t.Errorf("6 samples of the same prompt, of which %d differ: %v", len(texts), r)
	}
}

// counter counts the tokens that a model reads while it generates.
type counter struct {
	models.LM
	read, calls int
	rows        [][]int // lengths of each call
	widest      int     // tokens in one call, with padding
}

func (c *counter) Next(tokens *tensorlib.Tensor, lengths []int, cache models.Cache) *tensorlib.Tensor {
	for _, n := range lengths {
		c.read += n
	}
	c.calls++
	c.widest = max(c.widest, tokens.Numel())
	c.rows = append(c.rows, slices.Clone(lengths))
	return c.LM.Next(tokens, lengths, cache)
}

// A prompt is read once, however many samples it has: each further one reads its last token again, for the logits.
func TestPrefixIsReadOnce(t *testing.T) {
	prompts := [][]int32{int32s(letters.Encode("abcdefghij")), int32s(letters.Encode("zyxwvut")), int32s(letters.Encode("ok"))}
	for _, rows := range []int{1, 2, 3, 5, 32} {
		c := &counter{LM: untrained()}
		o := Options{MaxTokens: 4, Temperature: 1, Samples: 6, Rows: rows}
		generate(t, c, prompts, o)
		want := 10 + 7 + 2 + 3*5 + 3*6*3 // prompts, last tokens, and all that was written but the last
		if c.read > want+5 {             // a prefix of one token may be read again
			t.Errorf("%d rows: the model read %d tokens, want %d", rows, c.read, want)
		}
	}
	c := &counter{LM: untrained()}
	few := strings.Repeat("shot ", 2)
	generate(t, c, [][]int32{int32s(letters.Encode(few + "a")), int32s(letters.Encode(few + "b"))}, Options{MaxTokens: 1, Rows: 1})
	if c.read != 11+1 {
		t.Errorf("two prompts that share 10 of 11 tokens: the model read %d, want 12", c.read)
	}
}

// While one row reads a long prompt the others go on writing, and a row that has ended makes room at once.
func TestRowsAreNeverIdle(t *testing.T) {
	c := &counter{LM: untrained()}
	var prompts [][]int32
	for i := range 20 {
		prompts = append(prompts, []int32{int32(i + 1)})
	}
	generate(t, c, prompts, Options{MaxTokens: 5, Rows: 4})
	if c.calls != 20*5/4 {
		t.Errorf("%d calls of the model for 100 tokens in 4 rows, want 25: %v", c.calls, c.rows)
	}
	c = &counter{LM: untrained()}
	generate(t, c, [][]int32{int32s(letters.Encode("abcdefghij"))}, Options{MaxTokens: 4, Temperature: 1, Samples: 8, Rows: 8})
	if c.calls != 1+4 {
		t.Errorf("%d calls of the model for 8 samples of 4 tokens, want one to read the prompt and 4 more: %v", c.calls, c.rows)
	}
}

// Many long prompts are read in several calls, none of which takes much memory or keeps an interrupt waiting.
func TestCallsAreBounded(t *testing.T) {
	c := &counter{LM: untrained()}
	var prompts [][]int32
	for i := range 100 {
		prompts = append(prompts, int32s([]int{i % 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, i / 20}))
	}
	generate(t, c, prompts, Options{MaxTokens: 1, Rows: 100})
	if c.widest > callTokens || c.widest < callTokens/2 {
		t.Errorf("the widest call reads %d tokens, want at most %d and no few", c.widest, callTokens)
	}
}

func TestReasons(t *testing.T) {
	m := untrained()
	full := generate(t, m, [][]int32{{3}}, Options{MaxTokens: 100})[0]
	if full.Reason != ContextFull || len(full.Tokens) != m.Context() {
		t.Errorf("%q after %d tokens of a prompt of 1, want %q after %d", full.Reason, len(full.Tokens), ContextFull, m.Context())
	}
	last := int(full.Tokens[5])
	n := slices.Index(full.Tokens, int32(last)) + 1
	r := generate(t, m, [][]int32{{3}}, Options{MaxTokens: 100, EOS: []int{last}})[0]
	if r.Reason != EndOfSequence || !slices.Equal(r.Tokens, full.Tokens[:n]) || r.Text != full.Text[:n-1] {
		t.Errorf("with token %d as the end: %+v, want %v without it in the text", last, r, full.Tokens[:n])
	}
	r = generate(t, m, [][]int32{{3}}, Options{MaxTokens: 100, Stop: []string{full.Text[2:5]}})[0]
	if at := strings.Index(full.Text, full.Text[2:5]); r.Reason != StopString || r.Text != full.Text[:at] || len(r.Tokens) != at+3 {
		t.Errorf("with %q as the end: %+v", full.Text[2:5], r)
	}
	long := generate(t, m, [][]int32{make([]int32, 17), {3}, make([]int32, 16)}, Options{MaxTokens: 3})
	if got := fmt.Sprint(long[0].Reason, len(long[0].Tokens), long[1].Reason, len(long[1].Tokens), long[2].Reason, len(long[2].Tokens)); got != "context0length3context1" {
		t.Errorf("prompts of 17, 1 and 16 tokens in a context of 16: %s", got)
	}
}

func TestLogProbs(t *testing.T) {
	logits := []float32{1, 3, 2, 0, -1, 99} // the last has no id
	none := math.Inf(-1)
	for name, c := range map[string]struct {
		o    Options
		want []float64
	}{
		"plain":   {Options{Temperature: 1}, soft(1, 1, 3, 2, 0, -1)},
		"hot":     {Options{Temperature: 2}, soft(2, 1, 3, 2, 0, -1)},
		"top 2":   {Options{Temperature: 1, TopK: 2}, soft(1, none, 3, 2, none, none)},
		"nucleus": {Options{Temperature: 1, TopP: 0.8}, soft(1, none, 3, 2, none, none)},
		"both":    {Options{Temperature: 1, TopK: 3, TopP: 0.9}, soft(1, none, 3, 2, none, none)},
		"greedy":  {Options{}, soft(1, 1, 3, 2, 0, -1)},
	} {
		s := sampler{o: c.o, size: 5}
		for i := range 200 {
			id, p, err := s.token(logits, tensorlib.NewRand(1).Split(uint64(i)), nil)
			if err != nil || math.Abs(p-math.Log(c.want[id])) > 1e-12 {
				t.Fatalf("%s: token %d has log-probability %v, want %v (%v)", name, id, p, math.Log(c.want[id]), err)
			}
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	for want, f := range map[string]func() ([]Result, error){
		"prompt 1: it has no tokens": func() ([]Result, error) { return Generate(t.Context(), untrained(), [][]int32{{1}, {}}, Options{}) },
		"token 77 at position 1":     func() ([]Result, error) { return Generate(t.Context(), untrained(), [][]int32{{1, 77}}, Options{}) },
		"need Options.Tokenizer": func() ([]Result, error) {
			return Generate(t.Context(), untrained(), [][]int32{{1}}, Options{Stop: []string{"a"}})
		},
		"eos 99 is not in": func() ([]Result, error) { return Generate(t.Context(), untrained(), nil, Options{EOS: []int{99}}) },
		"2 numbers for 1 prompts": func() ([]Result, error) {
			return Generate(t.Context(), untrained(), [][]int32{{1}}, Options{Numbers: []int{1, 2}})
		},
		"prompt 1: the prompt has characters": func() ([]Result, error) { return Texts(untrained(), letters, []string{"a", "A"}, Options{}) },
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if r, err := Generate(t.Context(), untrained(), nil, Options{}); err != nil || len(r) != 0 {
		t.Errorf("of no prompts: %v, %v", r, err)
	}
}

// canceller ends a context in the middle of its calls.
type canceller struct {
	models.LM
	left   int
	cancel func()
}

func (c *canceller) Next(tokens *tensorlib.Tensor, lengths []int, cache models.Cache) *tensorlib.Tensor {
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return c.LM.Next(tokens, lengths, cache)
}

// When its context ends, Generate makes no further call of the model and returns what there is. It has no goroutines to leave behind.
func TestGenerateStops(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	c := &canceller{untrained(), 3, cancel}
	r, err := Generate(ctx, c, [][]int32{{1}, {2}, {3}}, Options{MaxTokens: 3, Rows: 2, Tokenizer: letters})
	if !errors.Is(err, context.Canceled) || c.left != 0 {
		t.Errorf("%v after the context's end, and %d further calls", err, -c.left)
	}
	if got := fmt.Sprint(r[0].Reason, len(r[0].Text), r[1].Reason, len(r[1].Text), r[2].Reason, len(r[2].Text)); got != "length3length30" {
		t.Errorf("results %s", got)
	}
	c.left = 2
	ctx, cancel = context.WithCancel(t.Context())
	c.cancel = cancel
	r, _ = Generate(ctx, c, [][]int32{{1}, {2}, {3}}, Options{MaxTokens: 3, Rows: 2, Tokenizer: letters})
	if r[1].Reason != "" || len(r[1].Text) != 2 {
		t.Errorf("an interrupted result: %+v", r[1])
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func TestDone(t *testing.T) {
	var got []Result
	want := generate(t, untrained(), ragged(), Options{MaxTokens: 5, Rows: 3, Done: func(r Result) { got = append(got, r) }})
	slices.SortFunc(got, func(a, b Result) int { return a.Prompt - b.Prompt })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("as they ended %v, all together %v", got, want)
	}
}
