package runs

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// Client, Handle and the functions for cells are tested against a real server in internal/daemon.

func TestConnectWithoutAServerSaysWhatToDo(t *testing.T) {
	litter := func(home string, text string) {
		if err := os.WriteFile(ServerFile(home), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, prepare := range map[string]func(home string){
		"never started": func(string) {},
		"killed":        func(home string) { litter(home, `{"pid": 99999999, "address": "127.0.0.1:1"}`) },
		"torn file":     func(home string) { litter(home, `{"pid":`) },
		"other port":    func(home string) { litter(home, `{"pid": 1, "address": "127.0.0.1:1"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			prepare(home)
			_, err := Connect(t.Context(), Options{Home: home})
			if !errors.Is(err, ErrNoServer) || !strings.Contains(err.Error(), `start it with "athanor up"`) {
				t.Errorf("Connect: %v", err)
			}
			starts := 0
			_, err = Connect(t.Context(), Options{Home: home, Starter: func() error { starts++; return errors.New("no luck") }})
			if starts != 1 || err == nil || !strings.Contains(err.Error(), "no luck") {
				t.Errorf("started %d times: %v", starts, err)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	run, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	run.Pretrain.Data.Source, run.Pretrain.Model.From = "book.txt", "first.v2"
	r, err := resolve(run)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.Name, "tiny-gpt-") || !filepath.IsAbs(r.Pretrain.Data.Source) || r.Pretrain.Model.From != "first.v2" {
		t.Errorf("resolved to name %q, source %q, model %q", r.Name, r.Pretrain.Data.Source, r.Pretrain.Model.From)
	}
	if run.Name != "" || run.Pretrain.Data.Source != "book.txt" {
		t.Errorf("the caller's run was changed: %+v", run)
	}
	run.Name, run.Pretrain.Batch = "a/b", -1
	if _, err := resolve(run); err == nil || !strings.Contains(err.Error(), "name is") || !strings.Contains(err.Error(), "pretrain.batch is -1") {
		t.Errorf("resolve of two faults: %v", err)
	}
}

func TestPhase(t *testing.T) {
	const (
		running   = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
		completed = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	)
	for _, c := range []struct {
		status    enumspb.WorkflowExecutionStatus
		published string
		want      string
	}{
		{running, "", "running"},
		{running, workflows.Paused, "paused"},
		{running, workflows.Stopped, "running"}, // just before the end
		{completed, workflows.Completed, "completed"},
		{completed, workflows.Stopped, "stopped"},
		{enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, workflows.Running, "stopped"},
		{enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, workflows.Running, "terminated"},
		{enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, workflows.Failed, "failed"},
		{enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, workflows.Running, "failed"},
	} {
		if got := phase(c.status, c.published); got != c.want {
			t.Errorf("phase(%v, %q) = %q, want %q", c.status, c.published, got, c.want)
		}
	}
}

func TestStatusTakesOnlyWhatIsNewer(t *testing.T) {
	state := func(step int, weights string) workflows.State {
		return workflows.State{Progress: activities.Progress{
			Progress: train.Progress{Step: step, Values: map[string]float64{"loss": float64(step)}, Checkpoint: "c"}, WeightsSHA256: weights,
		}}
	}
	s := (&Client{}).blank("r")
	s.take(state(50, "w50")) // what the workflow has published
	s.take(state(20, ""))    // a heartbeat from before
	if s.Step != 50 || s.Values["loss"] != 50 {
		t.Errorf("an old heartbeat won: %+v", s)
	}
	s.take(state(60, ""))
	if s.Step != 60 || s.WeightsSHA256 != "w50" {
		t.Errorf("a newer heartbeat lost, or took the hash of the last segment away: %+v", s)
	}
}

// Scripts rely on these names, and on their being there.
func TestStatusJSON(t *testing.T) {
	s := (&Client{}).blank("p")
	s.Stages = append(s.Stages, (&Client{}).blank("p.base"))
	s.Metrics["exactMatch"] = 0
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, of := range []map[string]any{all, all["stages"].([]any)[0].(map[string]any)} {
		for _, field := range []string{"name", "kind", "status", "step", "steps", "metrics", "outputs", "stages", "uiURL"} {
			if v, there := of[field]; !there || v == nil {
				t.Errorf("the status has %s = %v: %s", field, v, text)
			}
		}
	}
	if v := all["metrics"].(map[string]any)["exactMatch"]; v != 0.0 {
		t.Errorf("a metric that is 0 is %v", v)
	}
}

func TestStatusInALine(t *testing.T) {
	s := &Status{Name: "p", Status: "running", Step: 1, Steps: 3, Headline: []string{"exactMatch"}, Stages: []*Status{
		{Name: "p.base", Status: "completed", Step: 5, Steps: 5},
		{Name: "p.sft", Status: "running", Step: 0, Steps: 9, Stuck: "no worker"},
		{Name: "p.ask", Status: waiting},
	}}
	if got, want := s.String(), "p: running, stages 1 of 3, sft at step 0 of 9"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.Metrics, s.FromFiles = map[string]float64{"exactMatch": 0}, true
	if got, want := s.String(), "p: running, stages 1 of 3, sft at step 0 of 9, exactMatch 0.0000 (from files; no server answers)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a pipeline has published is known of its stages too.
func TestStatusOfAPipeline(t *testing.T) {
	run, err := spec.Preset("sft-mini")
	if err != nil {
		t.Fatal(err)
	}
	run.Name = "p"
	base := workflows.Stage{Name: "base", Kind: "pretrain"}
	base.Phase, base.Step, base.Outputs = workflows.Completed, 2000, map[string]activities.Output{"model": {Path: "/m"}}
	state := workflows.State{Phase: workflows.Paused, Stages: []workflows.Stage{base, {Name: "sft", Kind: "sft"}, {Name: "evaluate", Kind: "evaluate"}}}
	state.Step, state.Steps = 1, 3
	memo := map[string]*commonpb.Payload{}
	for key, v := range map[string]any{workflows.MemoSpec: run, workflows.MemoState: state} {
		if memo[key], err = converter.GetDefaultDataConverter().ToPayload(v); err != nil {
			t.Fatal(err)
		}
	}
	s := (&Client{o: Options{Home: "/h"}}).status(&workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: "p"}, Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Memo: &commonpb.Memo{Fields: memo},
	})
	if s.Status != "paused" || s.Kind != "pipeline" || s.Step != 1 || s.Steps != 3 || len(s.Stages) != 3 {
		t.Fatalf("%+v", s)
	}
	if b := s.Stages[0]; b.Name != "p.base" || b.Status != "completed" || b.Outputs["model"] != "/m" || b.Model != "gpt2-L4-H4-C128-T64" {
		t.Errorf("base: %+v", b)
	}
	if b := s.Stages[1]; b.Status != waiting || b.Steps == 0 || b.Ended() {
		t.Errorf("sft: %+v", b)
	}
}

func TestStartPresetReportsAllFaults(t *testing.T) {
	SetDefault(Options{Home: t.TempDir()})
	_, err := StartPreset("tiny-gpt", "stesp=3", "lr", "batch=many")
	for _, want := range []string{"did you mean pretrain.steps", `setting "lr": want key=value`, "want a whole number"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	if _, err := StartPreset("tiny-gtp"); err == nil || !strings.Contains(err.Error(), "did you mean tiny-gpt") {
		t.Errorf("unknown preset: %v", err)
	}
}

func TestMIMEEscapes(t *testing.T) {
	s := &Status{Name: "a", Error: "<script>", Status: "failed"}
	if html := s.MIME()["text/html"].(string); strings.Contains(html, "<script>") {
		t.Errorf("unescaped: %s", html)
	}
}
