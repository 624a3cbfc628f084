//go:build !noserver

package daemon

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

var record = flag.Bool("record", false, "write the histories of TestSteering to workflows/testdata, where a test replays them")

// The stories of a run's owner, against a real server. With -record their histories become the ones that workflows replays: do
// that, and commit them beside the old ones under a new name, when the order of what Run does has changed.
func TestSteering(t *testing.T) {
	home := shared(t)
	c := connect(t, home)
	launch := func(t *testing.T, run *spec.Run) *runs.Handle {
		h, err := c.Start(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	t.Run("pause and resume", func(t *testing.T) {
		run := tiny(t, "paused", 400)
		h := launch(t, run)
		reach(t, h, 1)
		s := settle(t, h, "pause", h.Pause(t.Context()))
		if s.Status != "paused" || s.Step == 0 || s.Step >= 400 || s.Checkpoint == "" {
			t.Errorf("paused: %+v", s)
		}
		if again := status(t, h); again.Step != s.Step {
			t.Errorf("a paused run went on from step %d to %d", s.Step, again.Step)
		}
		if page := details(t, home, "paused"); !strings.Contains(page, "### paused: step") {
			t.Errorf("the page in the UI begins with %.100q", page)
		}
		settle(t, h, "resume", h.Resume(t.Context()))
		end(t, h, "completed", 400, chained(run))
		if begun := input(t, home, "paused"); begun.Carry != nil || begun.Run.Name != "paused" {
			t.Errorf("the run began with %+v, want its spec alone", begun)
		}
		save(t, home, "pause-resume", "paused")
	})
	t.Run("set while it runs", func(t *testing.T) {
		run := tiny(t, "set", 400)
		h := launch(t, run)
		reach(t, h, 1)
		if err := h.Set(t.Context(), "steps", "500"); err != nil {
			t.Error(err)
		}
		for _, c := range []struct{ key, value, want string }{
			{"steps", "300", "only be made longer"},
			{"lr", "-1", "pretrain.optim.lr is -1"},
			{"layers", "3", "cannot change while a run goes on"},
			{"lrr", "3", "did you mean"},
		} {
			if err := h.Set(t.Context(), c.key, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("set %s=%s: %v, want it to say %q", c.key, c.value, err, c.want)
			}
		}
		run.Pretrain.Steps = 500
		end(t, h, "completed", 500, chained(run))
		save(t, home, "set", "set")
	})
	t.Run("stop, then resume", func(t *testing.T) {
		run := tiny(t, "stopped", 400)
		h := launch(t, run)
		reach(t, h, 1)
		s := settle(t, h, "stop", h.Stop(t.Context()))
		if s.Status != "stopped" || s.Step == 0 || s.EndTime == nil {
			t.Errorf("stopped: %+v", s)
		}
		if err := h.Pause(t.Context()); err == nil || !strings.Contains(err.Error(), "the run has ended (stopped)") {
			t.Errorf("pause of a stopped run: %v", err)
		}
		if err := h.Set(t.Context(), "lr", "0.001"); err == nil || !strings.Contains(err.Error(), "the run has ended (stopped)") {
			t.Errorf("set of a stopped run: %v", err)
		}
		save(t, home, "stop", "stopped")
		settle(t, h, "resume", h.Resume(t.Context()))
		end(t, h, "completed", 400, chained(run))
		if err := h.Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "completed") {
			t.Errorf("resume of a completed run: %v", err)
		}
		if all, err := c.List(t.Context()); err != nil || count(all, "stopped") != 1 {
			t.Errorf("a resumed run is listed %d times, %v", count(all, "stopped"), err)
		}
	})
	t.Run("another run's directory", func(t *testing.T) {
		other := tiny(t, "taken", 400)
		dir := filepath.Join(home, "runs", "taken")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		h := launch(t, other)
		s := end(t, h, "failed", 0, "")
		if !strings.Contains(s.Error, "holds another run's spec") {
			t.Errorf("error %q", s.Error)
		}
		save(t, home, "failed", "taken")
	})
	t.Run("no such run", func(t *testing.T) {
		if _, err := c.Run("nobody").Status(t.Context()); err == nil || !strings.Contains(err.Error(), "no such run") {
			t.Errorf("status of a run that is not there: %v", err)
		}
	})
	t.Run("found by attributes", func(t *testing.T) {
		found, err := c.Find(t.Context(), `RunKind = "pretrain" and RunStatus = "completed" and Model = "gpt2-L2-H2-C32-T32" and Step = 500 and Metric = "loss" and Score < 0.5`)
		if err != nil || len(found) != 1 || found[0].Name != "set" {
			t.Errorf("found %v, %v; want the run of 500 steps", found, err)
		}
		if _, err := c.Find(t.Context(), "Colour = 3"); err == nil || !strings.Contains(err.Error(), "Colour") {
			t.Errorf("a query for an attribute that is not there: %v", err)
		}
		all, err := c.List(t.Context())
		for _, name := range []string{"paused", "set", "stopped", "taken"} {
			if err != nil || count(all, name) != 1 {
				t.Errorf("%s is listed %d times, %v", name, count(all, name), err)
			}
		}
		for _, s := range all {
			if s.Kind != "pipeline" && (s.Model != "gpt2-L2-H2-C32-T32" || s.Kind != "pretrain" || s.UIURL == "") {
				t.Errorf("listed as %+v", s)
			}
		}
	})
}

func count(all []*runs.Status, name string) (n int) {
	for _, s := range all {
		if s.Name == name {
			n++
		}
	}
	return n
}

// reach waits until the run has done some steps.
func reach(t *testing.T, h *runs.Handle, step int) {
	t.Helper()
	for status(t, h).Step < step {
	}
}

func settle(t *testing.T, h *runs.Handle, verb string, err error) *runs.Status {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Settle(t.Context(), verb)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func end(t *testing.T, h *runs.Handle, phase string, step int, weights string) *runs.Status {
	t.Helper()
	s, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Status != phase || s.Step != step || s.WeightsSHA256 != weights {
		t.Errorf("ended as %+v, want %s at step %d with weights %s", s, phase, step, weights)
	}
	return s
}

// details is the markdown that the UI shows at the head of a run.
func details(t *testing.T, home, run string) string {
	t.Helper()
	c := dialTemporal(t, home)
	defer c.Close()
	v, err := c.QueryWorkflow(t.Context(), run, "", "__temporal_workflow_metadata")
	if err != nil {
		t.Fatal(err)
	}
	var m sdkpb.WorkflowMetadata
	if err := v.Get(&m); err != nil {
		t.Fatal(err)
	}
	return m.CurrentDetails
}

// input is what the newest execution of a run began with.
func input(t *testing.T, home, run string) (in workflows.Input) {
	t.Helper()
	c := dialTemporal(t, home)
	defer c.Close()
	e, err := c.GetWorkflowHistory(t.Context(), run, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	if err != nil {
		t.Fatal(err)
	}
	payloads := e.GetWorkflowExecutionStartedEventAttributes().Input
	if err := converter.GetDefaultDataConverter().FromPayloads(payloads, &in); err != nil || len(payloads.Payloads) != 1 {
		t.Fatalf("run %s began with %d inputs, %v; want one", run, len(payloads.Payloads), err)
	}
	return in
}

func dialTemporal(t *testing.T, home string) client.Client {
	t.Helper()
	server, err := runs.ReadServer(home)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: server.Address})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// save writes the history of a run's newest execution, with the names of this machine taken out.
func save(t *testing.T, home, name, run string) {
	t.Helper()
	if !*record {
		return
	}
	c := dialTemporal(t, home)
	defer c.Close()
	var history historypb.History
	for events := c.GetWorkflowHistory(t.Context(), run, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		history.Events = append(history.Events, e)
	}
	readable := map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " ", Metadata: readable}.Marshal(&history)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	text = bytes.ReplaceAll(text, []byte(home), []byte("/home/ada/.athanor"))
	text = bytes.ReplaceAll(text, []byte("@"+host), []byte("@laptop"))
	text = bytes.ReplaceAll(text, []byte(`"`+host+":"), []byte(`"laptop:`))
	file := filepath.Join("..", "..", "workflows", "testdata", name+".json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("wrote %s, %d events", file, len(history.Events))
}
