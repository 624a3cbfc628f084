package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// Publication is what a finished run has come to.
type Publication struct {
	Run      spec.Run `json:"run"` // with its inputs
	Progress Progress `json:"progress"`
	Data     string   `json:"data,omitempty"`
	Changed  bool     `json:"changed,omitempty"` // a setting was changed on the way: no other run is the same
	Reused   string   `json:"reused,omitempty"`  // the run whose results these are
	Stages   []Stage  `json:"stages,omitempty"`  // of a pipeline
}

// Stage is a run of a pipeline and how it stands.
type Stage struct {
	Name   string `json:"name"` // in the pipeline; the run is PIPELINE.NAME
	Kind   string `json:"kind"`
	Phase  string `json:"phase,omitempty"` // empty: it has not begun
	Reused string `json:"reused,omitempty"`
}

// Result is what a finished run leaves in result.json in its directory.
type Result struct {
	Name     string    `json:"name"`
	SpecHash string    `json:"specHash"`
	Finished time.Time `json:"finished"`
	Reused   string    `json:"reused,omitempty"` // the run whose results these are
	Stages   []Stage   `json:"stages,omitempty"` // of a pipeline
	Progress
}

// Publish checks every file of the last checkpoint and of the outputs against its hash, writes result.json into the run's directory, whole or
// not at all, and notes the run in the index that Reuse looks into.
func (t *Trainer) Publish(ctx context.Context, p Publication) error {
	t.running.Add(1)
	defer t.running.Done()
	_, end := startHeartbeat(ctx, patience, func() any { return "publishing" })
	defer end()
	if err := t.whole(p); err != nil {
		return final(Damaged, fmt.Errorf("publish %s: %w; resume the run to go on from the newest whole checkpoint", p.Run.Name, err))
	}
	text, err := json.MarshalIndent(Result{
		Name: p.Run.Name, SpecHash: p.Run.Hash(), Finished: time.Now().UTC(), Reused: p.Reused, Stages: p.Stages, Progress: p.Progress,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("publish %s: %w", p.Run.Name, err)
	}
	s := t.store()
	if err := store.Put(ctx, s, store.Run(p.Run.Name).Result(), append(text, '\n')); err != nil {
		return classify(err)
	}
	if p.Changed || p.Reused != "" || len(p.Stages) > 0 {
		return nil
	}
	return classify(store.Put(ctx, s, store.Results(sameness(p.Run, p.Data)), []byte(p.Run.Name)))
}

// whole checks what a run says that it has left. What comes of other runs, those have checked.
func (t *Trainer) whole(p Publication) error {
	if t.Core.Run != nil || p.Reused != "" || len(p.Stages) > 0 { // not of package train, or not of this run
		return nil
	}
	last := p.Progress
	if last.Checkpoint != "" {
		info, err := ckpt.Verify(last.Checkpoint)
		if err == nil && info.WeightsSHA256 != last.WeightsSHA256 {
			err = fmt.Errorf("checkpoint %s has weights %s, the training ended with %s", last.Checkpoint, info.WeightsSHA256, last.WeightsSHA256)
		}
		if err != nil {
			return err
		}
	}
	return outputsWhole(last.Outputs)
}
