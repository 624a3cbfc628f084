package workflows

import (
	"fmt"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// trainer only lends its methods' names; nothing here calls them.
var trainer *activities.Trainer

// control is what the owner of a run wants of it. Signals change it at any time and cancel the running segment, which then
// checkpoints and returns.
type control struct {
	want   string // Running, Paused or Stopped
	cancel workflow.CancelFunc
}

// listen serves the signals of this execution.
func listen(ctx workflow.Context, phase string) *control {
	c := &control{want: phase}
	workflow.Go(ctx, func(ctx workflow.Context) {
		selector := workflow.NewSelector(ctx)
		for _, s := range [...]struct{ signal, want string }{{SignalPause, Paused}, {SignalResume, Running}, {SignalStop, Stopped}} {
			selector.AddReceive(workflow.GetSignalChannel(ctx, s.signal), func(ch workflow.ReceiveChannel, _ bool) {
				ch.Receive(ctx, nil)
				c.set(s.want)
			})
		}
		for {
			selector.Select(ctx)
		}
	})
	return c
}

func (c *control) set(want string) {
	if c.want == Stopped {
		return // nothing undoes a stop
	}
	c.want = want
	if want != Running && c.cancel != nil {
		c.cancel()
	}
}

// long is for activities that train: they may last as long as they want but must show that they live.
func long(ctx workflow.Context, run spec.Run, until int) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           TrainQueue,
		Summary:             fmt.Sprintf("train to step %d of %d", until, run.Pretrain.Steps),
		StartToCloseTimeout: 30 * 24 * time.Hour,
		HeartbeatTimeout:    10 * time.Second,
		WaitForCancellation: true, // for the checkpoint that a pause makes
		RetryPolicy:         retry(),
	})
}

// brief is for activities that look after files.
func brief(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:             summary,
		StartToCloseTimeout: time.Hour,
		HeartbeatTimeout:    10 * time.Second,
		RetryPolicy:         retry(),
	})
}

// retry goes on without end: what cannot get better says so by its type (see package activities).
func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second}
}
