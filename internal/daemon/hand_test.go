//go:build !noserver

package daemon

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"
)

// A worker is killed just when it has been given a workflow to decide on: the run is paused, told to go on, and the worker killed within
// some milliseconds. It goes on all the same. How long that takes is in docs/PERF.md; repeat it with:
// go test ./internal/daemon -run InHand -v -kills 40
func TestWorkerDiesWithTheWorkflowInHand(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ensure(t, home, "train", "unhurried")
	h := start(t, home, smallRun(t, home, 10_000_000), "killed")
	reach(t, h, 1)
	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var replaced, moved []time.Duration
	for i := range *kills {
		before := settle(t, h, "pause", h.Pause(t.Context()))
		worker := WorkerPID(home)
		if err := h.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		delay := time.Duration(random.IntN(12)) * time.Millisecond
		time.Sleep(delay)
		_ = syscall.Kill(worker, syscall.SIGKILL)
		began := time.Now()
		for now := WorkerPID(home); now == 0 || now == worker; now = WorkerPID(home) {
			time.Sleep(time.Millisecond)
		}
		replaced = append(replaced, time.Since(began))
		after := moving(t, h)
		moved = append(moved, time.Since(began))
		if after.Step < before.Step {
			t.Errorf("kill %d: paused at step %d, now at %d", i+1, before.Step, after.Step)
		}
		t.Logf("kill %2d after %v: another worker after %v, training again at step %d after %v", i+1, delay,
			replaced[i].Round(time.Millisecond), after.Step, moved[i].Round(10*time.Millisecond))
	}
	for what, all := range map[string][]time.Duration{"another worker": replaced, "training again": moved} {
		slices.Sort(all)
		t.Logf("%s: median %v, 90 %% %v, worst %v", what, all[len(all)/2], all[len(all)*9/10], all[len(all)-1])
	}
	settle(t, h, "stop", h.Stop(t.Context()))
}
