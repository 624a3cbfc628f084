package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/spec"
)

func chatTokenizer(t *testing.T) tokenizer.Tokenizer {
	t.Helper()
	var text strings.Builder
	text.WriteString("\n")
	for r := ' '; r < 127; r++ {
		text.WriteString(string(r))
	}
	tok, err := tokenizer.Add(tokenizer.NewChar(text.String()), tokenizer.ChatTokens(), tokenizer.Config{PAD: tokenizer.End, EOS: tokenizer.End})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// pairs are n examples of several lengths.
func pairs(n int) []Example {
	var all []Example
	for i := range n {
		all = append(all, Pair(fmt.Sprintf("q%d%s", i, strings.Repeat("?", i%7)), strings.Repeat("a", 1+i%5)+fmt.Sprint(i)))
	}
	return all
}

func instructions(t *testing.T, train, val []Example, o InstructionOptions) *Instructions {
	t.Helper()
	d, err := NewInstructions(train, val, chatTokenizer(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inRow reads the examples back from row r of a batch, as texts with what is trained in brackets.
func inRow(t *testing.T, b SFTBatch, r, T int) []string {
	t.Helper()
	tok := chatTokenizer(t)
	var out []string
	var s strings.Builder
	for i := r * T; i < (r+1)*T; i++ {
		pad := b.Tokens[i] == 0 && b.Positions[i] == 0 && b.Targets[i] == Ignore && int(b.First[i]) == i%T
		if b.Positions[i] == 0 && s.Len() > 0 {
			out = append(out, s.String())
			s.Reset()
		}
		if pad {
			continue
		}
		if want := i%T - int(b.Positions[i]); int(b.First[i]) != want {
			t.Errorf("row %d, token %d: First is %d, its example begins at %d", r, i%T, b.First[i], want)
		}
		if s.Len() == 0 {
			s.WriteString(tok.Decode([]int{int(b.Tokens[i])}))
		} else if b.Targets[i-1] == Ignore {
			s.WriteString(tok.Decode([]int{int(b.Tokens[i])}))
		}
		if b.Targets[i] != Ignore {
			s.WriteString("[" + tok.Decode([]int{int(b.Targets[i])}) + "]")
		}
	}
	if s.Len() > 0 {
		out = append(out, s.String())
	}
	return out
}

// laid is how inRow shows a pair.
func laid(e Example) string {
	var s strings.Builder
	s.WriteString("<|user|>" + e.Messages[0].Content + "<|end|><|assistant|>")
	for _, c := range e.Response() {
		s.WriteString("[" + string(c) + "]")
	}
	return s.String() + "[<|end|>]"
}

func TestAnEpochHasEachExampleOnce(t *testing.T) {
	const n, T, B = 57, 40, 4
	train := pairs(n)
	d := instructions(t, train, nil, InstructionOptions{Context: T})
	want := map[string]bool{}
	for _, e := range train {
		want[laid(e)] = true
	}
	for _, pack := range []bool{true, false} {
		var orders [2]string
		seen := map[string]int{}
		rows := 0
		for step := 0; len(seen) < n || rows < 2*d.plans.get(planKey{"train", 3, T, pack, false}, d.train).rows(0); step++ {
			b := d.Batch("train", 3, step, B, T, pack)
			trained, total := 0, 0
			for r := range B {
				examples := inRow(t, b, r, T)
				if !pack && len(examples) != 1 {
					t.Fatalf("unpacked row with %q", examples)
				}
				for _, s := range examples {
					if !want[s] {
						t.Fatalf("pack %t: %q is no example", pack, s)
					}
					epoch := seen[s]
					for other := range want {
						if seen[other] < epoch {
							t.Fatalf("pack %t: %q comes again before %q has come", pack, s, other)
						}
					}
					seen[s]++
					if epoch < 2 {
						orders[epoch] += s
					}
				}
				rows++
			}
			for i := range b.Targets {
				if b.Targets[i] != Ignore {
					trained++
				}
			}
			for _, c := range b.Positions {
				total += min(1, int(c))
			}
			if trained != b.Trained || b.Total <= total {
				t.Errorf("Trained is %d, want %d; Total is %d", b.Trained, trained, b.Total)
			}
		}
		if orders[0] == orders[1] {
			t.Errorf("pack %t: two epochs have one order", pack)
		}
	}
}

func TestPackingFillsRows(t *testing.T) {
	d := instructions(t, pairs(400), nil, InstructionOptions{Context: 128})
	total := 0
	steps := d.StepsPerEpoch("train", 1, 8, 128, true)
	for step := range steps {
		total += d.Batch("train", 1, step, 8, 128, true).Total
	}
	if share := float64(total) / float64(steps*8*128); share < 0.9 {
		t.Errorf("packed rows are %.0f%% full", 100*share)
	}
}

func TestABatchIsAPureFunctionOfSeedAndStep(t *testing.T) {
	a, b := instructions(t, pairs(50), nil, InstructionOptions{}), instructions(t, pairs(50), nil, InstructionOptions{})
	for step := range 40 {
		a.Batch("train", 5, step, 3, 64, true)
	}
	if !reflect.DeepEqual(a.Batch("train", 5, 33, 3, 64, true), b.Batch("train", 5, 33, 3, 64, true)) {
		t.Error("a batch depends on those that were read before")
	}
	if reflect.DeepEqual(a.Batch("train", 5, 1, 3, 64, true), a.Batch("train", 6, 1, 3, 64, true)) {
		t.Error("two seeds give one batch")
	}
}

func TestEvalHasEachValExampleOnce(t *testing.T) {
	val := pairs(23)
	d := instructions(t, pairs(3), val, InstructionOptions{})
	for _, pack := range []bool{true, false} {
		var got []string
		for i := range d.EvalBatches("val", 4, 50, pack) {
			b := d.EvalBatch("val", i, 4, 50, pack)
			for r := range len(b.Tokens) / 50 {
				got = append(got, inRow(t, b, r, 50)...)
			}
		}
		var want []string
		for _, e := range val {
			want = append(want, laid(e))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("pack %t: got %q\nwant %q", pack, got, want)
		}
	}
}

// No target is a token of the next example, and no padding counts, though the padding's token is EOS elsewhere (trl#3200).
func TestTargetsStayInTheirExample(t *testing.T) {
	d := instructions(t, pairs(5), nil, InstructionOptions{})
	tok := chatTokenizer(t)
	end, _ := tokenizer.ID(tok, tokenizer.End)
	ends := 0
	b := d.Batch("train", 1, 0, 1, 300, true)
	for i, target := range b.Targets {
		if int(target) == end {
			ends++
		}
		if i+1 < len(b.Tokens) && b.Positions[i+1] > 0 && target != Ignore && target != b.Tokens[i+1] {
			t.Errorf("target %d is %d, the next token %d", i, target, b.Tokens[i+1])
		}
	}
	if ends != 5 {
		t.Errorf("%d ends of answers are trained, want 5", ends)
	}
}

func TestLongRows(t *testing.T) {
	long := Pair("abcdefghijklmnop", "yes")
	for _, c := range []struct {
		o    InstructionOptions
		want Report
	}{
		{InstructionOptions{Context: 12}, Report{Truncated: 1}},
		{InstructionOptions{Context: 12, DropLong: true}, Report{Long: 1}},
		{InstructionOptions{Context: 3}, Report{Long: 1, Truncated: 1}}, // of the first, the answer remains
	} {
		d, err := NewInstructions([]Example{Pair("q", "a"), long}, nil, chatTokenizer(t), c.o)
		if err != nil {
			t.Fatal(err)
		}
		r := d.Report()
		if r.Truncated != c.want.Truncated || r.Long != c.want.Long || r.Train != 2-c.want.Long {
			t.Errorf("%+v: report %+v", c.o, r)
		}
		if c.want.Long == 0 {
			b := d.EvalBatch("train", 1, 1, 12, false)
			if got := inRow(t, b, 0, 12); !slices.Equal(got, []string{"jklmnop<|end|><|assistant|>[y][e][s][<|end|>]"}) {
				t.Errorf("the truncated row is %q", got)
			}
		}
	}
}

func TestRowsOfAFile(t *testing.T) {
	path := write(t, "rows.jsonl", strings.Join([]string{
		`{"prompt": "p1", "response": "r1", "kind": "k"}`,
		``,
		`{"prompt": "p2", "completion": "r2", "system": "s"}`,
		`{"messages": [{"role": "user", "content": [{"type": "text", "text": "p"}, {"type": "text", "text": "3"}]}, {"role": "assistant", "content": "r3"}]}`,
		`{"conversations": [{"from": "human", "value": "p4"}, {"from": "gpt", "value": "r4"}]}`,
		`{"instruction": "p", "input": "5", "output": "r5"}`,
		`{"prompt": [{"role": "user", "content": "p6"}], "completion": [{"role": "assistant", "content": "r6"}]}`,
		`{"prompt": "p7"}`,
		`nonsense`,
		`{"messages": [{"content": "x"}]}`,
		`{"prompt": "` + "\xff" + `", "response": "r"}`,
		`{"prompt": "p8", "response": ""}`,
	}, "\n"))
	d := spec.Instructions{Source: path, Train: 0.999, Skip: true}
	x, err := ReadExamples(d, "")
	if err != nil {
		t.Fatal(err)
	}
	pair := func(p, r string) []chat.Message { return Pair(p, r).Messages }
	want := [][]chat.Message{
		pair("p1", "r1"), append([]chat.Message{{Role: "system", Content: "s"}}, pair("p2", "r2")...), pair("p3", "r3"), pair("p4", "r4"),
		pair("p\n5", "r5"), pair("p6", "r6"), pair("p8", ""),
	}
	var got [][]chat.Message
	for _, e := range x.Train {
		got = append(got, e.Messages)
	}
	if !reflect.DeepEqual(got, want) || x.Train[0].Kind != "k" {
		t.Errorf("rows\n%v\nwant\n%v", got, want)
	}
	if r := x.Report; r.Rows != 11 || r.Skipped != 4 || len(r.Reasons) != 4 || !strings.HasPrefix(r.Reasons[0], "rows.jsonl:8: it has neither") ||
		!strings.HasPrefix(r.Reasons[1], "rows.jsonl:9: not a row") || !strings.Contains(r.Reasons[2], "no role") || !strings.Contains(r.Reasons[3], "UTF-8") {
		t.Errorf("report %+v", r)
	}
	inst, err := LoadInstructions(path, chatTokenizer(t), InstructionOptions{Train: 0.999, Skip: true})
	if err != nil {
		t.Fatal(err)
	}
	if r := inst.Report(); r.Train != 6 || r.Empty != 1 || r.Dropped() != 5 || r.TrainedShare() < 0.1 || r.TrainedShare() > 0.4 {
		t.Errorf("report %+v", r)
	}
	d.Skip = false
	if _, err := ReadExamples(d, ""); err == nil || !strings.Contains(err.Error(), "row 8") || !strings.Contains(err.Error(), "set skip") {
		t.Errorf("without skip: %v", err)
	}
	d.MaxRows = 3
	if x, err := ReadExamples(d, ""); err != nil || x.Report.Rows != 3 {
		t.Errorf("with 3 rows: %v, %v", x, err)
	}
}

func TestTheSplitIsAFunctionOfThePrompt(t *testing.T) {
	held := 0
	for i, e := range pairs(2000) {
		other := Pair(e.Messages[0].Content, fmt.Sprint("another answer ", i))
		if e.held(0.9) != other.held(0.9) {
			t.Fatalf("%v is on another side with another answer", e)
		}
		if e.held(0.9) {
			held++
		}
	}
	if held < 150 || held > 250 {
		t.Errorf("%d of 2000 are held out, want about 200", held)
	}
}

func TestPrepareInstructions(t *testing.T) {
	tok, cache := chatTokenizer(t), t.TempDir()
	d := spec.Instructions{Source: write(t, "rows.jsonl", `{"prompt":"a","response":"b"}`+"\n"+`{"prompt":"c","response":"d"}`+"\n"), Train: 0.999}
	dir, err := PrepareInstructions(d, tok, 32, "", cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenInstructions(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	want, err := LoadInstructions(d.Source, tok, InstructionOptions{Context: 32, Train: 0.999})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Batch("train", 1, 2, 3, 32, true), want.Batch("train", 1, 2, 3, 32, true)) || !reflect.DeepEqual(got.Report(), want.Report()) {
		t.Error("instructions differ between memory and files")
	}
	if got.EvalBatches("val", 4, 32, true) != 0 {
		t.Error("there is nothing held out, but batches of it")
	}
	if again, err := PrepareInstructions(d, tok, 32, "", cache, nil); err != nil || again != dir {
		t.Errorf("again: %s, %v, want %s", again, err, dir)
	}
	if other, err := PrepareInstructions(d, tok, 33, "", cache, nil); err != nil || other == dir {
		t.Errorf("with another context: %s, %v", other, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "train-starts.arrow"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenInstructions(dir); err == nil || !strings.Contains(err.Error(), "train-starts") {
		t.Errorf("Open of a damaged directory: %v", err)
	}
	var warned string
	if _, err := PrepareInstructions(d, tok, 32, "", cache, func(s string) { warned = s }); err != nil || !strings.Contains(warned, "train-starts") {
		t.Errorf("repair: %v, warned %q", err, warned)
	}
}

func TestBadInstructions(t *testing.T) {
	tok := chatTokenizer(t)
	for _, c := range []struct {
		rows []Example
		o    InstructionOptions
		want string
	}{
		{nil, InstructionOptions{}, "no row is left to train on"},
		{[]Example{Pair("é", "a")}, InstructionOptions{}, `no token for "é"`},
		{[]Example{Pair("é", "a")}, InstructionOptions{Skip: true}, `no token for "é"`},
		{[]Example{Pair("a", "b")}, InstructionOptions{Template: "x"}, "want one of plain"},
		{[]Example{{Messages: []chat.Message{{Role: "bard", Content: "x"}, {Role: "assistant", Content: "y"}}}}, InstructionOptions{}, `the role is "bard"`},
	} {
		if _, err := NewInstructions(c.rows, nil, tok, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v with %+v: %v, want %q", c.rows, c.o, err, c.want)
		}
	}
	if _, err := NewInstructions([]Example{Pair("a", "b")}, nil, tokenizer.NewChar("<|user>asitnd ab"), InstructionOptions{}); !errors.Is(err, chat.ErrNoStop) {
		t.Errorf("a tokenizer without special tokens: %v", err)
	}
	if _, err := LoadInstructions("nonesuch.jsonl", tok, InstructionOptions{}); err == nil || !strings.Contains(err.Error(), "want tasks:sft or the path") {
		t.Errorf("no file: %v", err)
	}
}

func TestTasksAsInstructions(t *testing.T) {
	d, err := LoadInstructions("tasks:sft", chatTokenizer(t), InstructionOptions{Context: 96, MaxRows: 300})
	if err != nil {
		t.Fatal(err)
	}
	if r := d.Report(); r.Train != 300 || r.Val != 300 || r.Dropped() != 0 {
		t.Errorf("report %+v", r)
	}
	c, err := Load("tasks:pretrain", Options{MaxBytes: 20_000})
	if err != nil || c.Len("train") < 10_000 {
		t.Errorf("tasks:pretrain: %v, %v", c, err)
	}
}
