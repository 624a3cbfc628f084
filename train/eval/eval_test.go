package eval

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train/gen"
)

var letters = tokenizer.NewChar("\n abcdefghijklmnopqrstuvwxyz0123456789+=?.-ABCD")

// scripted is a model whose logits are a function of what it has read.
type scripted struct {
	models.LM
	logits func(read string) []float32
}

// parrot continues what it has read as the first of the texts that begin with it does; else it says "?".
func parrot(texts ...string) scripted {
	return scripted{logits: func(read string) []float32 {
		next := "?"
		for _, t := range slices.Backward(texts) {
			if rest, ok := strings.CutPrefix(t, read); ok && rest != "" {
				next = rest[:1]
			}
		}
		l := make([]float32, letters.Size())
		l[letters.Encode(next)[0]] = 5
		return l
	}}
}

func (scripted) Eval()        {}
func (scripted) Vocab() int   { return letters.Size() }
func (scripted) Context() int { return 40 }

func (scripted) NewCache(rows int) models.Cache { return &memory{make([][]int32, rows)} }

// memory is a cache that keeps the tokens themselves.
type memory struct{ rows [][]int32 }

func (m *memory) Lens() (lens []int) {
	for _, r := range m.rows {
		lens = append(lens, len(r))
	}
	return lens
}

func (m *memory) Truncate(row, n int) { m.rows[row] = m.rows[row][:n:n] }
func (m *memory) Copy(dst, src int)   { m.rows[dst] = slices.Clone(m.rows[src]) }

func text(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(letters.Decode([]int{int(id)}))
	}
	return b.String()
}

func (s scripted) Next(tokens *tensorlib.Tensor, lengths []int, c models.Cache) *tensorlib.Tensor {
	B, T := tokens.Dim(0), tokens.Dim(1)
	ids := tokens.To(tensorlib.Int64).Int64s()
	var out []float32
	for b := range B {
		row := &c.(*memory).rows[b]
		for _, id := range ids[b*T:][:lengths[b]] {
			*row = append(*row, int32(id))
		}
		out = append(out, s.logits(text(*row))...)
	}
	return tensorlib.New(out, B, s.Vocab())
}

func (s scripted) Forward(b models.Batch) *tensorlib.Tensor {
	B, T := b.Tokens.Dim(0), b.Tokens.Dim(1)
	ids := b.Tokens.To(tensorlib.Int64).Int64s()
	var out []float32
	for row := range B {
		var read []int32
		for _, id := range ids[row*T:][:T] {
			read = append(read, int32(id))
			out = append(out, s.logits(text(read))...)
		}
	}
	return tensorlib.New(out, B, T, s.Vocab())
}

func ask(t *testing.T, m models.LM, questions []Question, o Options) []Answer {
	t.Helper()
	a, err := Ask(t.Context(), m, letters, questions, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Hand-worked: of six answers two are right.
func TestWrittenAnswers(t *testing.T) {
	m := parrot("1+1=2\n", "2+2=4\n", "3+3=7\n", "say=\n", "long=abcdefghijkl\n")
	questions := []Question{
		{Prompt: "1+1=", Expected: "2", Group: "sum"},
		{Prompt: "2+2=", Expected: " 4 ", Group: "sum"}, // white space does not count
		{Prompt: "3+3=", Expected: "6", Group: "sum"},
		{Prompt: "say=", Expected: "a", Group: "word"},              // an empty answer
		{Prompt: "é", Expected: "e", Group: "word"},                 // no such character
		{Prompt: strings.Repeat("a", 40), Expected: "a"},            // fills the context
		{Prompt: "long=", Expected: "abcdefghijklm", Group: "word"}, // only its beginning
	}
	n := 0
	o := Options{Generation: gen.Options{Stop: []string{"\n"}, Rows: 2}, Answered: func(k int) { n += k }}
	answers := ask(t, m, questions, o)
	var got []string
	for _, a := range answers {
		got = append(got, strings.TrimSpace(a.Completion)+"/"+a.Reason)
		if want := a.Question < 2; a.Correct != want {
			t.Errorf("answer %+v is counted as correct: %v", a, a.Correct)
		}
	}
	want := []string{"2/stop", "4/stop", "7/stop", "/stop", "/unreadable", "/unreadable", "abcdefghijkl/stop"}
	if !slices.Equal(got, want) || n != len(questions) {
		t.Errorf("answers %q, want %q; told of %d", got, want, n)
	}
	metrics := Metrics(answers)
	low, high := Wilson(2.0/7, 7)
	for name, want := range map[string]float64{
		"exactMatch": 2.0 / 7, "exactMatch/sum": 2.0 / 3, "exactMatch/word": 0, "questions": 7, "unreadable": 2,
		"exactMatchLow": low, "exactMatchHigh": high, "interval": (high - low) / 2,
	} {
		if metrics[name] != want {
			t.Errorf("%s is %v, want %v", name, metrics[name], want)
		}
	}
	if len(metrics) != 8 {
		t.Errorf("metrics %v", metrics)
	}
}

// Of two choices the longer one has the lower sum and the higher mean.
func TestChoices(t *testing.T) {
	m := scripted{logits: func(read string) []float32 {
		l := make([]float32, letters.Size())
		for i := range l {
			l[i] = -20
		}
		put := func(c string, p float64) { l[letters.Encode(c)[0]] = float32(math.Log(p)) }
		switch {
		case strings.HasSuffix(read, "q"):
			put("a", 0.5)
			put("b", 0.4)
			put("c", 0.1)
		case strings.HasSuffix(read, "b"):
			put("b", 0.9)
			put("\n", 0.1)
		default:
			put("\n", 1)
		}
		return l
	}}
	q := []Question{
		{Prompt: "q", Choices: []string{"a", "bb"}, Expected: "bb"}, // log .5 = -.693; log .36 = -1.022, -.511 a token
		{Prompt: "q", Choices: []string{"c", "a"}, Expected: "a", Group: "easy"},
		{Prompt: "q", Choices: []string{"é", "a"}, Expected: "a"},
	}
	a := ask(t, m, q, Options{})
	if x := a[0]; x.Correct || x.Completion != "a" || !reflect.DeepEqual(x.By, map[Normalize]bool{Raw: false, PerByte: true, PerToken: true}) {
		t.Errorf("by sums: %+v, want a", x)
	}
	if s := a[0].Scores; math.Abs(s[0]-math.Log(0.5)) > 1e-6 || math.Abs(s[1]-math.Log(0.36)) > 1e-6 {
		t.Errorf("scores %v, want log .5 and log .36", s)
	}
	if a[2].Reason != Unreadable || a[2].Correct {
		t.Errorf("a choice without tokens: %+v", a[2])
	}
	metrics := Metrics(a)
	for name, want := range map[string]float64{
		"accuracy": 1.0 / 3, "accuracyRaw": 1.0 / 3, "accuracyPerByte": 2.0 / 3, "accuracyPerToken": 2.0 / 3, "accuracy/easy": 1, "unreadable": 1,
	} {
		if metrics[name] != want {
			t.Errorf("%s is %v, want %v", name, metrics[name], want)
		}
	}
	if a := ask(t, m, q, Options{Normalize: PerToken}); !a[0].Correct || a[0].Completion != "bb" {
		t.Errorf("by means: %+v, want bb", a[0])
	}
}

func TestSeveralSamples(t *testing.T) {
	m := scripted{logits: func(string) []float32 { return make([]float32, letters.Size()) }}
	o := Options{Generation: gen.Options{Samples: 50, Temperature: 1, MaxTokens: 1}}
	q := []Question{{Prompt: "a", Expected: "a"}, {Prompt: "a", Expected: "no"}}
	a := ask(t, m, q, o)
	metrics := Metrics(a)
	right := 0
	for _, x := range a[:50] {
		if x.Correct {
			right++
		}
	}
	if right == 0 || metrics["exactMatch"] != float64(right)/100 || metrics["passAtSamples"] != 0.5 || metrics["questions"] != 2 {
		t.Errorf("%d of 50 right, metrics %v", right, metrics)
	}
	o.Generation.Numbers = []int{0, 1}
	for i, part := range q { // questions that keep their numbers have the same answers in parts
		o.Generation.Numbers = []int{i}
		for j, x := range ask(t, m, []Question{part}, o) {
			if x.Question != i || x.Completion != a[50*i+j].Completion {
				t.Errorf("question %d, sample %d, alone: %q, with others %q", i, j, x.Completion, a[50*i+j].Completion)
			}
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		match            Match
		answer, expected string
		right            bool
	}{
		{Exact, "4", "4", true},
		{"", " 4\n", "4", true},
		{Exact, "4.", "4", false},
		{Exact, "", "4", false},
		{Contains, "it is 42!", "42", true},
		{Contains, "", "42", false}, // an empty answer stands in every text
		{Contains, "4", "42", false},
		{Contains, "anything", "", false},
		{Number, "so she has 1,000.50 left", "#### 1000.5", true},
		{Number, "3 + 4 = 7", "7", true},
		{Number, "#### 18\nSo 3 more", "3", true},
		{Number, "12-5", "5", true},
		{Number, "it is -5", "-5", true},
		{Number, "it is -5", "5", false},
		{Number, "-.5", "-0.50", true},
		{Number, "$18.", "18", true},
		{Number, "18元", "18", true},
		{Number, "I do not know", "18", false}, // what does not parse is wrong
		{Number, "####", "18", false},
		{Number, "5 ####", "5", false},
		{Number, "18", "eighteen", false},
	} {
		if got := c.match.Right(c.answer, c.expected); got != c.right {
			t.Errorf("%s: %q for %q is right: %v, want %v", c.match, c.answer, c.expected, got, c.right)
		}
	}
}

func TestWilson(t *testing.T) {
	for _, c := range []struct {
		share     float64
		n         int
		low, high float64
	}{ // statsmodels.stats.proportion.proportion_confint(method="wilson")
		{0, 10, 0, 0.2775328},
		{1, 10, 0.7224672, 1},
		{0.5, 10, 0.2365931, 0.7634069},
		{0.9, 100, 0.8256343, 0.9447708},
		{0, 0, 0, 1},
	} {
		low, high := Wilson(c.share, c.n)
		if math.Abs(low-c.low) > 1e-6 || math.Abs(high-c.high) > 1e-6 {
			t.Errorf("Wilson(%v, %d) = %v, %v, want %v, %v", c.share, c.n, low, high, c.low, c.high)
		}
	}
}

func TestAskRefuses(t *testing.T) {
	m := parrot()
	for want, c := range map[string]struct {
		q Question
		o Options
	}{
		"question 0: the expected answer is empty": {Question{Prompt: "a", Expected: " "}, Options{}},
		"has no number":                    {Question{Prompt: "a", Expected: "b"}, Options{Match: Number}},
		"none of its choices":              {Question{Prompt: "a", Expected: "b", Choices: []string{"c"}}, Options{}},
		`match is "fuzzy", want one of`:    {Question{Prompt: "a", Expected: "b"}, Options{Match: "fuzzy"}},
		`normalize is "none", want one of`: {Question{Prompt: "a", Expected: "b"}, Options{Normalize: "none"}},
		"temperature is -1":                {Question{Prompt: "a", Expected: "b"}, Options{Generation: gen.Options{Temperature: -1}}},
	} {
		if _, err := Ask(t.Context(), m, letters, []Question{c.q}, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	short := Options{Generation: gen.Options{Numbers: []int{1, 2}}}
	if _, err := Ask(t.Context(), m, letters, []Question{{Prompt: "a", Expected: "b"}}, short); err == nil || !strings.Contains(err.Error(), "2 numbers for 1 questions") {
		t.Errorf("with too many numbers: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, q := range []Question{{Prompt: "a", Expected: "b"}, {Prompt: "a", Expected: "b", Choices: []string{"b"}}} {
		if _, err := Ask(ended, m, letters, []Question{q}, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("after the context's end: %v", err)
		}
	}
}
