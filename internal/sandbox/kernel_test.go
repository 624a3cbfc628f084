//go:build unix

package sandbox

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
	"github.com/athanor-ml/athanor/kernel/wire"
)

// serveKernel is the whole arrangement, as the program's kernel command makes it: sockets here, cells in a child.
func serveKernel(path string) error {
	cf, err := kernel.ReadConnectionFile(path)
	if err != nil {
		return err
	}
	p, err := Start(Config{Command: child("child"), Info: kernel.Info{Implementation: "nasty"}, Grace: time.Hour})
	if err != nil {
		return err
	}
	return kernel.Run(context.Background(), cf, p, kernel.Config{Insist: time.Nanosecond})
}

func startKernel(t *testing.T) *kerneltest.Process {
	t.Helper()
	env := append(os.Environ(), "SANDBOX_TEST=kernel")
	p, err := kerneltest.Start(t.Context(), []string{os.Args[0], "{connection_file}"}, kerneltest.StartOptions{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Shutdown(context.Background()) })
	return p
}

// A kernel whose sandbox dies stays connected, over the real protocol.
func TestKernelSurvivesItsSandbox(t *testing.T) {
	p := startKernel(t)
	ctx := t.Context()
	for _, code := range []string{"goroutine", "exit", "kill", "race"} {
		reply, err := p.Execute(ctx, code, nil)
		if err != nil || reply.Name != "SandboxDied" {
			t.Fatalf("%s: %+v, %v; want SandboxDied", code, reply, err)
		}
		if reply, err := p.Execute(ctx, "count", nil); err != nil || reply.Status.Status != "ok" {
			t.Fatalf("the cell after %s: %+v, %v", code, reply, err)
		}
	}
	if err := p.Ping(ctx); err != nil {
		t.Errorf("heartbeat: %v", err)
	}
}

// An interrupt after the first ends a cell that cannot be stopped.
func TestSecondInterrupt(t *testing.T) {
	p := startKernel(t)
	ctx := t.Context()
	up := make(chan bool, 9)
	call, err := p.Send(kerneltest.Shell, "execute_request", wire.NewExecuteRequest("stuck"), func(m *wire.Message) {
		if m.Header.Type == "stream" {
			up <- true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	<-up
	for range 2 {
		if err := p.Interrupt(ctx); err != nil {
			t.Fatal(err)
		}
	}
	m, err := call.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var reply wire.ExecuteReply
	if err := m.Into(&reply); err != nil || !strings.Contains(reply.Value, "interrupted twice") {
		t.Errorf("reply = %+v, %v", reply, err)
	}
}

func TestBenchWithSandbox(t *testing.T) {
	so := kerneltest.StartOptions{Env: append(os.Environ(), "SANDBOX_TEST=kernel")}
	o := kerneltest.BenchOptions{One: "count", Print: "flood", Loop: "spin", Starts: 3, Rounds: 100, Prints: 3, Interrupts: 5}
	r, err := kerneltest.Bench(t.Context(), []string{os.Args[0], "{connection_file}"}, so, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.PrintLines != 100000 {
		t.Errorf("%d of 100000 lines arrived", r.PrintLines)
	}
	t.Logf("%+v", r)
}
