//go:build !noserver

package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// The processes of these tests are the test binary itself, told by its arguments what to be:
//
//	daemon.test up HOME chain|train|none [unhurried]
//	daemon.test worker HOME chain|train --address HOST:PORT
//
// "none" is a daemon without a worker, an unhurried one starts every worker at once.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
		defer stop()
		var err error
		switch os.Args[1] {
		case "up":
			o := Options{Home: os.Args[2], AnyPort: true, Log: func(s string) { fmt.Println(s) }}
			if os.Args[3] != "none" {
				o.Worker = []string{self(), "worker", os.Args[2], os.Args[3]}
			}
			if len(os.Args) > 4 {
				steady = 0
			}
			err = Up(ctx, o)
		case "worker":
			trainer := &activities.Trainer{Home: os.Args[2]}
			if os.Args[3] == "chain" {
				trainer.Core = activities.Core{Prepare: chainPrepares, Run: chain}
			}
			err = Work(ctx, WorkerOptions{Home: os.Args[2], Address: os.Args[len(os.Args)-1], Supervised: true, Trainer: trainer})
		default:
			os.Exit(runTests(m))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(runTests(m))
}

// runTests runs the tests and ends the daemon that they have shared.
func runTests(m *testing.M) (status int) {
	defer func() {
		if common.home == "" {
			return
		}
		if err := errors.Join(Down(context.Background(), common.home), os.RemoveAll(common.home)); err != nil {
			fmt.Fprintln(os.Stderr, "the daemon that the tests have shared:", err)
			status = 1
		}
	}()
	if err := flag.Set("test.parallel", "6"); err != nil { // most of their time is waiting; the command line may say another number
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// common is the home of a daemon whose worker trains by chain, for the tests that neither kill nor count.
var common struct {
	sync.Mutex
	home string
}

// shared starts the common daemon, the first time.
func shared(t *testing.T) (home string) {
	t.Helper()
	common.Lock()
	defer common.Unlock()
	if common.home == "" {
		home, err := os.MkdirTemp("", "athanor-daemon-test-") //nolint:usetesting // it outlives the first test that asks
		if err != nil {
			t.Fatal(err)
		}
		common.home = home
	}
	if _, err := Ensure(t.Context(), common.home, []string{self(), "up", common.home, "chain"}, nil); err != nil {
		t.Fatal(err)
	}
	return common.home
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// chainPrepares stands in for the preparation: a run has the inputs that it is given, and 20 steps unless it says otherwise.
func chainPrepares(_ context.Context, run spec.Run, _ train.Options, _ func(kind, text string)) (train.Prepared, error) {
	return train.Prepared{Steps: 20, Inputs: run.Inputs}, nil
}

// chain stands in for the training: each step's "weights" are the hash of the step before's, so that a step that is lost,
// repeated or out of order shows in the end. Those before the first step are what the run was given.
func chain(ctx context.Context, run spec.Run, o train.Options) (train.Result, error) {
	type state struct {
		Step    int
		Weights string
	}
	if run.SFT != nil && run.SFT.LoRA.Alpha == 666 {
		return train.Result{}, &train.NonFinite{Step: 6, What: "number of the beast"}
	}
	dir := train.Dir(o.Home, run.Name)
	file := filepath.Join(dir, "checkpoint.json")
	s := state{0, given(run.Inputs)}
	if text, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(text, &s); err != nil {
			return train.Result{}, err
		}
	}
	save := func() error {
		text, _ := json.Marshal(s)
		part := fmt.Sprintf("%s.%d", file, os.Getpid())
		return errors.Join(os.WriteFile(part, text, 0o600), os.Rename(part, file))
	}
	p := train.Progress{Step: s.Step, Steps: cmp.Or(run.Steps(), 20), Checkpoint: file}
	until := cmp.Or(o.Until, p.Steps)
	for s.Step < until {
		s = state{s.Step + 1, link(s.Weights, run.Seed, s.Step)}
		time.Sleep(5 * time.Millisecond)
		p.Step, p.Values = s.Step, map[string]float64{"loss": 4 / math.Sqrt(float64(s.Step))}
		o.OnStep(p)
		if s.Step%max(1, run.Section().Plan().Checkpoint.Every) == 0 {
			if err := save(); err != nil {
				return train.Result{}, err
			}
		}
		if ctx.Err() != nil {
			return train.Result{Progress: p, WeightsSHA256: s.Weights}, errors.Join(ctx.Err(), save())
		}
	}
	r := train.Result{Progress: p, WeightsSHA256: s.Weights, Done: s.Step == p.Steps}
	if r.Done {
		out := filepath.Join(dir, "outputs", "model")
		if err := errors.Join(os.MkdirAll(out, 0o700), os.WriteFile(filepath.Join(out, "weights"), []byte(s.Weights), 0o600)); err != nil {
			return r, err
		}
		r.Metrics = map[string]float64{run.Kind + "Hash": float64(s.Weights[0])}
		r.Outputs = map[string]train.Output{"model": {Path: out, SHA256: folderHash(s.Weights)}}
	}
	return r, save()
}

// link is the weights after a step of chain.
func link(weights string, seed uint64, step int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", weights, seed, step))
	return hex.EncodeToString(sum[:])
}

// given are the weights of chain before the first step.
func given(inputs map[string]spec.Input) string { return inputs["model"].SHA256 }

// folderHash is what package train finds of a folder with these weights in it.
func folderHash(weights string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "weights %x\n", sha256.Sum256([]byte(weights))))
	return hex.EncodeToString(sum[:])
}

// chained are the weights that chain ends with when it is given some.
func chained(run *spec.Run, weights ...string) string {
	w := strings.Join(weights, "")
	for step := range cmp.Or(run.Steps(), 20) {
		w = link(w, run.Seed, step)
	}
	return w
}

// ensure starts a daemon of home, which ends with the test, unless one runs. Its worker trains by method.
func ensure(t *testing.T, home, method string, more ...string) *runs.Server {
	t.Helper()
	s, err := Ensure(t.Context(), home, append([]string{self(), "up", home, method}, more...), nil)
	if err != nil {
		t.Fatalf("Ensure: %v", err)
	}
	t.Cleanup(func() {
		if err := Down(context.Background(), home); err != nil && !errors.Is(err, ErrNone) {
			t.Errorf("Down: %v", err)
		}
		if t.Failed() {
			for _, name := range []string{"daemon.log", "worker.log", "temporal/server.log"} {
				text, _ := os.ReadFile(filepath.Join(home, name))
				t.Logf("%s:\n%s", name, text[max(0, len(text)-4000):])
			}
		}
	})
	return s
}

func connect(t *testing.T, home string) *runs.Client {
	t.Helper()
	c, err := runs.Connect(t.Context(), runs.Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func tiny(t *testing.T, name string, steps int) *spec.Run {
	t.Helper()
	run, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	run.Name, run.Pretrain.Steps, run.Pretrain.Checkpoint.Every = name, steps, 20
	return run
}

func TestDaemonRunsARunAndSecondUpIsRefused(t *testing.T) {
	home := shared(t)
	first, err := Find(home)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Ensure(t.Context(), home, []string{"false"}, nil)
	if err != nil || again.PID != first.PID {
		t.Errorf("a second Ensure: %+v, %v; the daemon has pid %d", again, err, first.PID)
	}
	err = Up(t.Context(), Options{Home: home})
	var running *RunningError
	if !errors.As(err, &running) || !strings.Contains(err.Error(), fmt.Sprint(first.PID)) || !strings.Contains(err.Error(), first.UI) {
		t.Errorf("second Up: %v, want a RunningError with pid %d and %s", err, first.PID, first.UI)
	}

	c := connect(t, home)
	began := time.Now()
	h, err := c.Start(t.Context(), tiny(t, "first", 300))
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.MarshalIndent(s, "", " ")
	t.Logf("300 steps of 5 ms in %v\n%s", time.Since(began).Round(time.Millisecond), text)
	if s.Status != "completed" || s.Step != 300 || s.WeightsSHA256 == "" || s.Checkpoint == "" || s.Values["loss"] == 0 || s.Outputs["model"] == "" || s.Metrics["pretrainHash"] == 0 {
		t.Errorf("status %+v", s)
	}
	if _, err := os.Stat(filepath.Join(home, "runs", "first", "result.json")); err != nil {
		t.Error(err)
	}
	if all, err := c.List(t.Context()); err != nil || count(all, "first") != 1 {
		t.Errorf("List: %v, %v", all, err)
	}
	if _, err := c.Start(t.Context(), tiny(t, "first", 300)); err == nil || !strings.Contains(err.Error(), `run "first" exists`) {
		t.Errorf("Start of a name that exists: %v", err)
	}
}

func TestBusyPortNamesItsHolder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	err = Up(t.Context(), Options{Home: t.TempDir(), Port: port})
	var busy *PortError
	if !errors.As(err, &busy) || !strings.Contains(err.Error(), fmt.Sprintf("port %d is taken", port)) || !strings.Contains(err.Error(), "--port") {
		t.Fatalf("Up on a busy port: %v", err)
	}
	if runtime.GOOS == "linux" && !strings.Contains(err.Error(), fmt.Sprintf("pid %d (daemon", os.Getpid())) {
		t.Errorf("%q does not name this process, %d", err, os.Getpid())
	}
	other, claim, err := choosePort(port, "--port", true)
	if err != nil || other == port {
		t.Fatalf("any port: %d, %v", other, err)
	}
	defer claim.Close()

	// Nobody listens on the other one yet, but whoever has chosen it is about to.
	if third, claim, err := choosePort(other, "--port", true); err != nil || third == other || third == port {
		t.Errorf("any port, while %d is claimed: %d, %v", other, third, err)
	} else {
		claim.Close()
	}
	if _, _, err := choosePort(other, "--port", false); !errors.As(err, &busy) {
		t.Errorf("a port that is claimed: %v, want a PortError", err)
	}
}

func TestDeadDaemonLeavesOnlyLitter(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	first := ensure(t, home, "chain")
	worker := WorkerPID(home)
	_ = syscall.Kill(first.PID, syscall.SIGKILL)
	for WorkerPID(home) != 0 { // its worker ends by itself
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := runs.Connect(t.Context(), runs.Options{Home: home}); !errors.Is(err, runs.ErrNoServer) || !strings.Contains(err.Error(), "athanor up") {
		t.Errorf("Connect after the daemon's death: %v", err)
	}
	if _, err := Find(home); !errors.Is(err, ErrNone) {
		t.Errorf("Find after the daemon's death: %v", err)
	}
	// What it has left behind counts for nothing, even while its process is listed, dead, and something answers at its port.
	ghost := exec.Command(self(), "-test.run=^$")
	if err := ghost.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ghost.Wait() }()
	haunted, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer haunted.Close()
	if err := writeServer(home, runs.Server{PID: ghost.Process.Pid, Address: haunted.Addr().String()}); err != nil {
		t.Fatal(err)
	}
	second := ensure(t, home, "chain")
	if second.PID == first.PID || second.PID == ghost.Process.Pid || WorkerPID(home) == worker {
		t.Fatalf("the same processes again, or the ghost's: %+v", second)
	}
	began := time.Now()
	_ = syscall.Kill(second.PID, syscall.SIGSTOP) // as Ctrl-Z does
	if err := Down(t.Context(), home); err != nil {
		t.Error(err)
	}
	t.Logf("Down took %v", time.Since(began).Round(time.Millisecond))
	if WorkerPID(home) != 0 {
		t.Error("Down left the worker")
	}
	if _, err := os.Stat(runs.ServerFile(home)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Down left %s, %v", runs.ServerFile(home), err)
	}
	if err := Down(t.Context(), home); !errors.Is(err, ErrNone) {
		t.Errorf("Down of nothing: %v", err)
	}
}

func TestKilledWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ensure(t, home, "chain")
	h, err := connect(t, home).Start(t.Context(), tiny(t, "killed", 500))
	if err != nil {
		t.Fatal(err)
	}
	reach(t, h, 1)
	worker := WorkerPID(home)
	_ = syscall.Kill(worker, syscall.SIGKILL)
	end(t, h, "completed", 500, chained(tiny(t, "", 500)))
	if now := WorkerPID(home); now == 0 || now == worker {
		t.Errorf("after the kill of worker %d the worker is %d", worker, now)
	}
}

// A daemon that has to stop lets the training checkpoint, and the next one goes on from there.
func TestRunGoesOnAfterDownAndUp(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ensure(t, home, "chain")
	h, err := connect(t, home).Start(t.Context(), tiny(t, "patient", 400))
	if err != nil {
		t.Fatal(err)
	}
	reach(t, h, 1)
	told := ""
	var once sync.Once
	s, err := h.Follow(t.Context(), 50*time.Millisecond, func(s *runs.Status) {
		once.Do(func() {
			began := time.Now()
			if err := Down(t.Context(), home); err != nil {
				t.Error(err)
			}
			t.Logf("Down during a run took %v", time.Since(began).Round(time.Millisecond))
			if _, err := h.Status(t.Context()); !errors.Is(err, runs.ErrNoServer) {
				t.Errorf("Status without a server: %v", err)
			}
		})
		if told == "" && s.Stuck != "" {
			told = s.Stuck
			ensure(t, home, "chain") // h finds the new server, whatever its port
		}
	})
	if err != nil || s.Status != "completed" || s.WeightsSHA256 != chained(tiny(t, "", 400)) {
		t.Errorf("ended as %+v, %v", s, err)
	}
	if !strings.Contains(told, "no server answers") || !strings.Contains(told, "athanor up") {
		t.Errorf("who followed the run while the server was down was told %q", told)
	}
}

func TestEnsureTellsWhyADaemonDoesNotStart(t *testing.T) {
	_, err := Ensure(t.Context(), t.TempDir(), []string{"sh", "-c", "echo the disk is on fire >&2; exit 3"}, nil)
	if err == nil || !strings.Contains(err.Error(), "the disk is on fire") {
		t.Errorf("Ensure: %v", err)
	}
}

func TestUpTellsWhyTheWorkerDoesNotStart(t *testing.T) {
	t.Parallel()
	err := Up(t.Context(), Options{Home: t.TempDir(), AnyPort: true, Worker: []string{"sh", "-c", "echo no such library; exit 2"}})
	if err == nil || !strings.Contains(err.Error(), "no such library") {
		t.Errorf("Up: %v", err)
	}
}

// Workers that die one after the other are started after growing pauses, short ones if they could work.
func TestPausesBetweenWorkers(t *testing.T) {
	for _, c := range []struct {
		able bool
		want string
	}{
		{true, "[100ms 200ms 400ms 800ms 1s 1s 1s]"},
		{false, "[100ms 200ms 400ms 800ms 1.6s 3.2s 5s]"},
	} {
		var pauses []time.Duration
		for pause := time.Duration(0); len(pauses) < 7; pauses = append(pauses, pause) {
			pause = longer(pause, c.able)
		}
		if got := fmt.Sprint(pauses); got != c.want {
			t.Errorf("pauses of workers that could work (%t): %s, want %s", c.able, got, c.want)
		}
	}
}

func TestTwoRunsTakeTurns(t *testing.T) {
	c := connect(t, shared(t))
	var all []*runs.Handle
	for _, name := range []string{"left", "right"} {
		h, err := c.Start(t.Context(), tiny(t, name, 300))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	reach(t, all[0], 1)
	reach(t, all[1], 1) // it is not left until the other has ended
	if s := status(t, all[0]); s.Step == 300 {
		t.Errorf("the second run began only after the first: %v", s)
	}
	for _, h := range all {
		end(t, h, "completed", 300, chained(tiny(t, "", 300)))
	}
}

func TestSecondWorkerIsRefused(t *testing.T) {
	home := shared(t)
	server, err := Find(home)
	if err != nil {
		t.Fatal(err)
	}
	err = Work(t.Context(), WorkerOptions{Home: home, Address: server.Address})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", WorkerPID(home))) {
		t.Errorf("second worker: %v", err)
	}
}
