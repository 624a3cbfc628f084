package runs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// Status is how a run stands. The steps of a pipeline are its stages.
type Status struct {
	Name          string             `json:"name"`
	Kind          string             `json:"kind"`
	Preset        string             `json:"preset,omitempty"`
	Model         string             `json:"model"`
	Status        string             `json:"status"` // waiting, running, paused, stopped, completed, failed or terminated; without a server: unfinished or completed
	Step          int                `json:"step"`
	Steps         int                `json:"steps"`                   // 0: not known yet
	Metrics       map[string]float64 `json:"metrics"`                 // of the last evaluation on held-out data; one that is absent was not measured
	Outputs       map[string]string  `json:"outputs"`                 // role -> path
	Stages        []*Status          `json:"stages"`                  // of a pipeline, in order
	Headline      []string           `json:"headline,omitempty"`      // the metrics that say most
	Values        map[string]float64 `json:"values,omitempty"`        // the newest value of everything that was measured
	Checkpoint    string             `json:"checkpoint,omitempty"`    // directory; empty: none yet
	WeightsSHA256 string             `json:"weightsSHA256,omitempty"` // of the checkpoint at the end of the last segment
	Reused        string             `json:"reused,omitempty"`        // the run whose results these are
	Events        []activities.Event `json:"events,omitempty"`        // what was passed over, repaired or changed, the newest
	UIURL         string             `json:"uiURL"`                   // the run's page in the web UI
	Dir           string             `json:"dir"`
	StartTime     time.Time          `json:"startTime,omitzero"`
	EndTime       *time.Time         `json:"endTime,omitempty"`
	FromFiles     bool               `json:"fromFiles,omitempty"` // no server answers: this is what lies in the run's directory
	Waiting       bool               `json:"waiting,omitempty"`   // for a worker that is free
	Stuck         string             `json:"stuck,omitempty"`     // what keeps it from moving, and what to do
	Attempt       int                `json:"attempt,omitempty"`   // of the segment that runs, from 1
	Error         string             `json:"error,omitempty"`     // why it failed, or why the last attempt did
}

const (
	terminated = "terminated" // ended without its worker
	waiting    = "waiting"    // a stage that has not begun
	unfinished = "unfinished" // by its files
)

// Ended reports whether the run will not go on by itself.
func (s *Status) Ended() bool {
	return s.Status != workflows.Running && s.Status != workflows.Paused && s.Status != waiting
}

// Value is the newest value of a metric, and false when it was not measured.
func (s *Status) Value(name string) (float64, bool) {
	if v, ok := s.Metrics[name]; ok {
		return v, true
	}
	v, ok := s.Values[name]
	return v, ok
}

// String is the status as one line.
func (s *Status) String() string {
	var line strings.Builder
	fmt.Fprintf(&line, "%s: %s", s.Name, s.Status)
	if s.Status != waiting {
		line.WriteString(", " + s.progress())
	}
	if s.Waiting && s.Stuck == "" {
		line.WriteString(", waiting for a worker")
	}
	for _, name := range s.Headline {
		if v, ok := s.Value(name); ok {
			fmt.Fprintf(&line, ", %s %.4f", name, v)
		}
	}
	if s.Reused != "" {
		line.WriteString(", reused from " + s.Reused)
	}
	for _, trouble := range []string{s.Error, s.Stuck} {
		if trouble != "" {
			line.WriteString(", " + trouble)
		}
	}
	if s.FromFiles {
		line.WriteString(" (from files; no server answers)")
	}
	return line.String()
}

// progress is how far the run has come, and of a pipeline also the stages that go on.
func (s *Status) progress() string {
	what := "step"
	if len(s.Stages) > 0 {
		what = "stages"
	}
	first := fmt.Sprintf("%s %d", what, s.Step)
	if s.Steps > 0 {
		first += fmt.Sprintf(" of %d", s.Steps)
	}
	parts := []string{first}
	for _, stage := range s.Stages {
		if !stage.Ended() && stage.Status != waiting {
			parts = append(parts, stage.short(s)+" at "+stage.progress())
		}
	}
	return strings.Join(parts, ", ")
}

// short is the name of a stage within its pipeline.
func (s *Status) short(pipeline *Status) string { return strings.TrimPrefix(s.Name, pipeline.Name+".") }

// spec adopts what a run is.
func (s *Status) spec(run *spec.Run) {
	s.Kind, s.Preset, s.Model, s.Headline, s.Steps = run.Kind, run.Preset, run.Model(), run.Headline(), run.Steps()
}

// take adopts a state unless what is known is as new.
func (s *Status) take(state workflows.State) {
	s.Error = cmp.Or(state.Error, s.Error)
	s.Events = activities.AddEvents(s.Events, state.Events...)
	if state.Step < s.Step || state.Step == s.Step && s.WeightsSHA256 != "" {
		return
	}
	s.at(state)
}

// at sets the status to a state, whether it is later or not. What it does not say stays known.
func (s *Status) at(state workflows.State) {
	s.Step, s.Steps = state.Step, cmp.Or(s.Steps, state.Steps) // the spec counts: a change may be newer than the state
	s.Values, s.Metrics = join(s.Values, state.Values), join(s.Metrics, state.Metrics)
	s.Checkpoint = cmp.Or(state.Checkpoint, s.Checkpoint)
	s.WeightsSHA256 = cmp.Or(state.WeightsSHA256, s.WeightsSHA256)
	s.Reused = cmp.Or(state.Reused, s.Reused)
	for role, out := range state.Outputs {
		s.Outputs[role] = out.Path
	}
}

// beat adopts what a worker that trains says of itself.
func (s *Status) beat(state workflows.State) {
	if state.Step >= s.Step {
		s.take(state)
		return
	}
	s.Error = fmt.Sprintf("its checkpoint of step %d is gone: the steps after %d are done again", s.Step, state.Step)
	s.Checkpoint, s.WeightsSHA256 = "", ""
	s.at(state)
	s.Events = activities.AddEvents(s.Events, state.Events...)
}

// join is old with what next has.
func join(old, next map[string]float64) map[string]float64 {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]float64{}
	}
	maps.Copy(all, next)
	return all
}

// rows are what a page about the run shows, as names and values.
func (s *Status) rows() [][2]string {
	rows := [][2]string{{"model", s.Model}}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		rows = append(rows, [2]string{name, fmt.Sprintf("%.6g", s.Metrics[name])})
	}
	for _, role := range slices.Sorted(maps.Keys(s.Outputs)) {
		rows = append(rows, [2]string{role, s.Outputs[role]})
	}
	rows = append(rows, [2]string{"checkpoint", s.Checkpoint}, [2]string{"weights", s.WeightsSHA256}, [2]string{"reused from", s.Reused},
		[2]string{"page", s.UIURL}, [2]string{"files", s.Dir})
	for _, e := range s.Events {
		rows = append(rows, [2]string{e.Kind, fmt.Sprintf("step %d: %s", e.Step, e.Text)})
	}
	rows = append(rows, [2]string{"error", s.Error}, [2]string{"stuck", s.Stuck})
	return slices.DeleteFunc(rows, func(r [2]string) bool { return r[1] == "" })
}

// Text is the status in full, for a terminal: a line for each thing that is known, and for each stage.
func (s *Status) Text() string {
	brief := *s
	brief.Error, brief.Stuck = "", "" // they have rows
	var b strings.Builder
	fmt.Fprintln(&b, &brief)
	for _, stage := range s.Stages {
		fmt.Fprintf(&b, "  %s\n", stage)
	}
	for _, r := range s.rows() {
		fmt.Fprintf(&b, "  %-11s %s\n", r[0], r[1])
	}
	return b.String()
}
