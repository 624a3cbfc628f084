package store

import (
	"strings"
	"testing"
)

func TestLayout(t *testing.T) {
	r := Run("char-gpt")
	for want, got := range map[string]string{
		"runs/char-gpt":                           r.Dir(),
		"runs/char-gpt/run.json":                  r.Spec(),
		"runs/char-gpt/metrics.jsonl":             r.Metrics(),
		"runs/char-gpt/events.jsonl":              r.Events(),
		"runs/char-gpt/result.json":               r.Result(),
		"runs/char-gpt/checkpoints":               r.Checkpoints(),
		"runs/char-gpt/checkpoints/step-00000250": r.Checkpoint(250),
		"runs/char-gpt/outputs/model":             r.Outputs("model"),
	} {
		if got != want || CheckKey(got) != nil {
			t.Errorf("%s, want %s; %v", got, want, CheckKey(got))
		}
	}
}

func TestParseStep(t *testing.T) {
	for _, step := range []int{0, 7, 99_999_999, 100_000_000} {
		if got, ok := ParseStep(StepName(step)); !ok || got != step {
			t.Errorf("ParseStep(%s) = %d, %t", StepName(step), got, ok)
		}
	}
	for _, name := range []string{"", "step-", "step-1", "step-000000001", "step--0000001", "step-+0000001", "step-99999999999999999999", "step-00000001x"} {
		if got, ok := ParseStep(name); ok {
			t.Errorf("ParseStep(%q) = %d, want none", name, got)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add("runs/x/run.json")
	f.Add("a/../b")
	f.Fuzz(func(t *testing.T, key string) {
		if err := CheckKey(key); err != nil {
			if len(err.Error()) > 600 { // 100 bytes, quoted, and the words
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if strings.Contains("/"+key+"/", "/../") || strings.Contains("/"+key, "/.") || key[0] == '/' {
			t.Errorf("%q is taken for a key", key)
		}
	})
}
