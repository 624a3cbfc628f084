package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// Segment is the part of a run that one activity trains: from where the run stands up to a step.
type Segment struct {
	Run    spec.Run `json:"run"`
	From   Progress `json:"from"`             // what the workflow knows; the disk may know more
	Until  int      `json:"until"`            // the last step of this segment, at most the run's last
	Corpus string   `json:"corpus,omitempty"` // what Prepare made; empty: of a workflow that an older version began
	Token  int64    `json:"token,omitempty"`  // its attempts have the fencing tokens after this one, in their order; 0: as Corpus
}

// Tokens is how far the fencing tokens of two segments lie apart.
const Tokens = 1 << 20

// Segment trains from the newest whole checkpoint on the disk to s.Until and returns where the run then stands. A cancelled one
// checkpoints at the end of the current step and returns its progress as details of the CanceledError.
func (t *Trainer) Segment(ctx context.Context, s Segment) (Progress, error) {
	t.running.Add(1)
	defer t.running.Done()
	p := t.resume(ctx, s.From)
	heart, end := startHeart(ctx, stall, p)
	defer end()
	training, cancel := untilWorkerStops(ctx)
	defer cancel()
	var result train.Result
	err := try(func() (err error) {
		result, err = t.pretrain()(training, s.Run, train.Options{
			Dir:      Dir(t.Home, s.Run.Name),
			DataDir:  t.DataDir,
			CacheDir: t.cache(),
			Corpus:   s.Corpus,
			Until:    s.Until,
			Token:    s.token(ctx),
			OnStep: func(step train.Progress) {
				heart.step(p.with(step, ""))
			},
			Warn: func(what string) { activity.GetLogger(ctx).Warn(what) },
		})
		return err
	})
	if result.Step > 0 {
		p = p.with(result.Progress, result.WeightsSHA256)
	}
	switch {
	case err == nil:
		return p, nil
	case !errors.Is(err, context.Canceled):
		return p, classify(err)
	case ctx.Err() != nil:
		return p, temporal.NewCanceledError(p)
	}
	activity.RecordHeartbeat(ctx, p)
	return p, temporal.NewApplicationErrorWithOptions("the worker was told to stop", WorkerStop,
		temporal.ApplicationErrorOptions{NextRetryDelay: 100 * time.Millisecond})
}

func (t *Trainer) pretrain() func(context.Context, spec.Run, train.Options) (train.Result, error) {
	if t.Pretrain != nil {
		return t.Pretrain
	}
	return train.Pretrain
}

// with is the progress after more steps.
func (p Progress) with(step train.Progress, weights string) Progress {
	step.Checkpoint = cmp.Or(step.Checkpoint, p.Checkpoint)
	return Progress{Progress: finite(step), WeightsSHA256: weights}
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
// were taken away: then nothing is known.
func (t *Trainer) resume(ctx context.Context, from Progress) Progress {
	var beat Progress
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &beat) == nil && beat.Step > from.Step {
		from = beat
	}
	if lost(ctx, from.Checkpoint) {
		return Progress{Progress: train.Progress{Steps: from.Steps}}
	}
	return from
}

// lost reports whether a checkpoint is gone and none after it is there: later ones crowd it out, but only a person removes the last.
func lost(ctx context.Context, checkpoint string) bool {
	if _, err := os.Stat(checkpoint); checkpoint == "" || !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	var step int
	_, err := fmt.Sscanf(filepath.Base(checkpoint), "step-%d", &step)
	dir := filepath.Dir(checkpoint)
	steps, _ := ckpt.List(ctx, local.New(filepath.Dir(dir)), filepath.Base(dir))
	if err == nil && len(steps) > 0 && steps[len(steps)-1] > step {
		return false
	}
	activity.GetLogger(ctx).Warn("the checkpoint is gone; going on from the newest that is there", "checkpoint", checkpoint)
	return true
}

// token grows with each attempt, whatever the clocks say. An older attempt that still runs somewhere, given up by the server, has a
// smaller one and can no longer publish a checkpoint.
func (s *Segment) token(ctx context.Context) int64 {
	info := activity.GetInfo(ctx)
	if s.Token == 0 {
		return info.StartedTime.UnixNano()
	}
	return s.Token + int64(info.Attempt)
}

// finite replaces what JSON cannot carry.
func finite(p train.Progress) train.Progress {
	for _, v := range []*float64{&p.Loss, &p.ValLoss, &p.LR, &p.GradNorm, &p.TokensPerSec} {
		if math.IsNaN(*v) || math.IsInf(*v, 0) {
			*v = 0
		}
	}
	return p
}

// Result is what a finished run leaves in result.json in its directory.
type Result struct {
	Name     string    `json:"name"`
	SpecHash string    `json:"specHash"`
	Finished time.Time `json:"finished"`
	Progress
}

// Publish checks every file of the last checkpoint against its hash and writes result.json beside the checkpoints, whole or not at all.
func (t *Trainer) Publish(ctx context.Context, run spec.Run, p Progress) error {
	if t.Pretrain == nil {
		info, err := ckpt.Verify(p.Checkpoint)
		if err == nil && info.WeightsSHA256 != p.WeightsSHA256 {
			err = fmt.Errorf("checkpoint %s has weights %s, the training ended with %s", p.Checkpoint, info.WeightsSHA256, p.WeightsSHA256)
		}
		if err != nil {
			return final(Damaged, fmt.Errorf("publish %s: %w; resume the run to train from the newest whole checkpoint again", run.Name, err))
		}
	}
	text, err := json.MarshalIndent(Result{Name: run.Name, SpecHash: run.Hash(), Finished: time.Now().UTC(), Progress: p}, "", "  ")
	if err != nil {
		return fmt.Errorf("publish %s: %w", run.Name, err)
	}
	return classify(writeWhole(filepath.Join(Dir(t.Home, run.Name), "result.json"), append(text, '\n')))
}

// writeWhole replaces a file so that a reader, even one after a power cut, sees the old text or the new one.
func writeWhole(path string, text []byte) error {
	part := path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}
