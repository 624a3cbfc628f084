package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/store/local"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// childRun names the file that tells this test binary to be a training process.
const childRun = "TRAIN_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childRun); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child trains the run in the file at path, in the file's directory.
func child(path string) error {
	run, err := spec.Load(path)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path + ".token")
	if err != nil {
		return err
	}
	o := Options{Home: filepath.Dir(path), Note: func(e Event) { fmt.Fprintln(os.Stderr, "event:", e.Text) }}
	if err := json.Unmarshal(b, &o.Token); err != nil {
		return err
	}
	_, err = Run(context.Background(), *run, o)
	return err
}

// Kill -9 at random moments, half of them while a checkpoint is being written: the run goes on each time, and ends in
// the weights of one left alone.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes for seconds")
	}
	run := smallRun(t)
	p := run.Pretrain
	p.Steps, p.Checkpoint.Every, p.Eval.Every = 120, 2, 20
	want := pretrain(t, run, Options{Home: t.TempDir()})

	dir := t.TempDir()
	path := filepath.Join(dir, "spec.json")
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	kills, within := 0, 0
	for attempt := 1; kills < 12; attempt++ {
		if attempt > 40 {
			t.Fatalf("only %d of %d attempts could be killed", kills, attempt)
		}
		wait := time.Duration(random.IntN(30)) * time.Millisecond
		killed, err := attemptAndKill(path, attempt, wait, kills%2 == 0)
		if err != nil {
			t.Fatal(err)
		}
		if !killed {
			break // done before the kill came
		}
		kills++
		if tmp, _ := filepath.Glob(filepath.Join(checkpoints(dir), ".tmp-step*")); len(tmp) > 0 {
			within++
		}
	}
	reached := 0
	if l, _, err := ckpt.Latest(t.Context(), local.New(dir), small.Checkpoints()); err == nil {
		reached = l.Step
	}
	res := pretrain(t, run, Options{Home: dir})
	t.Logf("%d kills, %d within a checkpoint, the last after step %d of %d", kills, within, reached, p.Steps)
	if kills < 3 {
		t.Errorf("only %d kills: the run is too short for this test", kills)
	}
	if res.WeightsSHA256 != want.WeightsSHA256 || res.Metrics["valLoss"] != want.Metrics["valLoss"] {
		t.Errorf("after %d kills: %+v, want the weights of %+v", kills, res, want)
	}
	checkMetrics(t, dir, run, p.Steps)
	if tmp, _ := filepath.Glob(filepath.Join(checkpoints(dir), ".tmp-*")); len(tmp) > 0 {
		t.Errorf("left over: %v", tmp)
	}
}

// attemptAndKill starts a child and kills it a while after it has made progress; with midway, at the next moment that a
// checkpoint is half written. It reports false when the child was done first.
func attemptAndKill(path string, token int, wait time.Duration, midway bool) (bool, error) {
	if err := os.WriteFile(path+".token", fmt.Append(nil, token), 0o600); err != nil {
		return false, err
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childRun+"="+path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return false, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	before := progressOf(path)
	for progressOf(path) == before || midway && !halfWritten(path) {
		select {
		case err := <-done:
			return false, err
		case <-time.After(100 * time.Microsecond):
		}
	}
	if !midway {
		time.Sleep(wait)
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, err
	}
	err := <-done
	if err == nil {
		return false, nil
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return false, fmt.Errorf("the child failed by itself: %w", err)
	}
	return true, nil
}

// progressOf is the newest checkpoint of the run beside path.
func progressOf(path string) int {
	steps, _ := ckpt.List(context.Background(), local.New(filepath.Dir(path)), small.Checkpoints())
	if len(steps) == 0 {
		return 0
	}
	return steps[len(steps)-1]
}

func halfWritten(path string) bool {
	tmp, _ := filepath.Glob(filepath.Join(checkpoints(filepath.Dir(path)), ".tmp-step*"))
	return len(tmp) > 0
}
