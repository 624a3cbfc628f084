//go:build !noserver

package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// work runs a worker that trains by chain, in a process of its own, and returns what ends it.
func work(t *testing.T, home, address string) (stop func()) {
	t.Helper()
	cmd := exec.Command(self(), "worker", home, "chain", "--address", address)
	log, err := openLog(filepath.Join(home, "worker.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	life, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		life.Close() // as if its daemon had died
		if err := cmd.Wait(); err != nil {
			t.Errorf("worker: %v", err)
		}
	}
}

// told follows a run until its status says this.
func told(t *testing.T, h *runs.Handle, what string) *runs.Status {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := h.Follow(ctx, 50*time.Millisecond, func(s *runs.Status) {
		if strings.Contains(s.String(), what) {
			cancel()
		}
	})
	if s == nil || !strings.Contains(s.String(), what) {
		t.Fatalf("the status is %v, %v; want it to say %q", s, err, what)
	}
	return s
}

func TestARunWithoutAWorkerSaysSo(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	server := ensure(t, home, "none")
	h, err := connect(t, home).Start(t.Context(), tiny(t, "alone", 40))
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	stopOther := work(t, other, server.Address) // of another home, whose worker must not take it: the files are not there
	s := told(t, h, "no worker is polling")
	if !strings.Contains(s.Stuck, "athanor up") {
		t.Errorf("stuck: %q, want it to say what to do", s.Stuck)
	}
	if err := h.Set(t.Context(), "lr", "0.001"); err == nil || !strings.Contains(err.Error(), "no worker has answered") {
		t.Errorf("set without a worker: %v", err)
	}
	stop := work(t, home, server.Address)
	if s := end(t, h, "completed", 40, chained(tiny(t, "", 40))); s.Stuck != "" {
		t.Errorf("completed, and stuck: %q", s.Stuck)
	}
	stop()
	stopOther()
	if _, err := os.Stat(filepath.Join(other, "runs")); err == nil {
		t.Error("the worker of another home has taken a part of the run")
	}

	// A worker that has gone is known to the server for minutes.
	again, err := connect(t, home).Start(t.Context(), tiny(t, "again", 40))
	if err != nil {
		t.Fatal(err)
	}
	told(t, again, "no worker is polling")
}

// otherRun is Run as no version of it ever was.
func otherRun(ctx workflow.Context, _ workflows.Input) error { return workflow.Sleep(ctx, time.Hour) }

func TestAWorkerOfAnotherVersionIsNamed(t *testing.T) {
	worker.SetStickyWorkflowCacheSize(0) // else the server waits for the old one before it asks the new one
	for name, killed := range map[string]bool{"its worker was stopped": false, "its worker was killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			otherVersion(t, killed)
		})
	}
}

// otherVersion lets a worker of another version begin a run, and stops that worker, or kills it with the workflow in hand: then the
// server writes down that it fell silent, and nothing of the worker after it.
func otherVersion(t *testing.T, killed bool) {
	home := t.TempDir()
	server := ensure(t, home, "none")
	h, err := connect(t, home).Start(t.Context(), tiny(t, "old", 40))
	if err != nil {
		t.Fatal(err)
	}
	c := dialTemporal(t, home)
	defer c.Close()
	queue, err := runs.Queue(home)
	if err != nil {
		t.Fatal(err)
	}
	old := worker.New(c, queue, worker.Options{})
	old.RegisterWorkflowWithOptions(otherRun, workflow.RegisterOptions{Name: "Run"})
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	for d := 0; d < 5; { // started, task scheduled, started, completed, timer started
		r, err := c.DescribeWorkflowExecution(t.Context(), "old", "")
		if err != nil {
			t.Fatal(err)
		}
		d = int(r.WorkflowExecutionInfo.HistoryLength)
	}
	old.Stop()
	if err := h.Pause(t.Context()); err != nil { // something for the new worker to do
		t.Fatal(err)
	}
	if killed {
		polled := &taskqueue.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // the server wants one
		defer cancel()
		_, err := c.WorkflowService().PollWorkflowTaskQueue(ctx, &workflowservice.PollWorkflowTaskQueueRequest{Namespace: "default", TaskQueue: polled})
		if err != nil {
			t.Fatal(err)
		}
	}
	defer work(t, home, server.Address)()
	s := told(t, h, "another version of athanor")
	if !strings.Contains(s.Stuck, "nondetermin") || !strings.Contains(s.Stuck, "run stop old --force") {
		t.Errorf("stuck: %q, want the cause in it, and what to do", s.Stuck)
	}

	// It can be ended all the same, and goes on under this version.
	if err := h.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Settle(t.Context(), "stop"); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("stop of a run that no worker can carry out: %v", err)
	}
	if err := h.ForceStop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := status(t, h); s.Status != "terminated" || s.Stuck != "" {
		t.Errorf("after ForceStop: %+v", s)
	}
	if err := h.ForceStop(t.Context()); err == nil || !strings.Contains(err.Error(), "the run has ended (terminated)") {
		t.Errorf("ForceStop of a terminated run: %v", err)
	}
	if err := h.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	end(t, h, "completed", 40, chained(tiny(t, "", 40)))
}

// disturbedSteps is how long the runs are that the tests disturb in one way or another.
const disturbedSteps = 1200

// undisturbed is the hash of the weights of a smallRun of so many steps that is left alone, without a server.
func undisturbed(t *testing.T) string {
	t.Helper()
	once.Do(func() {
		run := smallRun(t, t.TempDir(), disturbedSteps)
		run.Name = "undisturbed"
		var r train.Result
		if r, once.err = train.Run(t.Context(), *run, train.Options{Home: t.TempDir()}); once.err == nil {
			once.weights = r.WeightsSHA256
		}
	})
	if once.err != nil {
		t.Fatal(once.err)
	}
	return once.weights
}

var once struct {
	sync.Once
	weights string
	err     error
}

// A worker is stopped, as a laptop that is closed stops it, until the server has given up its attempt. Awake again it is a zombie: it may
// not publish, and the run ends in the weights of one left alone.
func TestASuspendedWorkerEndsInTheSameWeights(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ensure(t, home, "train")
	run := smallRun(t, home, disturbedSteps)
	h := start(t, home, run, "suspended")
	reach(t, h, 1)
	worker := WorkerPID(home)
	_ = syscall.Kill(worker, syscall.SIGSTOP)
	told(t, h, "has been silent for")
	told(t, h, "its worker fell silent")
	if runtime.GOOS == "linux" {
		told(t, h, fmt.Sprintf("kill -CONT %d", worker))
	}
	_ = syscall.Kill(worker, syscall.SIGCONT)
	slept, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if slept.Status != "completed" || slept.WeightsSHA256 != undisturbed(t) {
		t.Errorf("the suspended run ended as %v with weights %s, left alone it has %s", slept, slept.WeightsSHA256, undisturbed(t))
	}
	if WorkerPID(home) != worker {
		t.Errorf("worker %d is now %d: it was not the same process that went on", worker, WorkerPID(home))
	}
}

// A setting is changed while a run is paused, the run is stopped, its text is deleted, the run is resumed: the change counts, and the
// status never goes back to step 0.
func TestSetThenStopThenResume(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ensure(t, home, "train")
	run := smallRun(t, home, disturbedSteps)
	h := start(t, home, run, "changed")
	reach(t, h, 1)
	paused := settle(t, h, "pause", h.Pause(t.Context()))
	if err := h.Set(t.Context(), "steps", "1300"); err != nil {
		t.Fatal(err)
	}
	settle(t, h, "stop", h.Stop(t.Context()))
	if err := os.Remove(run.Pretrain.Data.Source); err != nil {
		t.Fatal(err)
	}
	if err := h.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := status(t, h); s.Step < paused.Step || s.Steps != 1300 {
		t.Errorf("resumed: %+v, want no less than step %d of 1300", s, paused.Step)
	}
	if begun := input(t, home, "changed"); begun.Carry == nil || begun.Carry.Step < paused.Step {
		t.Errorf("the resumed run began with %+v, want its spec and what it had come to", begun)
	}
	if s, err := h.Wait(t.Context()); err != nil || s.Status != "completed" || s.Step != 1300 {
		t.Errorf("ended as %+v, %v", s, err)
	}
}
