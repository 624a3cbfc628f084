package runs

// What lies in the directories of runs says much of what a server would, and is there when none answers: the spec, the result of a
// finished run, the metrics up to the last step, the checkpoints, what was passed over or repaired.

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
	"github.com/athanor-ml/athanor/workflows"
)

// FromFiles is how a run stands by what lies in its directory under a home. It is an error that wraps fs.ErrNotExist when there is none.
func FromFiles(home, name string) (*Status, error) {
	run, err := ReadSpec(home, name)
	if err != nil {
		return nil, err
	}
	c := &Client{o: Options{Home: home}}
	s := c.blank(name)
	s.FromFiles, s.Status = true, unfinished
	s.spec(run)
	if info, err := os.Stat(filepath.Join(s.Dir, "run.json")); err == nil {
		s.StartTime = info.ModTime()
	}
	s.Events, _ = train.Events(home, name) // what cannot be read is not worth the rest
	if result, ok := readResult(home, name); ok {
		s.Status = workflows.Completed
		s.take(workflows.State{Progress: result.Progress, Reused: result.Reused})
		s.EndTime = &result.Finished
	} else {
		s.lastStep(home)
	}
	if run.Pipeline != nil {
		s.stagesFromFiles(home, run)
	}
	return s, nil
}

// ReadSpec is the spec that lies in the directory of a run, with the inputs that were found for it.
func ReadSpec(home, name string) (*spec.Run, error) {
	run := new(spec.Run)
	text, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(store.Run(name).Spec())))
	if err == nil {
		err = json.Unmarshal(text, run)
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return run, nil
}

// stagesFromFiles adds the stages of a pipeline.
func (s *Status) stagesFromFiles(home string, run *spec.Run) {
	s.Step, s.Steps = 0, len(run.Pipeline.Stages)
	for i := range run.Pipeline.Stages {
		r := &run.Pipeline.Stages[i]
		stage, err := FromFiles(home, s.Name+"."+r.Name)
		if err != nil {
			stage = (&Client{o: Options{Home: home}}).blank(s.Name + "." + r.Name)
			stage.Status, stage.FromFiles = waiting, true
			stage.spec(r)
		}
		if stage.Status == workflows.Completed {
			s.Step++
		}
		s.Metrics = join(s.Metrics, stage.Metrics)
		s.Stages = append(s.Stages, stage)
	}
}

// readResult is what a finished run has left. The training writes one before the run's last activity completes it, so one without the run's
// name is of a run that has not quite ended.
func readResult(home, name string) (r activities.Result, ok bool) {
	text, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(store.Run(name).Result())))
	return r, err == nil && json.Unmarshal(text, &r) == nil && r.Name != ""
}

// lastStep adopts the last record of the metrics and the newest checkpoint.
func (s *Status) lastStep(home string) {
	records, _ := track.Read(filepath.Join(home, filepath.FromSlash(store.Run(s.Name).Metrics())))
	for _, r := range records {
		s.Step = r.Step
		s.Values = join(s.Values, r.Values)
	}
	s.Checkpoint = newestCheckpoint(s.Dir)
}

// ListFiles gives the runs that lie under a home, the newest first, without the stages of pipelines.
func ListFiles(home string) ([]*Status, error) {
	entries, err := os.ReadDir(filepath.Join(home, store.Runs))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var all []*Status
	stages := map[string]bool{}
	for _, e := range entries {
		s, err := FromFiles(home, e.Name())
		if err != nil {
			continue // not a run, or one whose spec is damaged
		}
		all = append(all, s)
		for _, stage := range s.Stages {
			stages[stage.Name] = true
		}
	}
	all = slices.DeleteFunc(all, func(s *Status) bool { return stages[s.Name] })
	slices.SortStableFunc(all, func(a, b *Status) int { return b.StartTime.Compare(a.StartTime) })
	return all, nil
}

// newestCheckpoint is the newest checkpoint in the directory of a run; empty: none, or the directory is another machine's.
func newestCheckpoint(dir string) string {
	all, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "step-*"))
	if len(all) == 0 {
		return ""
	}
	return slices.MaxFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) // eight digits or more
}
