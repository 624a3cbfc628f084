package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// noteEvent tells those who look at the run of something that was passed over or repaired: now, in the result, and in the run's
// events.jsonl. A line that cannot be written is not worth the run.
func (r *running) noteEvent(kind, text string) {
	e := Event{Time: time.Now().UTC(), Step: r.progress.Step, Kind: kind, Text: text}
	for _, old := range r.events {
		if old.Kind == e.Kind && old.Text == e.Text {
			return
		}
	}
	r.events = append(r.events, e)
	if r.options.Note != nil {
		r.options.Note(e)
	}
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	f, err := os.OpenFile(r.options.path(r.key.Events()), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write(append(line, '\n'))
}

// notePassed tells of checkpoints that were passed over.
func (r *running) notePassed(passed []ckpt.Passed) {
	for _, p := range passed {
		kind, what := "checkpoint-damaged", "passed over"
		if p.Removed {
			kind, what = "checkpoint-removed", "removed, since a newer one is whole"
		}
		r.noteEvent(kind, fmt.Sprintf("checkpoint of step %d was %s: %s", p.Step, what, p.Reason))
	}
}

// Events reads what was passed over or repaired in a run, the oldest first. Lines that are torn are passed over.
func Events(home, name string) ([]Event, error) {
	o := Options{Home: home}
	text, err := os.ReadFile(o.path(store.Run(name).Events()))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("events of run %s: %w", name, err)
	}
	var all []Event
	for line := range bytes.Lines(text) {
		var e Event
		if json.Unmarshal(line, &e) == nil {
			all = append(all, e)
		}
	}
	return all, nil
}
