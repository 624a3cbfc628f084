package runs

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
)

// put writes a value as JSON into the directory of a run.
func put(t *testing.T, home, run, file string, v any) {
	t.Helper()
	path := filepath.Join(train.Dir(home, run), file)
	text, err := json.Marshal(v)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, append(text, '\n'), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// pipelineOnDisk is a home with a pipeline whose first stage has ended, whose second has done some steps, and whose third has not begun.
func pipelineOnDisk(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	run, err := spec.Preset("sft-mini")
	if err != nil {
		t.Fatal(err)
	}
	run.Name = "p"
	put(t, home, "p", "run.json", run)
	put(t, home, "p.base", "run.json", run.Pipeline.Child(run, "base", nil))
	put(t, home, "p.base", "result.json", activities.Result{Name: "p.base", Finished: time.Unix(9, 0), Progress: activities.Progress{
		Progress: train.Progress{Step: 2000, Steps: 2000, Metrics: map[string]float64{"valLoss": 0}}, WeightsSHA256: "w",
		Outputs: map[string]activities.Output{"model": {Path: "/m"}},
	}})
	put(t, home, "p.sft", "run.json", run.Pipeline.Child(run, "sft", map[string]spec.Input{"model": {Path: "/m", SHA256: "m"}}))
	put(t, home, "p.sft", "metrics.jsonl", track.Record{Step: 7, Time: time.Unix(10, 0), Values: map[string]float64{"loss": 0.5}})
	put(t, home, "p.sft", "events.jsonl", activities.Event{Time: time.Unix(11, 0), Step: 5, Kind: "checkpoint-damaged", Text: "passed over"})
	if err := os.MkdirAll(filepath.Join(train.Dir(home, "p.sft"), "checkpoints", "step-00000005"), 0o700); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestStatusFromFiles(t *testing.T) {
	home := pipelineOnDisk(t)
	s, err := FromFiles(home, "p")
	if err != nil {
		t.Fatal(err)
	}
	if !s.FromFiles || s.Status != unfinished || s.Step != 1 || s.Steps != 3 || len(s.Stages) != 3 || !strings.Contains(s.String(), "from files; no server answers") {
		t.Errorf("%s: %+v", s, s)
	}
	base, sft, ask := s.Stages[0], s.Stages[1], s.Stages[2]
	if v, ok := base.Value("valLoss"); base.Status != "completed" || !ok || v != 0 || base.Outputs["model"] != "/m" || base.WeightsSHA256 != "w" {
		t.Errorf("base: %+v", base)
	}
	if sft.Status != unfinished || sft.Step != 7 || sft.Values["loss"] != 0.5 || filepath.Base(sft.Checkpoint) != "step-00000005" || len(sft.Events) != 1 {
		t.Errorf("sft: %+v", sft)
	}
	if ask.Status != waiting || ask.Kind != "evaluate" {
		t.Errorf("evaluate: %+v", ask)
	}
	all, err := ListFiles(home)
	if err != nil || len(all) != 1 || all[0].Name != "p" {
		t.Errorf("listed %v, %v; want the pipeline alone", all, err)
	}
	if _, err := FromFiles(home, "nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a run that is not there: %v", err)
	}
	if all, err := ListFiles(t.TempDir()); err != nil || len(all) != 0 {
		t.Errorf("an empty home: %v, %v", all, err)
	}
}

func TestRemoveFiles(t *testing.T) {
	home := pipelineOnDisk(t)
	put(t, home, "q.base", "result.json", activities.Result{Name: "q.base", Reused: "p.base"})
	if got := usersOf(home, []string{"p", "p.base"}); len(got) != 1 || got[0] != "q.base" {
		t.Errorf("users of p.base: %v", got)
	}
	if err := RemoveFiles(home, "p"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"p": false, "p.base": false, "p.sft": false, "q.base": true} {
		if _, err := os.Stat(train.Dir(home, name)); (err == nil) != want {
			t.Errorf("%s is there: %t", name, err == nil)
		}
	}
}

func TestLogs(t *testing.T) {
	home := pipelineOnDisk(t)
	log := `time=1970-01-01T00:00:12Z level=WARN msg="late" WorkflowID=p.sft RunID=1
time=1970-01-01T00:00:08Z level=WARN msg="early" WorkflowID=p.base RunID=1
time=1970-01-01T00:00:13Z level=WARN msg="another" WorkflowID=p.sft2 RunID=1
time=1970-01-01T00:00:14Z level=WARN msg="last" RunID=1 WorkflowID=p
`
	if err := os.WriteFile(filepath.Join(home, "worker.log"), []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Logs(home, "p", &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4:\n%s", len(lines), out.String())
	}
	for i, want := range []string{"early", "event=checkpoint-damaged: passed over", "late", "last"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %q, want %q in it", i+1, lines[i], want)
		}
	}
}

// Whoever asks first makes the id of a home; all are told the same, and it moves with the home.
func TestQueueOfAHome(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	queues := make([]string, 20)
	var all sync.WaitGroup
	for i := range queues {
		all.Go(func() {
			var err error
			if queues[i], err = Queue(home); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, q := range queues {
		if q != queues[0] || !strings.HasPrefix(q, "athanor-") {
			t.Fatalf("queues %q", queues)
		}
	}
	if err := os.Rename(home, home+"2"); err != nil {
		t.Fatal(err)
	}
	if q, err := Queue(home + "2"); err != nil || q != queues[0] {
		t.Errorf("moved, its queue is %s, %v; want %s", q, err, queues[0])
	}
	if q, err := Queue(home); err != nil || q == queues[0] {
		t.Errorf("another home has the queue %s, %v", q, err)
	}
	if err := os.WriteFile(filepath.Join(home, "id"), []byte("../../x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Queue(home); err == nil || !strings.Contains(err.Error(), "want 12 hexadecimal digits") {
		t.Errorf("a damaged id: %v", err)
	}
}
