package workflows

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
)

// Runs that are going on when athanor is updated replay their histories with the new code. The histories in testdata
// stand for them: a change of Run or Pipeline that cannot replay one needs workflow.GetVersion. New ones are recorded, under new names,
// by "go test ./internal/daemon -run 'TestSteering|TestPipelines' -record"; old ones stay as they are.
func TestOldHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 12 {
		t.Fatalf("found %d histories in testdata, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := replay(t, history(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The gate itself is tested: a history that Run could not have made is found out.
func TestForeignHistoryDoesNotReplay(t *testing.T) {
	h := history(t, "testdata/stop.json")
	for _, e := range h.Events {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil && a.ActivityType.Name == "Prepare" {
			a.ActivityType.Name = "Publish"
		}
	}
	if err := replay(t, h); err == nil {
		t.Error("a history with another first activity replays; the test above could not fail")
	}
}

func replay(t *testing.T, h *historypb.History) error {
	t.Helper()
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflow(Run)
	r.RegisterWorkflow(Pipeline)
	return r.ReplayWorkflowHistory(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)), h)
}

func history(t *testing.T, file string) *historypb.History {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	readable := map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}
	h := new(historypb.History)
	if err := (temporalproto.CustomJSONUnmarshalOptions{Metadata: readable}).Unmarshal(text, h); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return h
}
