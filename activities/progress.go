package activities

import (
	"cmp"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
)

// Progress is how far a run has come, as heartbeats, results and queries carry it.
type Progress struct {
	train.Progress
	Saved         int               `json:"saved,omitempty"`         // the step of the checkpoint
	WeightsSHA256 string            `json:"weightsSHA256,omitempty"` // of the checkpoint; known when a segment has ended
	Done          bool              `json:"done,omitempty"`          // the last step was reached
	Outputs       map[string]Output `json:"outputs,omitempty"`       // by role, when Done
	Events        []Event           `json:"events,omitempty"`        // what was passed over or repaired, the newest
}

// Output is something that a finished run gives to others.
type Output = train.Output

// Event is something that was passed over or repaired on the way, or changed by the owner.
type Event = train.Event

// maxEvents bounds what a run carries of its events; all of them lie in its directory.
const maxEvents = 20

// AddEvents appends events that are not there yet, and keeps the newest.
func AddEvents(all []Event, more ...Event) []Event {
	all = slices.Clone(all)
	for _, e := range more {
		same := func(o Event) bool {
			return o.Step == e.Step && o.Kind == e.Kind && o.Text == e.Text && o.Time.Equal(e.Time)
		}
		if !slices.ContainsFunc(all, same) {
			all = append(all, e)
		}
	}
	return all[max(0, len(all)-maxEvents):]
}

// at is the progress after more steps. Values that were measured before stay until they are measured again.
func (p Progress) at(step train.Progress) Progress {
	step.Checkpoint = cmp.Or(step.Checkpoint, p.Checkpoint)
	step.Values = merged(p.Values, step.Values)
	step.Metrics = merged(p.Metrics, step.Metrics)
	p.Progress = step
	p.Saved = stepOf(step.Checkpoint)
	p.WeightsSHA256, p.Done, p.Outputs = "", false, nil
	return p
}

// ended is the progress when a segment has returned.
func (p Progress) ended(r train.Result) Progress {
	events := AddEvents(p.Events, r.Events...)
	if r.Step > 0 || r.Done {
		p = p.at(r.Progress)
		p.WeightsSHA256, p.Done, p.Outputs = r.WeightsSHA256, r.Done, r.Outputs
	}
	p.Events = events
	return p
}

// merged is old with what next has, without what JSON cannot carry.
func merged(old, next map[string]float64) map[string]float64 {
	all := make(map[string]float64, len(old)+len(next))
	maps.Copy(all, old)
	maps.Copy(all, next)
	maps.DeleteFunc(all, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(all) == 0 {
		return nil
	}
	return all
}

// stepOf is the step of a checkpoint's directory; 0: none.
func stepOf(checkpoint string) int {
	step, _ := store.ParseStep(filepath.Base(checkpoint))
	return step
}
