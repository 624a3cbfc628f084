package tasks

import (
	"slices"
	"strings"
	"testing"
)

// Nothing that is held out can be learnt by heart: not its prompt, and of sums and words not the problem itself.
func TestNothingLeaks(t *testing.T) {
	train, held := Instructions(1, 8000, false), Instructions(1, 1500, true)
	if len(held) < 1000 || len(train) < 6000 {
		t.Fatalf("%d rows to train on and %d held out, want thousands", len(train), len(held))
	}
	prompts := map[string]bool{}
	words := map[string]bool{}
	for _, r := range train {
		prompts[r.Prompt] = true
		for w := range strings.FieldsSeq(r.Prompt) {
			words[w] = true
		}
	}
	kinds := map[string]int{}
	for _, r := range held {
		kinds[r.Kind]++
		if prompts[r.Prompt] {
			t.Errorf("%q is held out and trained on", r.Prompt)
		}
		if slices.Contains([]string{"upper", "reverse", "twice", "last", "length"}, r.Kind) {
			fresh := slices.ContainsFunc(strings.Fields(strings.TrimSuffix(r.Prompt, "?")), func(w string) bool { return !words[w] && !words[w+"?"] })
			if !fresh {
				t.Errorf("every word of %q is in the rows that are trained on", r.Prompt)
			}
		}
	}
	if len(kinds) != 10 {
		t.Errorf("kinds of the held-out rows: %v, want all ten", kinds)
	}
	text := Text(1, 400_000)
	for _, r := range held {
		if r.Kind == "sum" && strings.HasSuffix(r.Prompt, " = ?") {
			if line := strings.TrimSuffix(r.Prompt, "?") + r.Response; strings.Contains("\n"+text, "\n"+line+"\n") {
				t.Errorf("the text says %q", line)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, r := range slices.Concat(Instructions(2, 3000, false), Instructions(2, 800, true)) {
		if strings.ContainsFunc(r.Prompt+r.Response, func(c rune) bool { return !strings.ContainsRune(alphabet, c) }) {
			t.Errorf("row %+v has characters that no text has", r)
		}
		if r.Response == "" || strings.Contains(r.Prompt, "%!") || strings.Contains(r.Response, "%!") {
			t.Errorf("row %+v", r)
		}
	}
	for in, want := range map[string]string{"abc": "cba", "ab": "ba"} {
		if got := reverse.of(in); got != want {
			t.Errorf("reverse of %s is %s", in, got)
		}
	}
	rows, text := Instructions(3, 50, false), Text(3, 100)
	if !slices.Equal(rows, Instructions(3, 50, false)) || text != Text(3, 100) || text == Text(4, 100) {
		t.Error("rows or text are no function of the seed")
	}
}
