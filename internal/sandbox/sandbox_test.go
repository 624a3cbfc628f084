//go:build unix

package sandbox

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/kernel"
)

// The test binary is also the child: TestMain turns into a sandbox when it is told so.
func TestMain(m *testing.M) {
	switch os.Getenv("SANDBOX_TEST") {
	case "child":
		if err := Main(nasty{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "kernel":
		if err := serveKernel(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "broken":
		fmt.Fprintln(os.Stderr, "panic: cannot start")
		os.Exit(7)
	}
	os.Exit(m.Run())
}

// nasty is an executor whose cells do what user code can do to its process.
type nasty struct{}

var counter int // state that a death must lose and an interrupt must keep

func (nasty) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	switch word, rest, _ := strings.Cut(cell.Code, " "); word {
	case "count":
		counter++
		return kernel.Result{Data: kernel.Bundle{"text/plain": fmt.Sprint(counter)}}
	case "order":
		for i := range 20 {
			fmt.Println("print", i) // by the descriptor
			out.Stream("stdout", fmt.Sprintln("stream", i))
			out.Display(kernel.Bundle{"n": i}, nil, "", false)
		}
		fmt.Println("end")
	case "flood":
		for i := range 100000 {
			out.Stream("stdout", fmt.Sprintln("line", i))
		}
	case "nan":
		return kernel.Result{Data: kernel.Bundle{"x": math.NaN()}}
	case "ask":
		text, err := out.Input(ctx, rest, true)
		return kernel.Result{Data: kernel.Bundle{"text/plain": fmt.Sprint(text, err)}}
	case "asklater":
		go func(told <-chan os.Signal) {
			<-told
			_, err := out.Input(context.Background(), rest, false)
			out.Stream("stdout", err.Error())
		}(told())
	case "spin":
		out.Stream("stdout", "up\n")
		<-ctx.Done()
		return kernel.Result{Err: &kernel.Error{Name: "Interrupt", Value: "stopped"}}
	case "stuck":
		out.Stream("stdout", "up\n")
		select {}
	case "stderr":
		fmt.Fprintln(os.Stderr, rest)
	default:
		die(word)
	}
	return kernel.Result{}
}

// die ends the process in one of many ways.
func die(how string) {
	switch how {
	case "exit":
		os.Exit(3)
	case "exit0":
		os.Exit(0)
	case "panic":
		panic("boom in the executor")
	case "goroutine":
		go func() { var m map[string]int; m["x"] = 1 }() //nolint:staticcheck // the panic is what is tested
		select {}
	case "later":
		go func(told <-chan os.Signal) { <-told; panic("after the cell") }(told())
	case "race":
		// What the runtime does on two unsynchronised map writes; provoking the real thing takes luck.
		m := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					m[i%7] = i
				}
			}()
		}
		select {}
	case "overflow":
		overflow([1 << 10]byte{1})
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "segv":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case "closepipe":
		_ = syscall.Close(replyFD)
		select {}
	case "garble":
		_, _ = syscall.Write(replyFD, []byte("this is no frame at all"))
		select {}
	case "orphan": // leaves a program behind that holds our output open
		cmd := exec.Command("sleep", "60")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		_ = cmd.Start()
		os.Exit(4)
	}
}

// told is a channel that tells when a test has called tell.
func told() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	return c
}

// tell reaches the goroutines of the child that wait for it.
func tell(t *testing.T, p *Proxy) {
	t.Helper()
	if err := p.current.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
}

func overflow(b [1 << 10]byte) byte { b[b[0]]++; return overflow(b) + b[1] } //nolint:staticcheck // meant

func (nasty) Info() kernel.Info { return kernel.Info{} }
func (nasty) Complete(_ context.Context, code string, _ int) kernel.Completion {
	return kernel.Completion{Matches: []string{code + "!"}}
}

func (nasty) Inspect(context.Context, string, int, int) kernel.Bundle {
	return kernel.Bundle{"text/plain": "doc"}
}

func (nasty) IsComplete(context.Context, string) (kernel.Completeness, string) {
	return kernel.Incomplete, "\t"
}
func (nasty) Restart() error { return nil }
func (nasty) Close() error   { return nil }

// shown is an Output that keeps everything in order.
type shown struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed when there is more text; nil when nobody waits
}

func (s *shown) add(t string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.WriteString(t)
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}

func (s *shown) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
func (s *shown) Stream(name, text string) { s.add(text) }
func (s *shown) Display(data, _ kernel.Bundle, _ string, _ bool) {
	s.add(fmt.Sprintln("display", data["n"]))
}
func (s *shown) Clear(bool) { s.add("clear\n") }
func (s *shown) Input(_ context.Context, prompt string, password bool) (string, error) {
	return fmt.Sprint("re: ", prompt, password), nil
}

func start(t *testing.T, cfg Config) *Proxy {
	t.Helper()
	if cfg.Command == nil {
		cfg.Command = child("child")
	}
	cfg.Logf = t.Logf
	p, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func child(mode string) func() *exec.Cmd {
	return func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SANDBOX_TEST="+mode)
		return cmd
	}
}

func run(t *testing.T, p *Proxy, code string) (kernel.Result, string) {
	t.Helper()
	var out shown
	res := p.Execute(context.Background(), kernel.Cell{Code: code}, &out)
	return res, out.String()
}

// until waits for something to appear in an output.
func until(t *testing.T, out *shown, text string) {
	t.Helper()
	for {
		out.mu.Lock()
		if out.more == nil {
			out.more = make(chan struct{})
		}
		so, more := out.text.String(), out.more
		out.mu.Unlock()
		if strings.Contains(so, text) {
			return
		}
		select {
		case <-more:
		case <-t.Context().Done():
			t.Fatalf("%q never shown; got %q", text, so)
		}
	}
}

// Every way to die is the error of that cell, with its reason; and the next cell runs.
func TestDeaths(t *testing.T) {
	p := start(t, Config{})
	for _, tc := range []struct{ code, reason string }{
		{"exit", "exit status 3"},
		{"exit0", "exit status 0"},
		{"panic", "panic: boom in the executor"},
		{"goroutine", "panic: assignment to entry in nil map"},
		{"race", "fatal error: concurrent map"},
		{"overflow", "fatal error: stack overflow"},
		{"kill", "killed"},
		{"segv", "SIGSEGV"},
		{"closepipe", "closed its pipe"},
		{"garble", "garbled"},
		{"orphan", "exit status 4"},
	} {
		t.Run(tc.code, func(t *testing.T) {
			if res, _ := run(t, p, "count"); res.Err != nil || res.Data["text/plain"] != "1" {
				t.Fatalf("before: %+v, want the count 1 of a fresh sandbox", res)
			}
			res, text := run(t, p, tc.code)
			if res.Err == nil || res.Err.Name != "SandboxDied" {
				t.Fatalf("%+v, want SandboxDied", res)
			}
			all := res.Err.Value + strings.Join(res.Err.Traceback, "\n")
			if !strings.Contains(all, tc.reason) || !strings.Contains(res.Err.Value, "variables are lost") {
				t.Errorf("error = %s\n%s\nwant the reason %q and what was lost", res.Err.Value, all, tc.reason)
			}
			if strings.Contains(text, "goroutine ") {
				t.Errorf("the crash dump was also shown as output:\n%s", text)
			}
		})
	}
}

// A goroutine that panics between two cells: the last cell shows it, the next one says that variables are gone.
func TestDeathBetweenCells(t *testing.T) {
	p := start(t, Config{})
	var out shown
	p.Execute(t.Context(), kernel.Cell{Code: "later"}, &out)
	tell(t, p)
	until(t, &out, "panic: after the cell")
	if _, text := run(t, p, "count"); !strings.Contains(text, "variables are lost") {
		t.Errorf("next cell showed %q", text)
	}
	if _, text := run(t, p, "count"); text != "" {
		t.Errorf("the cell after that showed %q", text)
	}
}

func TestOrderOfOutput(t *testing.T) {
	p := start(t, Config{})
	_, text := run(t, p, "order")
	var want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&want, "print %d\nstream %d\ndisplay %d\n", i, i, i)
	}
	if want.WriteString("end\n"); text != want.String() {
		t.Errorf("output out of order:\n%s", text)
	}
}

func TestFloodArrivesWhole(t *testing.T) {
	p := start(t, Config{})
	_, text := run(t, p, "flood")
	if n := strings.Count(text, "\n"); n != 100000 || !strings.HasSuffix(text, "line 99999\n") {
		t.Errorf("%d lines arrived before the result, want 100000", n)
	}
}

// Text on standard error that only looks like a crash is shown.
func TestNoFalseCrash(t *testing.T) {
	p := start(t, Config{})
	for _, s := range []string{"panic: not really", "a panic: in a line", "plain"} {
		if res, text := run(t, p, "stderr "+s); res.Err != nil || text != s+"\n" {
			t.Errorf("stderr %q shown as %q, %v", s, text, res.Err)
		}
	}
}

func TestSideRequestsWhileBusy(t *testing.T) {
	p := start(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var out shown
	done := make(chan kernel.Result)
	go func() { done <- p.Execute(ctx, kernel.Cell{Code: "spin"}, &out) }()
	until(t, &out, "up")
	if c := p.Complete(t.Context(), "x", 1); len(c.Matches) != 1 || c.Matches[0] != "x!" {
		t.Errorf("Complete = %+v", c)
	}
	if b := p.Inspect(t.Context(), "x", 1, 0); b["text/plain"] != "doc" {
		t.Errorf("Inspect = %v", b)
	}
	if s, indent := p.IsComplete(t.Context(), "x"); s != kernel.Incomplete || indent != "\t" {
		t.Errorf("IsComplete = %v %q", s, indent)
	}
	cancel()
	if res := <-done; res.Err == nil || res.Err.Name != "Interrupt" {
		t.Errorf("interrupted cell = %+v", res)
	}
}

// An interrupt keeps the state; a cell that ignores it costs the sandbox, after a warning.
func TestInterrupts(t *testing.T) {
	patient, strict := start(t, Config{Grace: time.Hour}), start(t, Config{Grace: 300 * time.Millisecond})
	run(t, patient, "count")
	interrupt := func(p *Proxy, code string) (kernel.Result, *shown) {
		ctx, cancel := context.WithCancel(t.Context())
		var out shown
		done := make(chan kernel.Result)
		go func() { done <- p.Execute(ctx, kernel.Cell{Code: code}, &out) }()
		until(t, &out, "up")
		cancel()
		return <-done, &out
	}
	if res, _ := interrupt(patient, "spin"); res.Err == nil || res.Err.Name != "Interrupt" {
		t.Errorf("spin = %+v", res)
	}
	if res, _ := run(t, patient, "count"); res.Data["text/plain"] != "2" {
		t.Errorf("after an interrupt the count is %v, want 2", res.Data)
	}
	run(t, strict, "count")
	res, out := interrupt(strict, "stuck")
	if res.Err == nil || !strings.Contains(res.Err.Value, "did not stop within 300ms") {
		t.Errorf("stuck = %+v", res.Err)
	}
	if !strings.Contains(out.String(), "does not stop") {
		t.Errorf("no warning before the kill: %q", out)
	}
	if res, _ := run(t, strict, "count"); res.Data["text/plain"] != "1" {
		t.Errorf("after the kill the count is %v, want 1", res.Data)
	}
}

func TestKillAndRestart(t *testing.T) {
	p := start(t, Config{Grace: time.Hour})
	var out shown
	done := make(chan kernel.Result)
	go func() { done <- p.Execute(t.Context(), kernel.Cell{Code: "stuck"}, &out) }()
	until(t, &out, "up")
	p.Kill()
	if res := <-done; res.Err == nil || !strings.Contains(res.Err.Value, "interrupted twice") {
		t.Errorf("killed cell = %+v", res.Err)
	}
	run(t, p, "count")
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	if res, text := run(t, p, "count"); res.Data["text/plain"] != "1" || text != "" {
		t.Errorf("after Restart the count is %v (shown %q), want 1 and nothing said", res.Data, text)
	}
}

func TestInputAndBadValue(t *testing.T) {
	p := start(t, Config{})
	if res, _ := run(t, p, "ask name"); res.Data["text/plain"] != "re: nametrue<nil>" {
		t.Errorf("ask = %v", res.Data)
	}
	if res, _ := run(t, p, "nan"); res.Err == nil || res.Err.Name != "DisplayError" {
		t.Errorf("a value that JSON cannot carry = %+v, want DisplayError", res)
	}
}

// A goroutine that asks after its cell has ended is told so, and does not wait for ever.
func TestInputAfterCell(t *testing.T) {
	p := start(t, Config{})
	var out shown
	p.Execute(t.Context(), kernel.Cell{Code: "asklater x"}, &out)
	tell(t, p)
	until(t, &out, "its cell has ended")
}

func TestSandboxThatDoesNotStart(t *testing.T) {
	p := start(t, Config{Command: child("broken")})
	for range 2 {
		res, _ := run(t, p, "count")
		if res.Err == nil || res.Err.Name != "SandboxDied" || !strings.Contains(res.Err.Value, "does not start") {
			t.Fatalf("cell = %+v, want SandboxDied: does not start", res)
		}
	}
	if _, err := Start(Config{Command: func() *exec.Cmd { return exec.Command("/does/not/exist") }}); err == nil {
		t.Error("Start of a missing program succeeded")
	}
}

func TestDelay(t *testing.T) {
	started := make(chan bool, 10)
	command := func() *exec.Cmd { started <- true; return child("child")() }
	start(t, Config{Command: command, Delay: time.Millisecond})
	<-started // by itself
	p := start(t, Config{Command: command, Delay: time.Hour})
	if len(started) != 0 {
		t.Error("a sandbox with a delay of an hour started at once")
	}
	if res, _ := run(t, p, "count"); res.Err != nil {
		t.Errorf("a cell before the delay is over: %+v", res.Err)
	}
	<-started
	p.startFirst() // the delay ends
	if len(started) != 0 {
		t.Error("the end of the delay started a second sandbox")
	}
	p = start(t, Config{Command: command, Delay: time.Hour})
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	p.startFirst()
	if len(started) != 0 {
		t.Error("a sandbox started after Close")
	}
}

func TestCloseEndsTheChild(t *testing.T) {
	p := start(t, Config{})
	run(t, p, "count")
	c := p.current
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.dead:
	default:
		t.Error("Close returned with the child alive")
	}
	if res, _ := run(t, p, "count"); res.Err == nil {
		t.Error("a cell ran after Close")
	}
}
