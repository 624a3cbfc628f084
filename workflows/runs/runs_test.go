package runs

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// Client, Handle and the functions for cells are tested against a real server in internal/daemon.

func TestConnectWithoutAServerSaysWhatToDo(t *testing.T) {
	litter := func(home string, text string) {
		if err := os.WriteFile(ServerFile(home), []byte(text), 0o644); err != nil {
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
	run.Pretrain.Data.Source = "book.txt"
	r, err := resolve(run)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.Name, "tiny-gpt-") || !filepath.IsAbs(r.Pretrain.Data.Source) {
		t.Errorf("resolved to name %q, source %q", r.Name, r.Pretrain.Data.Source)
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
			Progress: train.Progress{Step: step, Loss: float64(step), Checkpoint: "c"}, WeightsSHA256: weights,
		}}
	}
	var s Status
	s.take(state(50, "w50")) // what the workflow has published
	s.take(state(20, ""))    // a heartbeat from before
	if s.Step != 50 || s.Loss != 50 {
		t.Errorf("an old heartbeat won: %+v", s)
	}
	s.take(state(60, ""))
	if s.Step != 60 || s.WeightsSHA256 != "w50" {
		t.Errorf("a newer heartbeat lost, or took the hash of the last segment away: %+v", s)
	}
}

func TestStatusJSON(t *testing.T) {
	text, err := json.Marshal(&Status{Name: "a", StartTime: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"name", "kind", "status", "step", "steps", "loss", "valLoss", "checkpoint", "weightsSHA256", "uiURL"} {
		if !strings.Contains(string(text), `"`+field+`":`) {
			t.Errorf("the status lacks %q: %s", field, text)
		}
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
