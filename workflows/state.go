package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
)

// Input is what a workflow begins with. Whoever starts a run gives the spec alone.
type Input struct {
	Run   spec.Run `json:"run"`
	Carry *Carry   `json:"carry,omitempty"` // what the execution before this one has come to
	Reuse bool     `json:"reuse,omitempty"` // the results of a finished run that was the same are taken over
}

// State is what a run has come to, as queries, the memo and the result of the workflow give it. The steps of a pipeline are its stages.
type State struct {
	Phase string `json:"phase"`
	activities.Progress
	Data    string                `json:"data,omitempty"`    // the prepared data, a directory of the cache
	Inputs  map[string]spec.Input `json:"inputs,omitempty"`  // what the run was given, by role
	Changed bool                  `json:"changed,omitempty"` // a setting was changed while it went on
	Reused  string                `json:"reused,omitempty"`  // the run whose results these are
	Stages  []Stage               `json:"stages,omitempty"`  // of a pipeline, in the order of its spec
	Error   string                `json:"error,omitempty"`
}

// Stage is one run of a pipeline.
type Stage struct {
	Name string `json:"name"` // in the pipeline; the run is PIPELINE.NAME
	Kind string `json:"kind"`
	State
}

// Carry is what one execution of a workflow hands to the next, or a run that has ended to the one that goes on with it.
type Carry struct {
	State
	Prepared bool      `json:"prepared,omitempty"`
	Token    int64     `json:"token,omitempty"`    // of the last segment; see activities.Segment
	Span     int       `json:"span,omitempty"`     // steps of the next segment
	Segments int       `json:"segments,omitempty"` // done
	Trend    []float64 `json:"trend,omitempty"`    // the first metric of the headline, at the ends of segments
	Started  time.Time `json:"started,omitzero"`
}

// Change is a setting of a run that is changed while it goes on.
type Change struct {
	Setting string   `json:"setting"` // for people: "optim.lr=1e-4"
	Run     spec.Run `json:"run"`     // the run with it
}

// Begun reports whether the run has got as far as its first preparation.
func (s *State) Begun() bool { return s.Phase != "" }

// Value is the newest value of a metric: of the last evaluation, else of the last step. It is false for one that was not measured.
func (s *State) Value(name string) (float64, bool) {
	if v, ok := s.Metrics[name]; ok {
		return v, true
	}
	v, ok := s.Values[name]
	return v, ok
}

// ends gives a workflow's state the phase that an error says, and makes of it what the workflow returns: a run that was stopped has not
// failed, one that was cancelled from outside is what Temporal calls cancelled. The state goes with the error.
func (s *State) ends(err error, cancelled bool) error {
	switch {
	case err == nil:
		s.Phase = Completed
		return nil
	case cancelled:
		s.Phase = Stopped
		return temporal.NewCanceledError(*s)
	case errors.Is(err, errStopped) || temporal.IsCanceledError(err):
		s.Phase = Stopped
		return nil
	}
	s.Phase, s.Error = Failed, message(err)
	kind := "Failed"
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		kind = app.Type()
	}
	return temporal.NewApplicationErrorWithOptions(s.Error, kind, temporal.ApplicationErrorOptions{
		NonRetryable: true, Cause: err, Details: []any{*s},
	})
}

// errStopped ends a run before its last step.
var errStopped = errors.New("stopped")

// message is what went wrong, without the wrapping of Temporal.
func message(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return err.Error()
}

// thin keeps a list of values short by leaving out every second one, never the last.
func thin(values []float64) []float64 {
	if len(values) <= 60 {
		return values
	}
	kept := values[:0]
	for i := (len(values) - 1) % 2; i < len(values); i += 2 {
		kept = append(kept, values[i])
	}
	return kept
}
