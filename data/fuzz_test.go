package data

import (
	"testing"

	"github.com/athanor-ml/athanor/train/spec"
)

func FuzzParseExample(f *testing.F) {
	for _, row := range []string{
		`{"prompt": "p", "response": "r"}`, `{"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}], "kind": 3}`,
		`{"conversations": [{"from": "human", "value": null}]}`, `{"instruction": "i", "input": "", "output": "o", "system": "s"}`, `{"prompt": [], "completion": []}`,
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		e, err := parseExample(row)
		if err != nil {
			return
		}
		e.held(0.5)
		for _, m := range e.Messages {
			if m.Role == "" {
				t.Errorf("%q has a message without a role", row)
			}
		}
		e.Prompt()
		e.Response()
	})
}

func FuzzParseExamples(f *testing.F) {
	f.Add([]byte("{}\n\n{\"prompt\":\"p\",\"response\":\"r\"}\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := parseExamples("fuzz", file, spec.Instructions{Train: 0.5, Skip: true})
		if err == nil && x.Report.Rows != x.Report.Skipped+len(x.Train)+len(x.Val) {
			t.Errorf("%q: %v do not add up", file, x.Report)
		}
	})
}
