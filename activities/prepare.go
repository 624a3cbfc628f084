package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// Preparation is what Prepare is asked to do.
type Preparation struct {
	Run    spec.Run `json:"run"`
	Again  bool     `json:"again,omitempty"`  // settings may have changed since run.json was written: the run goes on after it had ended, or was changed before its first step
	Data   string   `json:"data,omitempty"`   // what was prepared for it before: its source may be gone
	Reused bool     `json:"reused,omitempty"` // what an earlier run with this spec and these inputs has left may be taken over
}

// Prepared is what Prepare found, for the segments of the run.
type Prepared struct {
	train.Prepared
	Token  int64     `json:"token,omitempty"`  // larger than the fencing token of any attempt before
	Events []Event   `json:"events,omitempty"` // what was passed over or repaired
	Reuse  *Reusable `json:"reuse,omitempty"`  // a finished run that was the same
}

// Prepare checks a run before anything is trained, claims its directory by writing run.json there, fences off whatever still works in
// it, prepares the data and finds the inputs. A directory that holds the same spec already is gone on with, from its newest checkpoint; one
// that holds another is a Conflict.
func (t *Trainer) Prepare(ctx context.Context, p Preparation) (Prepared, error) {
	t.running.Add(1)
	defer t.running.Done()
	if err := p.Run.Validate(); err != nil {
		return Prepared{}, final(BadSpec, err)
	}
	_, end := startHeartbeat(ctx, patience, func() any { return "preparing" })
	defer end()
	s := t.store()
	for _, dir := range []string{train.Dir(t.Home, p.Run.Name), train.CacheDir(t.Home)} { // what is in them is the owner's alone
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return Prepared{}, classify(fmt.Errorf("directory of the run: %w", err))
		}
	}
	if err := claim(ctx, s, p.Run, p.Again); err != nil {
		return Prepared{}, err
	}
	if p.Run.Kind == "pipeline" { // its stages prepare themselves
		return Prepared{}, nil
	}
	token, err := fence(ctx, s, store.Run(p.Run.Name).Checkpoints())
	if err != nil {
		return Prepared{}, classify(err)
	}
	made := Prepared{Token: token}
	o := t.options()
	o.Data = p.Data
	note := func(kind, text string) {
		activity.GetLogger(ctx).Warn(text)
		made.Events = AddEvents(made.Events, Event{Time: time.Now().UTC(), Kind: kind, Text: text})
	}
	err = try(func() (err error) {
		made.Prepared, err = t.Core.prepare(ctx, p.Run, o, note)
		return err
	})
	if err != nil {
		return Prepared{}, classify(err)
	}
	if p.Reused {
		made.Reuse = t.reusable(ctx, p.Run, made.Prepared)
	}
	return made, nil
}

// fence takes the directory's lease from whoever has it, and returns its token, the first of a segment's.
func fence(ctx context.Context, s store.Store, dir string) (int64, error) {
	const owner = "the preparation of the run"
	last, err := ckpt.Acquire(ctx, s, dir, 0, owner)
	if err != nil {
		return 0, err
	}
	ours, err := ckpt.Acquire(ctx, s, dir, (last.Token/Tokens+1)*Tokens, owner)
	if err != nil {
		return 0, err
	}
	return ours.Token, nil
}

// claim writes the run's spec into its directory, or compares it with the one that is there. The spec of a run that goes on may have other
// settings.
func claim(ctx context.Context, s store.Store, run spec.Run, again bool) error {
	key := store.Run(run.Name).Spec()
	old, err := store.ReadIf(ctx, s, key)
	if err != nil {
		return classify(fmt.Errorf("run directory: %w", err))
	}
	if old != nil {
		var there spec.Run // with all inputs, those too that were found for it
		path, _ := s.Open(ctx, key)
		if err := json.Unmarshal(old, &there); err != nil {
			return final(Damaged, fmt.Errorf("%s is damaged (%w): choose another name, or delete that file if what lies beside it is this run's", path, err))
		}
		maps.DeleteFunc(there.Inputs, func(role string, _ spec.Input) bool { _, given := run.Inputs[role]; return !given })
		if there.Hash() == run.Hash() {
			return nil
		}
		if !again || !there.SameRun(&run) {
			return final(Conflict, fmt.Errorf("%s holds another run's spec: choose another name, or move that directory away", path))
		}
	}
	text, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return final(BadSpec, err)
	}
	return classify(s.Swap(ctx, key, old, append(text, '\n')))
}
