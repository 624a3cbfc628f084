package main

import (
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/workflows/runs"
)

// What keeps a run from moving is told in full, once for each cause, and that it goes on is told at once.
func TestWatchTellsWhatIsWrong(t *testing.T) {
	const silent, nobody = "its worker, pid 7 on here, has been silent for ", `no worker is polling: start one with "athanor up" or "athanor worker"`
	statuses := []runs.Status{
		{Step: 3},
		{Step: 4, Stuck: silent + "4s"},
		{Step: 4, Stuck: silent + "9s"},
		{Step: 4, Stuck: nobody, Error: "attempt 1 ended: its worker fell silent"},
		{Step: 4, Stuck: nobody, Error: "attempt 2 ended: its worker fell silent"},
		{Step: 5},
		{Step: 5, Error: "disk full", Status: "failed"}, // the last status says it
	}
	wrong := []string{
		"r, step 4 of 9: stuck: " + silent + "4s\n",
		"r, step 4 of 9: attempt 1 ended: its worker fell silent; stuck: " + nobody + "\n",
	}
	live := []string{"r: running, step 3 of 9, loss 2.0000", "r: running, step 5 of 9, loss 2.0000"}
	for name, w := range map[string]*watch{
		"file":     {},
		"terminal": {tty: true},
		"json":     {asJSON: true},
		"lines":    {},
	} {
		var err, out strings.Builder
		w.err = &err
		if name == "lines" {
			w.changed = jsonLines(&out)
		}
		for _, s := range statuses {
			s.Name, s.Steps, s.Headline, s.Values = "r", 9, []string{"loss", "valLoss"}, map[string]float64{"loss": 2}
			if s.Status == "" {
				s.Status = "running"
			}
			w.show(&s)
		}
		text := err.String()
		if n := strings.Count(text, "stuck: "); n != len(wrong) || strings.Contains(text, "disk full") && w.asJSON {
			t.Errorf("%s: trouble was told %d times, want %d: %q", name, n, len(wrong), text)
		}
		for _, want := range wrong {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %q", name, want, text)
			}
		}
		for _, want := range live {
			if strings.Contains(text, want) != (name == "file" || name == "terminal") {
				t.Errorf("%s: %q is to be in the text or not, which is %q", name, want, text)
			}
		}
		if name == "terminal" && !strings.Contains(text, "\r\x1b[Kr: running, stuck, step 4 of 9, loss 2.0000") {
			t.Errorf("the live line does not say that the run is stuck: %q", text)
		}
		if name == "lines" && (strings.Count(out.String(), "\n") != len(statuses) || !strings.Contains(out.String(), `"stuck":"its worker, pid 7 on here, has been silent for 9s"`)) {
			t.Errorf("lines of JSON: %s", out.String())
		}
	}
}
