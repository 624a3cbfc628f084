//go:build !noserver

package daemon

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// graph is a pipeline of four runs:
//
//	base ─┬─ left ─── ask
//	      └─ right
func graph(t *testing.T, name string, steps int) *spec.Run {
	t.Helper()
	stage := func(kind, name, from string) spec.Run {
		s := *tiny(t, name, steps)
		if kind != "pretrain" {
			s = *spec.Defaults(kind)
			s.Name = name
		}
		s.Seed = 0
		switch kind {
		case "pretrain":
			s.Pretrain.Model.From = from
		case "sft":
			s.SFT.Model.From, s.SFT.Data.Source, s.SFT.Steps, s.SFT.Checkpoint.Every = from, "tasks:sft", steps, 20
		case "evaluate":
			s.Evaluate.Model.From, s.Evaluate.Data.Source = from, "tasks:sft"
		}
		return s
	}
	p := spec.Defaults("pipeline")
	p.Name = name
	p.Pipeline.Stages = []spec.Run{
		stage("pretrain", "base", ""), stage("sft", "left", "base"), stage("pretrain", "right", "base"), stage("evaluate", "ask", "left"),
	}
	return p
}

// chainedGraph are the weights that chain ends a stage of a graph with.
func chainedGraph(run *spec.Run, stage string) string {
	child := run.Pipeline.Child(run, stage, nil)
	needs := run.Pipeline.Needs(run.Pipeline.Stage(stage))
	if len(needs) == 0 {
		return chained(child)
	}
	return chained(child, folderHash(chainedGraph(run, needs[0])))
}

// wantGraph checks that a pipeline has ended as chain ends it.
func wantGraph(t *testing.T, run *spec.Run, s *runs.Status) {
	t.Helper()
	if s.Status != "completed" || s.Step != 4 || len(s.Stages) != 4 {
		t.Fatalf("the pipeline has ended as %s\n%s", s, s.Text())
	}
	for i, stage := range s.Stages {
		name := run.Pipeline.Stages[i].Name
		if stage.Status != "completed" || stage.WeightsSHA256 != chainedGraph(run, name) {
			t.Errorf("stage %s has ended as %s with weights %s, want %s", name, stage, stage.WeightsSHA256, chainedGraph(run, name))
		}
	}
}

func launch(t *testing.T, c *runs.Client, run *spec.Run) *runs.Handle {
	t.Helper()
	h, err := c.Start(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func wait(t *testing.T, h *runs.Handle) *runs.Status {
	t.Helper()
	s, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// under waits until a stage has done some steps.
func under(t *testing.T, h *runs.Handle, stage string) {
	t.Helper()
	for {
		for _, s := range status(t, h).Stages {
			if s.Name == h.Name+"."+stage && s.Step > 0 {
				return
			}
		}
	}
}

// The stories of a pipeline's owner, against a real server.
func TestPipelines(t *testing.T) {
	home := shared(t)
	c := connect(t, home)
	t.Run("to its end", func(t *testing.T) {
		run := graph(t, "whole", 40)
		s := wait(t, launch(t, c, run))
		wantGraph(t, run, s)
		if s.Metrics["pretrainHash"] == 0 || s.Metrics["evaluateHash"] == 0 || s.Outputs["model"] != s.Stages[3].Outputs["model"] {
			t.Errorf("metrics %v, outputs %v; want those of all stages, the later before the earlier", s.Metrics, s.Outputs)
		}
		save(t, home, "pipeline", "whole")
		save(t, home, "stage", "whole.left")
		if page := details(t, home, "whole"); !strings.Contains(page, "| [ask](../../whole.ask) | evaluate | completed |") {
			t.Errorf("its page is\n%s", page)
		}
		all, err := c.List(t.Context())
		if err != nil || count(all, "whole") != 1 || count(all, "whole.base") != 0 {
			t.Errorf("listed with its stages, %v", err)
		}
		if found, err := c.Find(t.Context(), `RunKind = "evaluate" and RunStatus = "completed"`); err != nil || count(found, "whole.ask") != 1 {
			t.Errorf("its stages are not found: %v, %v", found, err)
		}
	})
	t.Run("reused", func(t *testing.T) {
		run := graph(t, "again", 40)
		run.Pipeline.Stages[1].SFT.Optim.LR /= 2 // left is another one, and ask is given something else
		s := wait(t, launch(t, c, run))
		if s.Status != "completed" || s.Stages[0].Reused != "whole.base" || s.Stages[2].Reused != "whole.right" || s.Stages[1].Reused != "" {
			t.Errorf("ended as\n%s", s.Text())
		}
		if s.Stages[0].Outputs["model"] == "" || !strings.Contains(s.Stages[0].String(), "reused from whole.base") {
			t.Errorf("reused: %+v", s.Stages[0])
		}
		run = graph(t, "fresh", 40)
		run.Pipeline.Fresh = true
		if s := wait(t, launch(t, c, run)); s.Stages[0].Reused != "" {
			t.Errorf("a fresh pipeline has reused %s", s.Stages[0].Reused)
		}
	})
	t.Run("pause, set, resume", func(t *testing.T) {
		run := graph(t, "held", 400)
		run.Pipeline.Fresh = true
		h := launch(t, c, run)
		under(t, h, "base")
		s := settle(t, h, "pause", h.Pause(t.Context()))
		if s.Status != "paused" || s.Stages[0].Status != "paused" || s.Stages[1].Status != "waiting" {
			t.Errorf("paused: %s", s.Text())
		}
		if err := h.Set(t.Context(), "base.steps", "410"); err != nil {
			t.Error(err)
		}
		if err := h.Set(t.Context(), "left.steps", "40"); err == nil || !strings.Contains(err.Error(), "only be made longer") {
			t.Errorf("set left.steps: %v", err)
		}
		settle(t, h, "resume", h.Resume(t.Context()))
		run.Pipeline.Stages[0].Pretrain.Steps = 410
		under(t, h, "left")
		if err := h.Set(t.Context(), "base.weightDecay", "0.2"); err == nil || !strings.Contains(err.Error(), "stage base has ended") {
			t.Errorf("set of a stage that has ended: %v", err)
		}
		if err := h.Set(t.Context(), "left.optim.lr", "2e-4"); err != nil {
			t.Error(err)
		}
		wantGraph(t, run, wait(t, h))
		save(t, home, "pipeline-steered", "held")
		save(t, home, "stage-steered", "held.left")
	})
	t.Run("stop, resume", func(t *testing.T) {
		run := graph(t, "ended", 300)
		run.Pipeline.Fresh = true
		h := launch(t, c, run)
		under(t, h, "right")
		s := settle(t, h, "stop", h.Stop(t.Context()))
		if s.Status != "stopped" || s.Stages[0].Status != "completed" || s.Stages[2].Status != "stopped" || s.Stages[2].Step == 0 || s.Stages[3].Status != "waiting" {
			t.Errorf("stopped: %s", s.Text())
		}
		save(t, home, "pipeline-stopped", "ended")
		settle(t, h, "resume", h.Resume(t.Context()))
		wantGraph(t, run, wait(t, h))
		if begun := input(t, home, "ended.right"); begun.Carry == nil || begun.Carry.Step != s.Stages[2].Step {
			t.Errorf("the stopped stage was begun again with %+v, want from step %d", begun.Carry, s.Stages[2].Step)
		}
		if begun := input(t, home, "ended.base"); begun.Carry != nil {
			t.Error("the completed stage was begun again")
		}
		save(t, home, "pipeline-resumed", "ended")
	})
	t.Run("a stage is stopped", func(t *testing.T) {
		run := graph(t, "broken", 300)
		run.Pipeline.Fresh = true
		h := launch(t, c, run)
		under(t, h, "left")
		if err := c.Run("broken.left").Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := wait(t, h); s.Status != "stopped" || s.Stages[1].Status != "stopped" || s.Stages[2].Status != "stopped" {
			t.Errorf("ended as\n%s", s.Text())
		}
		settle(t, h, "resume", h.Resume(t.Context()))
		wantGraph(t, run, wait(t, h))
	})
	t.Run("ended by force, resumed", func(t *testing.T) {
		run := graph(t, "forced", 300)
		run.Pipeline.Fresh = true
		h := launch(t, c, run)
		under(t, h, "right")
		temporal := dialTemporal(t, home)
		defer temporal.Close()
		if err := temporal.TerminateWorkflow(t.Context(), "forced", "", "as run stop --force does"); err != nil {
			t.Fatal(err)
		}
		if s := status(t, h); s.Status != "terminated" {
			t.Errorf("%s", s)
		}
		if err := h.Resume(t.Context()); err != nil { // its stages may still be about to stop
			t.Fatal(err)
		}
		wantGraph(t, run, wait(t, h))
	})
	t.Run("a stage fails", func(t *testing.T) {
		run := graph(t, "doomed", 40)
		run.Pipeline.Fresh = true
		run.Pipeline.Stages[1].SFT.LoRA.Alpha = 666 // see chain
		h := launch(t, c, run)
		s := wait(t, h)
		if s.Status != "failed" || !strings.Contains(s.Error, "stage left: step 6: the number of the beast") || !strings.Contains(s.Error, "not begun: ask") {
			t.Errorf("ended as\n%s", s.Text())
		}
		save(t, home, "pipeline-failed", "doomed")
	})
	t.Run("removed", func(t *testing.T) {
		h := c.Run("whole")
		if err := h.Remove(t.Context(), false); err == nil || !strings.Contains(err.Error(), "again.base") {
			t.Errorf("removal of what others use: %v", err)
		}
		if err := c.Run("again").Remove(t.Context(), false); err != nil {
			t.Error(err)
		}
		if _, err := runs.FromFiles(home, "again.left"); err == nil {
			t.Error("the files of a stage are still there")
		}
		for known := true; known; { // the server deletes in its own time
			_, err := c.Run("again").Status(t.Context())
			known = err == nil
		}
	})
}

// The owner wants something, and the worker is killed, told to stop or frozen just when the running segment has been asked to end: the run goes on,
// pauses or stops, and never fails.
func TestSteeringWhileTheWorkerDies(t *testing.T) {
	home := t.TempDir()
	ensure(t, home, "chain", "unhurried")
	c := connect(t, home)
	for _, verb := range []string{"set", "pause", "stop"} {
		for _, fate := range []string{"killed", "told to stop", "frozen"} {
			t.Run(verb+", "+fate, func(t *testing.T) {
				run := tiny(t, strings.ReplaceAll(verb+"-"+fate, " ", "-"), 400)
				h := launch(t, c, run)
				reach(t, h, 1)
				var err error
				switch verb {
				case "set":
					err = h.Set(t.Context(), "weightDecay", "0.2")
				case "pause":
					err = h.Pause(t.Context())
				case "stop":
					err = h.Stop(t.Context())
				}
				if err != nil {
					t.Fatal(err)
				}
				asked(t, home, h.Name)
				if fate == "frozen" {
					freezeWorker(t, home, h.Name)
				} else {
					endWorker(t, home, fate == "killed")
				}
				switch verb {
				case "pause":
					if s := settle(t, h, "pause", nil); s.Status != "paused" || s.Error != "" {
						t.Errorf("paused: %+v", s)
					}
					settle(t, h, "resume", h.Resume(t.Context()))
				case "stop":
					if s := wait(t, h); s.Status != "stopped" || s.Error != "" {
						t.Errorf("stopped: %+v", s)
					}
					settle(t, h, "resume", h.Resume(t.Context()))
				}
				end(t, h, "completed", 400, chained(run))
				if verb == "pause" && fate == "killed" {
					save(t, home, "pause-killed", h.Name)
				}
			})
		}
	}
}

// tinyPipeline trains in earnest: a model, and the same one on.
func tinyPipeline(t *testing.T, home, name string, steps int) *spec.Run {
	t.Helper()
	base, more := smallRun(t, home, steps), smallRun(t, home, steps)
	base.Name, more.Name, more.Pretrain.Model.From = "base", "more", "base"
	base.Seed, more.Seed = 0, 5
	p := spec.Defaults("pipeline")
	p.Name = name
	p.Pipeline.Fresh = true
	p.Pipeline.Stages = []spec.Run{*base, *more}
	return p
}

// A pipeline whose worker, server or both are killed at random moments ends in the weights of one that was left alone, and no stage is
// carried out twice to effect.
func TestKilledPipelineEndsInTheSameWeights(t *testing.T) {
	home := t.TempDir()
	ensure(t, home, "train")
	steps := 150 * (*kills + 1)
	alone := wait(t, launch(t, connect(t, home), tinyPipeline(t, home, "alone", steps)))
	if alone.Status != "completed" {
		t.Fatalf("left alone it ended as\n%s", alone.Text())
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := launch(t, connect(t, home), tinyPipeline(t, home, "killed", steps))
	for done := range *kills {
		goal := 2 * steps * (done + 1) / (*kills + 1) // of both stages together
		for progress(status(t, h)) < goal-random.IntN(steps/4) {
		}
		victim := []string{"worker", "server", "both"}[random.IntN(3)]
		before := status(t, h)
		kill(t, home, victim)
		ensure(t, home, "train")
		h = connect(t, home).Run("killed")
		t.Logf("kill %d: %s at %s", done+1, victim, before)
	}
	killed := wait(t, h)
	if killed.Status != "completed" {
		t.Fatalf("killed %d times it ended as\n%s", *kills, killed.Text())
	}
	for i, s := range killed.Stages {
		if want := alone.Stages[i]; s.WeightsSHA256 != want.WeightsSHA256 || s.WeightsSHA256 == "" || s.Metrics["valLoss"] != want.Metrics["valLoss"] {
			t.Errorf("stage %s: weights %s, valLoss %v; left alone %s, %v", s.Name, s.WeightsSHA256, s.Metrics["valLoss"], want.WeightsSHA256, want.Metrics["valLoss"])
		}
		if repaired := slices.IndexFunc(s.Events, func(e activities.Event) bool { return e.Kind == "checkpoint-damaged" }); repaired >= 0 {
			t.Errorf("stage %s: %v", s.Name, s.Events)
		}
	}
	if s, err := runs.FromFiles(home, "killed"); err != nil || s.Status != workflows.Completed || s.Stages[1].Outputs["model"] != killed.Stages[1].Outputs["model"] {
		t.Errorf("its files say %v, %v", s, err)
	}
}

// progress is how many steps a pipeline has done in all stages.
func progress(s *runs.Status) (steps int) {
	for _, stage := range s.Stages {
		steps += stage.Step
	}
	if s.Ended() {
		return 1 << 30
	}
	return steps
}
