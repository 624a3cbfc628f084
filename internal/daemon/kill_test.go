//go:build !noserver

package daemon

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows/runs"
)

var kills = flag.Int("kills", 3, "how many times TestKilledRunEndsInTheSameWeights kills")

// A run whose worker, server or both are killed at random moments ends in the weights of one that was left alone. Repeat the
// 20 kills of docs/PERF.md with: go test ./internal/daemon -run Killed -v -kills 20
func TestKilledRunEndsInTheSameWeights(t *testing.T) {
	home := t.TempDir()
	ensure(t, home, "train")
	// Long enough for every kill to hit it: each has 1.5 s of training to itself, at the pace of now, and comes at a step in that time.
	probe := finish(t, home, smallRun(t, home, 300), "probe")
	rate := 300 / probe.EndTime.Sub(probe.StartTime).Seconds()
	run := smallRun(t, home, int(rate*float64(*kills+1)*1.5))
	alone := finish(t, home, run, "alone")

	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := start(t, home, run, "killed")
	done := 0
	for ; done < *kills; done++ {
		share := run.Pretrain.Steps / (*kills + 1) // of each kill, and one that is left when all are done
		reach(t, h, max(1, share*done+random.IntN(share)))
		if s := status(t, h); s.Ended() {
			break
		}
		victim := []string{"worker", "server", "both"}[random.IntN(3)]
		before := status(t, h)
		kill(t, home, victim)
		began := time.Now()
		ensure(t, home, "train")
		h = connect(t, home).Run("killed")
		after := moving(t, h)
		saved := 0
		_, _ = fmt.Sscanf(filepath.Base(before.Checkpoint), "step-%d", &saved)
		if after.Step < saved {
			t.Errorf("before kill %d there was a checkpoint of step %d, after it the run says that it is at step %d", done+1, saved, after.Step)
		}
		t.Logf("kill %2d: %-6s at step %4d; training again at step %4d after %v", done+1, victim, before.Step, after.Step, time.Since(began).Round(10*time.Millisecond))
	}
	if done < *kills {
		t.Errorf("the run ended after %d of %d kills: give it more steps", done, *kills)
	}
	killed, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if killed.Status != "completed" || killed.WeightsSHA256 != alone.WeightsSHA256 || killed.WeightsSHA256 == "" {
		t.Errorf("killed %d times:\n%v %s\nleft alone:\n%v %s", done, killed, killed.WeightsSHA256, alone, alone.WeightsSHA256)
	}
	t.Logf("weights after %d kills: %s, left alone: %s", done, killed.WeightsSHA256, alone.WeightsSHA256)
}

// smallRun trains on a text that the test writes.
func smallRun(t *testing.T, home string, steps int) *spec.Run {
	t.Helper()
	words := strings.Fields("the slow furnace burns day and night unattended until all of the work is done and then it rests")
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for range 12000 {
		fmt.Fprintf(&text, "%s ", words[random.IntN(len(words))])
	}
	path := filepath.Join(home, "text.txt")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := tiny(t, "", steps)
	run.Pretrain.Data.Source = path
	run.Pretrain.Checkpoint.Every, run.Pretrain.Eval.Every = 25, 100
	return run
}

func start(t *testing.T, home string, run *spec.Run, name string) *runs.Handle {
	t.Helper()
	run.Name = name
	h, err := connect(t, home).Start(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func finish(t *testing.T, home string, run *spec.Run, name string) *runs.Status {
	t.Helper()
	s, err := start(t, home, run, name).Wait(t.Context())
	if err != nil || s.Status != "completed" {
		t.Fatalf("run %s: %v, %v", name, s, err)
	}
	t.Logf("%s in %v", s, s.EndTime.Sub(s.StartTime).Round(time.Millisecond))
	return s
}

func status(t *testing.T, h *runs.Handle) *runs.Status {
	t.Helper()
	s, err := h.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func kill(t *testing.T, home, victim string) {
	t.Helper()
	worker := WorkerPID(home)
	server, err := runs.ReadServer(home)
	if err != nil {
		t.Fatal(err)
	}
	if victim != "server" && worker != 0 {
		_ = syscall.Kill(worker, syscall.SIGKILL)
	}
	if victim != "worker" {
		_ = syscall.Kill(server.PID, syscall.SIGKILL)
		for locked(home) { // the system lets go of a dead process's lock soon, not at once
			time.Sleep(time.Millisecond)
		}
	}
}

// asked waits until the running activity of a run has been asked to end, or has.
func asked(t *testing.T, home, run string) {
	t.Helper()
	c := dialTemporal(t, home)
	defer c.Close()
	for {
		d, err := c.DescribeWorkflowExecution(t.Context(), run, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(d.PendingActivities) == 0 || d.PendingActivities[0].State == enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED {
			return
		}
	}
}

// endWorker kills the worker of a home or tells it to stop, and waits for its successor.
func endWorker(t *testing.T, home string, killed bool) {
	t.Helper()
	worker, signal := WorkerPID(home), syscall.SIGTERM
	if killed {
		signal = syscall.SIGKILL
	}
	if err := syscall.Kill(worker, signal); err != nil {
		t.Fatal(err)
	}
	for now := WorkerPID(home); now == 0 || now == worker; now = WorkerPID(home) {
		time.Sleep(time.Millisecond)
	}
}

// freezeWorker stops the worker of a home, as a closed laptop does, until the server has given up the activity that it carries out.
func freezeWorker(t *testing.T, home, run string) {
	t.Helper()
	worker := WorkerPID(home)
	if err := syscall.Kill(worker, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c := dialTemporal(t, home)
	defer c.Close()
	for {
		d, err := c.DescribeWorkflowExecution(t.Context(), run, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(d.PendingActivities) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond) // it is ten seconds
	}
	if err := syscall.Kill(worker, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// moving waits until the run's step grows, or it has ended.
func moving(t *testing.T, h *runs.Handle) *runs.Status {
	t.Helper()
	size := func() int64 {
		info, err := os.Stat(h.Metrics())
		if err != nil {
			return 0
		}
		return info.Size()
	}
	last := size()
	for ; t.Context().Err() == nil; time.Sleep(time.Millisecond) { // the test program's limit is the only one
		now := size()
		s := status(t, h)
		if now > last || s.Ended() {
			return s
		}
		last = now // a resumed run cuts the file first
	}
	t.Fatalf("the run does not move: %+v", status(t, h))
	return nil
}
