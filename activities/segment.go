package activities

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// Segment is the part of a run that one activity carries out: from where the run stands up to a step.
type Segment struct {
	Run   spec.Run `json:"run"`            // with its inputs
	From  Progress `json:"from"`           // what the workflow knows; the disk may know more
	Until int      `json:"until"`          // the last step of this segment; 0: the run's last
	Data  string   `json:"data,omitempty"` // what Prepare made
	Token int64    `json:"token"`          // its attempts have the fencing tokens after this one, in their order
}

// Tokens is how far the fencing tokens of two segments lie apart.
const Tokens = 1 << 20

// Segment trains from the newest whole checkpoint on the disk to s.Until and returns where the run then stands. A cancelled one
// checkpoints at the end of the current step and returns its progress as details of the CanceledError.
func (t *Trainer) Segment(ctx context.Context, s Segment) (Progress, error) {
	t.running.Add(1)
	defer t.running.Done()
	a := attempt{Trainer: t, said: t.resume(ctx, s.From)}
	if err := a.diagnose(ctx); err != nil {
		return a.said.Progress, err
	}
	heartbeat, end := startHeartbeat(ctx, stall, a.heartbeat)
	defer end()
	training, cancel := untilWorkerStops(ctx)
	defer cancel()
	o := t.options()
	o.Data, o.Until, o.Token = s.Data, s.Until, s.Token+int64(activity.GetInfo(ctx).Attempt)
	o.OnStep = func(step train.Progress) { a.step(step); heartbeat.moves() }
	o.Note = func(e Event) { activity.GetLogger(ctx).Warn(e.Text); a.note(e) }
	var result train.Result
	err := try(func() (err error) {
		result, err = t.Core.run(training, s.Run, o)
		return err
	})
	p := a.end(result, err)
	if err == nil {
		return p, nil
	}
	end()
	activity.RecordHeartbeat(ctx, a.heartbeat()) // that the attempt has not died; it is sent with the error
	switch {
	case !errors.Is(err, context.Canceled):
		return p, classify(err)
	case ctx.Err() != nil:
		return p, temporal.NewCanceledError(p)
	}
	return p, temporal.NewApplicationErrorWithOptions("the worker was told to stop", WorkerStop,
		temporal.ApplicationErrorOptions{NextRetryDelay: 100 * time.Millisecond, Details: []any{p}})
}

// untilWorkerStops is a context that ends with ctx and when the worker is told to stop.
func untilWorkerStops(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stopping := activity.GetWorkerStopChannel(ctx)
	go func() {
		select {
		case <-stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// resume is the later of what the workflow and the heartbeats of an earlier attempt say. It is told until the first step is
// done; the training itself goes on from the newest whole checkpoint on the disk, which is at least as late unless files
// were taken away: then nothing is known. What was passed over or repaired in an earlier attempt is told on.
func (t *Trainer) resume(ctx context.Context, from Progress) Heartbeat {
	from.WeightsSHA256, from.Done, from.Outputs, from.Events = "", false, nil, nil
	var beat Heartbeat
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &beat) == nil {
		from.Events = beat.Events
		if beat.Step > from.Step {
			from = beat.Progress
		}
	}
	if t.lost(ctx, from.Checkpoint) {
		from = Progress{Progress: train.Progress{Steps: from.Steps}, Events: from.Events}
	}
	beat.Progress = from
	return beat
}

// lost reports whether a checkpoint is gone and none after it is there: later ones prune it, but only a person removes the last.
func (t *Trainer) lost(ctx context.Context, checkpoint string) bool {
	if _, err := os.Stat(checkpoint); checkpoint == "" || !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	dir, err := filepath.Rel(t.Home, filepath.Dir(checkpoint))
	if step, ok := store.ParseStep(filepath.Base(checkpoint)); ok && err == nil {
		steps, _ := ckpt.List(ctx, t.store(), filepath.ToSlash(dir))
		if len(steps) > 0 && steps[len(steps)-1] > step {
			return false
		}
	}
	activity.GetLogger(ctx).Warn(fmt.Sprintf("the checkpoint %s is gone; going on from the newest that is there", checkpoint))
	return true
}
