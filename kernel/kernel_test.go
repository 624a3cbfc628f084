package kernel_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
	"github.com/athanor-ml/athanor/kernel/wire"
)

// start runs a kernel around the toy in this process and connects a client.
func start(t *testing.T, cfg kernel.Config) (*kerneltest.Client, kernel.ConnectionFile) {
	t.Helper()
	c, cf, _ := serve(t, cfg)
	return c, cf
}

// serve is start, with a channel that is closed when the kernel has ended.
func serve(t *testing.T, cfg kernel.Config) (c *kerneltest.Client, cf kernel.ConnectionFile, ended <-chan struct{}) {
	t.Helper()
	toy := &kerneltest.Toy{Release: make(chan struct{})}
	ports := make(chan kernel.ConnectionFile, 1)
	cfg.Listening = func(cf kernel.ConnectionFile) { ports <- cf }
	if cfg.Logf == nil {
		cfg.Logf = t.Logf
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		cf := kernel.ConnectionFile{Transport: "tcp", IP: "127.0.0.1", Key: "secret", Scheme: "hmac-sha256"}
		if err := kernel.Run(ctx, cf, toy, cfg); err != nil {
			t.Errorf("Run = %v", err)
		}
	}()
	t.Cleanup(func() {
		close(toy.Release)
		cancel()
		<-done
	})
	cf = <-ports
	return connect(t, cf), cf, done
}

func connect(t *testing.T, cf kernel.ConnectionFile) *kerneltest.Client {
	t.Helper()
	c, err := kerneltest.Dial(soon(t), cf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// soon bounds waits for what must happen: by the time limit of the test program, no test says how fast.
func soon(t *testing.T) context.Context { return t.Context() }

// record collects iopub messages as short texts: "stream stdout hello\n", "status busy", …
type record struct {
	mu   sync.Mutex
	list []string
	more chan struct{} // closed with the next message; nil when nobody waits
}

func (r *record) watch(m *wire.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var c struct {
		State, Name, Text, Code, Value string
		Data                           map[string]any
		Wait                           bool
		Transient                      wire.Transient
	}
	var s wire.ExecutionState
	_ = m.Into(&c)
	_ = m.Into(&s)
	short := m.Header.Type
	switch short {
	case "status":
		short += " " + s.State
	case "stream":
		short += " " + c.Name + " " + c.Text
	case "execute_input":
		short += " " + c.Code
	case "execute_result", "display_data", "update_display_data":
		short += fmt.Sprintf(" %v%s", c.Data, c.Transient.DisplayID)
	case "clear_output":
		short += fmt.Sprintf(" %v", c.Wait)
	case "error":
		var e wire.ErrorContent
		_ = m.Into(&e)
		short += " " + e.Name + ": " + e.Value
	}
	r.list = append(r.list, short)
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
}

// until waits until what was recorded fulfils a condition.
func (r *record) until(ok func(text string) bool) {
	for {
		r.mu.Lock()
		text := strings.Join(r.list, "|")
		if r.more == nil {
			r.more = make(chan struct{})
		}
		more := r.more
		r.mu.Unlock()
		if ok(text) {
			return
		}
		<-more
	}
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.list, "|")
}

// run executes code and returns the reply with what was published.
func run(t *testing.T, c *kerneltest.Client, code string) (wire.ExecuteReply, string) {
	t.Helper()
	var r record
	reply, err := c.Execute(soon(t), code, r.watch)
	if err != nil {
		t.Fatalf("execute %q: %v", code, err)
	}
	return reply, r.String()
}

func TestExecute(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	for i, tc := range []struct{ code, published string }{
		{"1 + 2", "execute_result map[text/plain:3]"},
		{"print a\nprint b\n7", "stream stdout a\nb\n|execute_result map[text/plain:7]"},
		{"print a\neprint b\nprint c", "stream stdout a\n|stream stderr b\n|stream stdout c\n"},
		{"print a\nshow text/html <b>\nprint b", "stream stdout a\n|display_data map[text/html:<b>]|stream stdout b\n"},
		{"show text/plain x\nupdate d1 y", "display_data map[text/plain:x]|update_display_data map[text/plain:y]d1"},
		{"clear wait\nclear", "clear_output true|clear_output false"},
		{"print a\nfail OpError no such shape", "stream stdout a\n|error OpError: no such shape"},
		{"panic oops", "error KernelPanic: oops"},
	} {
		reply, published := run(t, c, tc.code)
		want := "status busy|execute_input " + tc.code + "|" + tc.published + "|status idle"
		if published != want {
			t.Errorf("%q published\n %q, want\n %q", tc.code, published, want)
		}
		if reply.ExecutionCount != i+1 {
			t.Errorf("%q: execution count %d, want %d", tc.code, reply.ExecutionCount, i+1)
		}
		if failed := strings.Contains(tc.published, "error"); failed != (reply.Status.Status == "error") {
			t.Errorf("%q: status %q", tc.code, reply.Status.Status)
		}
	}
}

func TestSilentAndUncounted(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	ask := func(silent, store bool) (wire.ExecuteReply, string) {
		r := wire.NewExecuteRequest("print x\n5")
		r.Silent, r.StoreHistory = silent, store
		var rec record
		reply, err := c.ExecuteRequest(soon(t), r, rec.watch)
		if err != nil {
			t.Fatal(err)
		}
		return reply, rec.String()
	}
	if reply, got := ask(true, true); got != "status busy|status idle" || reply.ExecutionCount != 0 {
		t.Errorf("silent: count %d, published %q; want 0 and only the status", reply.ExecutionCount, got)
	}
	if reply, got := ask(false, false); !strings.Contains(got, "execute_result") || reply.ExecutionCount != 0 {
		t.Errorf("store_history false: count %d, published %q", reply.ExecutionCount, got)
	}
	if reply, _ := run(t, c, "1"); reply.ExecutionCount != 1 {
		t.Errorf("first stored cell has count %d, want 1", reply.ExecutionCount)
	}
}

func TestUserExpressions(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	r := wire.NewExecuteRequest("1")
	r.UserExpressions = map[string]string{"good": "2 + 3", "bad": "x y"}
	reply, err := c.ExecuteRequest(soon(t), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(reply.UserExpressions["good"])
	if want := "map[data:map[text/plain:5] metadata:map[] status:ok]"; got != want {
		t.Errorf("good = %s, want %s", got, want)
	}
	if got := fmt.Sprint(reply.UserExpressions["bad"]); !strings.Contains(got, "CompileError") {
		t.Errorf("bad = %s, want a CompileError", got)
	}
}

// A failed cell aborts those sent with it, and not the one sent after the error was seen.
func TestStopOnError(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	statuses := func(stop bool) (list []string) {
		var calls []*kerneltest.Call
		for _, code := range []string{"sleep 50ms\nfail E x", "1", "2"} {
			r := wire.NewExecuteRequest(code)
			r.StopOnError = stop
			call, err := c.Send(kerneltest.Shell, "execute_request", r, nil)
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, call)
		}
		for _, call := range calls {
			m, err := call.Wait(soon(t))
			if err != nil {
				t.Fatal(err)
			}
			var reply wire.ExecuteReply
			if err := m.Into(&reply); err != nil {
				t.Fatal(err)
			}
			list = append(list, reply.Status.Status)
		}
		return list
	}
	if got := statuses(true); !slices.Equal(got, []string{"error", "aborted", "aborted"}) {
		t.Errorf("stop_on_error: %v", got)
	}
	if reply, _ := run(t, c, "3"); reply.Status.Status != "ok" {
		t.Errorf("the cell after the error: %v", reply.Status)
	}
	if got := statuses(false); !slices.Equal(got, []string{"error", "ok", "ok"}) {
		t.Errorf("without stop_on_error: %v", got)
	}
}

func TestInterrupt(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	if err := c.Interrupt(soon(t)); err != nil {
		t.Fatalf("interrupt of nothing: %v", err)
	}
	began := make(chan bool, 1)
	var reply wire.ExecuteReply
	call, err := c.Send(kerneltest.Shell, "execute_request", wire.NewExecuteRequest("print up\nspin"), func(m *wire.Message) {
		if m.Header.Type == "stream" {
			began <- true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	<-began
	if err := c.Interrupt(soon(t)); err != nil {
		t.Fatal(err)
	}
	m, err := call.Wait(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Into(&reply); err != nil || reply.Name != "Interrupt" {
		t.Errorf("reply = %+v, %v; want the error Interrupt", reply, err)
	}
	if _, got := run(t, c, "1"); !strings.Contains(got, "execute_result") {
		t.Errorf("next cell published %q", got)
	}
}

// Completion, inspection and comms answer while a cell runs, and the status goes back to busy.
func TestSideRequestsDuringCell(t *testing.T) {
	c, cf := start(t, kernel.Config{})
	other := connect(t, cf)
	var seen record
	call, err := c.Send(kerneltest.Shell, "execute_request", wire.NewExecuteRequest("print up\nspin"), seen.watch)
	if err != nil {
		t.Fatal(err)
	}
	seen.until(func(text string) bool { return strings.Contains(text, "stream") })
	var reply wire.CompleteReply
	err = other.Do(soon(t), kerneltest.Shell, "complete_request", wire.CompleteRequest{Code: "sp", Cursor: 2}, &reply)
	if err != nil || !slices.Equal(reply.Matches, []string{"spin"}) {
		t.Errorf("complete while busy = %v, %v", reply.Matches, err)
	}
	if err := c.Ping(soon(t)); err != nil {
		t.Errorf("heartbeat while busy: %v", err)
	}
	seen.until(func(text string) bool { return strings.Count(text, "status busy") >= 2 })
	if err := c.Interrupt(soon(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := call.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if list := strings.Split(seen.String(), "|"); list[len(list)-1] != "status idle" {
		t.Errorf("last status of the cell: %v", list)
	}
}

// What a goroutine prints after its cell has ended still goes under that cell.
func TestOutputAfterCell(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	late := make(chan string, 1)
	c.Other = func(m *wire.Message) {
		var s wire.Stream
		if m.Header.Type == "stream" && m.Into(&s) == nil {
			late <- m.ParentHeader().Type + " " + s.Text
		}
	}
	run(t, c, "later 30ms hello")
	if got := <-late; got != "execute_request hello\n" {
		t.Errorf("late output = %q", got)
	}
}

func TestInput(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	if reply, _ := run(t, c, "ask name?"); reply.Name != "InputError" {
		t.Errorf("ask without allow_stdin: %+v", reply)
	}
	c.Input = func(prompt string, _ bool) string { return "answer to " + prompt }
	if _, got := run(t, c, "ask name?"); !strings.Contains(got, "you said answer to name?") {
		t.Errorf("published %q", got)
	}
}

// An interrupt also ends a cell that waits for the user; the late answer does not reach the next question.
func TestInterruptInput(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	asked, answer := make(chan bool, 1), make(chan string)
	c.Input = func(string, bool) string { asked <- true; return <-answer }
	r := wire.NewExecuteRequest("ask first")
	r.AllowStdin = true
	call, err := c.Send(kerneltest.Shell, "execute_request", r, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := c.Interrupt(soon(t)); err != nil {
		t.Fatal(err)
	}
	m, err := call.Wait(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	var reply wire.ExecuteReply
	if err := m.Into(&reply); err != nil || reply.Status.Status != "error" {
		t.Errorf("reply = %+v, %v", reply, err)
	}
	answer <- "late"
	run(t, c, "sleep 50ms") // the late answer has arrived by now
	go func() { <-asked; answer <- "in time" }()
	if _, got := run(t, c, "ask second"); !strings.Contains(got, "you said in time") {
		t.Errorf("second question published %q", got)
	}
}

func TestFlood(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	messages, text := 0, 0
	reply, err := c.Execute(soon(t), "flood 100000", func(m *wire.Message) {
		var s wire.Stream
		if m.Header.Type == "stream" && m.Into(&s) == nil {
			messages, text = messages+1, text+strings.Count(s.Text, "\n")
		}
	})
	if err != nil || reply.Status.Status != "ok" {
		t.Fatal(reply, err)
	}
	if text != 100000 || messages > 1000 {
		t.Errorf("%d lines in %d messages, want 100000 lines in few", text, messages)
	}
}

// Bad messages are dropped; the kernel answers the next good one.
func TestBadMessages(t *testing.T) {
	logged := make(chan string, 100)
	c, cf := start(t, kernel.Config{Logf: func(f string, args ...any) { logged <- fmt.Sprintf(f, args...) }})
	forged := wire.NewCodec("another key", "mallory")
	m, err := forged.New("execute_request", nil, wire.NewExecuteRequest("fail E x"))
	if err != nil {
		t.Fatal(err)
	}
	frames, err := forged.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range []kerneltest.Channel{kerneltest.Shell, kerneltest.Control} {
		for _, f := range [][][]byte{frames, {[]byte("garbage")}, {nil}, {[]byte("<IDS|MSG>"), []byte("x")}} {
			if err := c.SendRaw(ch, f...); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, port := range []int{cf.Shell, cf.Control, cf.IOPub, cf.HB, cf.Stdin} {
		_, addr := cf.Endpoint(port)
		raw, err := net.Dial("tcp", addr) // and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
	}
	if _, got := run(t, connect(t, cf), "1"); !strings.Contains(got, "execute_result") {
		t.Errorf("after garbage: published %q", got)
	}
	if got := <-logged; !strings.Contains(got, "dropped (1 so far)") || !strings.Contains(got, "key") {
		t.Errorf("log = %q", got)
	}
	// Signed, but the contents are of the wrong types.
	for _, msgType := range []string{"execute_request", "complete_request", "history_request", "is_complete_request"} {
		if err := c.Do(soon(t), kerneltest.Shell, msgType, map[string]any{"code": 5, "n": "x"}, nil); err != nil {
			t.Errorf("%s with odd content: %v", msgType, err)
		}
	}
}

func TestShutdown(t *testing.T) {
	c, cf, ended := serve(t, kernel.Config{})
	var reply wire.Shutdown
	call, err := c.Send(kerneltest.Control, "shutdown_request", wire.Shutdown{Restart: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := call.Wait(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Into(&reply); err != nil || !reply.Restart || reply.Status != "ok" {
		t.Errorf("shutdown_reply = %+v, %v", reply, err)
	}
	<-ended
	_, addr := cf.Endpoint(cf.Shell)
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the kernel has ended and still listens")
	}
}

// A kernel whose front end is gone ends by itself.
func TestParentGone(t *testing.T) {
	front := exec.Command("sleep", "100")
	if err := front.Start(); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	_, _, ended := serve(t, kernel.Config{ParentPID: front.Process.Pid})
	_ = front.Process.Kill()
	_ = front.Wait()
	<-ended
}
