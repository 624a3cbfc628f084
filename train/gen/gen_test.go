package gen

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/tensorlib"
)

var letters = tokenizer.NewChar("\n abcdefghijklmnopqrstuvwxyz")

// untrained is a model whose weights are large enough that its distributions are not flat.
func untrained() *gpt.Model {
	m := gpt.New(gpt.Config{Vocab: letters.Size() + 3, Context: 16, Layers: 2, Heads: 2, Embed: 16}, 5)
	for _, p := range m.Params() {
		if p.Value.Rank() == 2 {
			p.Value.ScaleInPlace(8)
		}
	}
	return m
}

func write(t *testing.T, prompt string, o Options) string {
	t.Helper()
	s, err := Text(untrained(), letters, prompt, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSameSeedGivesTheSameText(t *testing.T) {
	o := Options{MaxTokens: 60, Temperature: 1, Seed: 3}
	a := write(t, "hello", o)
	if b := write(t, "hello", o); a != b {
		t.Errorf("twice: %q and %q", a, b)
	}
	if len(a) != 60 {
		t.Errorf("%d characters, want 60", len(a))
	}
	o.Seed = 4
	if b := write(t, "hello", o); a == b {
		t.Error("another seed gives the same text")
	}
}

// The cache changes nothing: each token is the likeliest after a forward pass over everything.
func TestGreedyEqualsForward(t *testing.T) {
	m := untrained()
	r, err := Stream(t.Context(), m, letters, "abc", Options{MaxTokens: 13}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := append(int32s(letters.Encode("abc")), r.Tokens...)
	for i := 3; i < len(ids); i++ {
		row := m.Forward(models.Batch{Tokens: tensorlib.New(ids[:i], 1, i)}).Select(1, -1).Float32s()[:letters.Size()]
		if want := int32(slices.Index(row, slices.Max(row))); ids[i] != want {
			t.Errorf("token %d is %d, the likeliest is %d", i, ids[i], want)
		}
	}
}

// Beyond the context the model goes on from the newer half, and a prompt longer than it is cut.
func TestLongerThanTheContext(t *testing.T) {
	m := untrained()
	r, err := Stream(t.Context(), m, letters, strings.Repeat("abc ", 10), Options{MaxTokens: 100}, nil)
	if err != nil || len(r.Tokens) != 100 || r.Reason != "length" {
		t.Fatalf("%+v, %v", r, err)
	}
	ids := append(int32s(letters.Encode(strings.Repeat("abc ", 10))), r.Tokens...)
	row := m.Forward(models.Batch{Tokens: tensorlib.New(ids[24:40], 1, 16)}).Select(1, -1).Float32s()[:letters.Size()]
	if want := int32(slices.Index(row, slices.Max(row))); ids[40] != want {
		t.Errorf("the first token is %d, want %d, the likeliest after the last 16 of the prompt", ids[40], want)
	}
	row = m.Forward(models.Batch{Tokens: tensorlib.New(ids[33:41], 1, 8)}).Select(1, -1).Float32s()[:letters.Size()]
	if want := int32(slices.Index(row, slices.Max(row))); ids[41] != want {
		t.Errorf("the second token is %d, want %d, the likeliest after the last 8", ids[41], want)
	}
}

func TestStop(t *testing.T) {
	o := Options{MaxTokens: 40, Temperature: 1.5, Seed: 9}
	full := write(t, "abc", o)
	stop := full[10:13]
	at := strings.Index(full, stop)
	o.Stop = []string{"#never#", stop}
	var pieces []string
	r, err := Stream(t.Context(), untrained(), letters, "abc", o, func(p string) { pieces = append(pieces, p) })
	if err != nil || r.Reason != "stop" || r.Text != full[:at] {
		t.Errorf("%+v, %v; want %q", r, err, full[:at])
	}
	if s := strings.Join(pieces, ""); s != r.Text {
		t.Errorf("streamed %q, returned %q", s, r.Text)
	}
}

func TestWriterHoldsBackWhatIsNotCertain(t *testing.T) {
	var got []string
	w := writer{stops: []string{"END", "N!"}, on: func(p string) { got = append(got, p) }}
	for _, p := range []string{"a\xe6", "\x97", "\xa5b", "E", "N", "x", "E", "ND"} {
		if w.add(p) {
			got = append(got, "stop")
		}
	}
	if s := w.finish(); s != "a日bENx" {
		t.Errorf("text %q", s)
	}
	if want := []string{"a", "日b", "ENx", "stop"}; !slices.Equal(got, want) {
		t.Errorf("pieces %q, want %q", got, want)
	}
	broken := writer{on: func(string) {}}
	broken.add("\xe6\x97")
	if s := broken.finish(); s != "\xe6\x97" {
		t.Errorf("half a character at the end became %q", s)
	}
}

// frequencies draws 20,000 tokens from fixed logits.
func frequencies(t *testing.T, o Options, seen ...int) []float64 {
	t.Helper()
	logits := []float32{1, 3, 2, 0, -1, 99} // the last has no id
	s := sampler{o: o, size: 5}
	said := map[int]bool{}
	for _, id := range seen {
		said[id] = true
	}
	f := make([]float64, 5)
	const n = 20_000
	for i := range n {
		id, _, err := s.token(logits, tensorlib.NewRand(o.Seed).Split(uint64(i)), said)
		if err != nil {
			t.Fatal(err)
		}
		f[id] += 1.0 / n
	}
	return f
}

// soft is the distribution of logits at a temperature.
func soft(temperature float64, logits ...float64) []float64 {
	sum := 0.0
	p := make([]float64, len(logits))
	for i, l := range logits {
		p[i] = math.Exp(l / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func TestDistribution(t *testing.T) {
	none := math.Inf(-1)
	for _, c := range []struct {
		name string
		o    Options
		seen []int
		want []float64
	}{
		{"plain", Options{Temperature: 1}, nil, soft(1, 1, 3, 2, 0, -1)},
		{"hot", Options{Temperature: 2}, nil, soft(2, 1, 3, 2, 0, -1)},
		{"top 2", Options{Temperature: 1, TopK: 2}, nil, soft(1, none, 3, 2, none, none)},
		{"top 1", Options{Temperature: 1, TopK: 1}, nil, soft(1, none, 3, none, none, none)},
		{"nucleus", Options{Temperature: 1, TopP: 0.8}, nil, soft(1, none, 3, 2, none, none)}, // 0.636 + 0.234
		{"nucleus of one", Options{Temperature: 1, TopP: 0.01}, nil, soft(1, none, 3, none, none, none)},
		{"penalty", Options{Temperature: 1, Penalty: 2}, []int{1, 4}, soft(1, 1, 1.5, 2, 0, -2)},
		{"greedy", Options{}, nil, soft(1, none, 3, none, none, none)},
		{"greedy with penalty", Options{Penalty: 2}, []int{1}, soft(1, none, none, 2, none, none)},
	} {
		got := frequencies(t, c.o, c.seen...)
		for id := range got {
			if math.Abs(got[id]-c.want[id]) > 0.015 {
				t.Errorf("%s: token %d comes with frequency %.3f, want %.3f", c.name, id, got[id], c.want[id])
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	m := untrained()
	for want, f := range map[string]func() error{
		`never seen: "A1"`:          func() error { _, err := Text(m, letters, "A1A", Options{}); return err },
		"temperature is -1, want 0": func() error { _, err := Text(m, letters, "", Options{Temperature: -1}); return err },
		"topP is 2, want":           func() error { _, err := Text(m, letters, "", Options{Temperature: -1, TopP: 2}); return err },
		`stop[0] is ""`:             func() error { _, err := Text(m, letters, "", Options{Stop: []string{""}}); return err },
		"do not belong together": func() error {
			big, err := tokenizer.TrainBPE("x", 256)
			if err != nil {
				return err
			}
			_, err = Text(m, big, "", Options{})
			return err
		},
		"not finite": func() error {
			broken := untrained()
			broken.Norm.Weight.CopyFrom(tensorlib.Full(math.NaN(), 16))
			_, err := Text(broken, letters, "a", Options{})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	r, err := Stream(ctx, untrained(), letters, "a", Options{MaxTokens: 1000}, func(string) {
		if n++; n == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(r.Text) != 5 {
		t.Errorf("%+v, %v; want what there was after 5 tokens", r, err)
	}
}

func TestEmptyPromptIsANewLine(t *testing.T) {
	o := Options{MaxTokens: 10}
	if a, b := write(t, "", o), write(t, "\n", o); a != b {
		t.Errorf("%q after nothing, %q after a new line", a, b)
	}
}
