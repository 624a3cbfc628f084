package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/activities"
)

// A segment that is shorter or longer than this has a longer or shorter one after it.
const (
	shortest = 10 * time.Second
	longest  = time.Minute
)

// segment trains up to the next checkpoint but one or more, so that a segment lasts some tens of seconds. One that was
// cancelled, by a pause, a stop or a change, keeps what it has done.
func (r *run) segment(ctx workflow.Context) error {
	every := cmp.Or(r.run.Section().Plan().Checkpoint.Every, r.Steps)
	r.Span = max(r.Span, every)
	until := 0
	if r.Steps > 0 {
		until = min(r.Step-r.Step%every+r.Span, r.Steps)
	}
	began := workflow.Now(ctx)
	segment, done := r.under(long(ctx, until, r.Steps), true)
	defer done()
	r.Token += activities.Tokens
	from := r.Progress
	from.Events, from.Outputs = nil, nil
	var p activities.Progress
	err := workflow.ExecuteActivity(segment, trainer.Segment, activities.Segment{
		Run: r.given(), From: from, Until: until, Data: r.Data, Token: r.Token,
	}).Get(ctx, &p)
	if r.ignores(ctx, err) {
		r.rescue(err)
		return nil // ready says what comes next
	}
	if err != nil {
		return err
	}
	if !p.Done && p.Step <= from.Step && until > from.Step {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf("a segment from step %d to %d has ended at %d", from.Step, until, p.Step), "NoProgress", nil)
	}
	r.adopt(p)
	r.Segments++
	if names := r.run.Headline(); len(names) > 0 {
		if v, ok := r.Value(names[0]); ok {
			r.Trend = thin(append(r.Trend, v))
		}
	}
	switch took := workflow.Now(ctx).Sub(began); {
	case took < shortest:
		r.Span *= 2
	case took > longest && r.Span >= 2*every:
		r.Span /= 2
	}
	return nil
}

// adopt takes over what a segment has done: more than was known, unless somebody took checkpoints away. The spec's number of steps may
// have changed while it ran.
func (r *run) adopt(p activities.Progress) {
	p.Events = activities.AddEvents(r.Events, p.Events...)
	r.Progress = p
	r.Steps = cmp.Or(r.run.Steps(), p.Steps)
}

// rescue takes over what is known of a segment that was told to end: its progress, where it could report it. Of one that was lost, the
// heartbeats say what its last checkpoint was; steps after it are done again.
func (r *run) rescue(err error) {
	var p activities.Progress
	var last activities.Heartbeat
	var cancelled *temporal.CanceledError
	var app *temporal.ApplicationError
	var silent *temporal.TimeoutError
	switch {
	case errors.As(err, &cancelled) && cancelled.HasDetails() && cancelled.Details(&p) == nil,
		errors.As(err, &app) && app.HasDetails() && app.Details(&p) == nil:
		if p.Step > 0 {
			r.adopt(p)
		}
	case errors.As(err, &silent) && silent.HasLastHeartbeatDetails() && silent.LastHeartbeatDetails(&last) == nil:
		p = last.Progress
		if p.Saved < r.Step {
			p = activities.Progress{Progress: r.Progress.Progress, Saved: r.Saved, WeightsSHA256: r.WeightsSHA256, Events: p.Events}
		} else {
			p.Step = p.Saved
		}
		r.adopt(p)
	}
}

// hopeless reports whether an error says that trying again would give the same.
func hopeless(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.NonRetryable()
}

// long is for activities that train: they may last as long as they want but must show that they live.
func long(ctx workflow.Context, until, steps int) workflow.Context {
	summary := "all steps"
	if until > 0 {
		summary = fmt.Sprintf("to step %d of %d", until, steps)
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           TrainQueue(workflow.GetInfo(ctx).TaskQueueName),
		Summary:             summary,
		StartToCloseTimeout: 30 * 24 * time.Hour,
		HeartbeatTimeout:    10 * time.Second,
		WaitForCancellation: true, // for the checkpoint that a pause makes
		RetryPolicy:         retry(),
	})
}
