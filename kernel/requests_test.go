package kernel_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
	"github.com/athanor-ml/athanor/kernel/wire"
)

func ask[T any](t *testing.T, c *kerneltest.Client, ch kerneltest.Channel, msgType string, content any) (reply T) {
	t.Helper()
	if err := c.Do(soon(t), ch, msgType, content, &reply); err != nil {
		t.Fatalf("%s: %v", msgType, err)
	}
	return reply
}

func TestKernelInfo(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	for _, ch := range []kerneltest.Channel{kerneltest.Shell, kerneltest.Control} {
		i := ask[wire.KernelInfoReply](t, c, ch, "kernel_info_request", struct{}{})
		if i.ProtocolVersion != "5.5" || i.Implementation != "toy" || i.LanguageInfo.FileExtension != ".go" || i.SupportedFeatures == nil {
			t.Errorf("%s: kernel_info_reply = %+v", ch, i)
		}
	}
}

func TestCompleteInspectIsComplete(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	done := ask[wire.CompleteReply](t, c, kerneltest.Shell, "complete_request", wire.CompleteRequest{Code: "pr…", Cursor: 2})
	if fmt.Sprint(done.Matches, done.Start, done.End) != "[print] 0 2" {
		t.Errorf("complete = %+v", done)
	}
	none := ask[wire.CompleteReply](t, c, kerneltest.Shell, "complete_request", wire.CompleteRequest{Code: "é", Cursor: 99})
	if none.Matches == nil || none.Start != 1 || none.End != 1 {
		t.Errorf("complete past the end = %+v, want no matches at 1", none)
	}
	in := ask[wire.InspectReply](t, c, kerneltest.Shell, "inspect_request", wire.InspectRequest{Code: "print", Detail: 1})
	if !in.Found || fmt.Sprint(in.Data) != "map[text/plain:print TEXT (detail 1)]" {
		t.Errorf("inspect = %+v", in)
	}
	if in := ask[wire.InspectReply](t, c, kerneltest.Shell, "inspect_request", wire.InspectRequest{Code: "x"}); in.Found || in.Data == nil {
		t.Errorf("inspect unknown = %+v", in)
	}
	for code, want := range map[string]string{"1": "complete", "f(": "incomplete", "]": "invalid", "?print": "complete"} {
		r := ask[wire.IsCompleteReply](t, c, kerneltest.Shell, "is_complete_request", wire.IsCompleteRequest{Code: code})
		if r.Status != want {
			t.Errorf("is_complete(%q) = %+v, want %s", code, r, want)
		}
	}
}

func TestPager(t *testing.T) {
	c, _ := start(t, kernel.Config{})
	for _, code := range []string{"?print", "print?", " print?? "} {
		reply, _ := run(t, c, code)
		if len(reply.Payload) != 1 || reply.Payload[0]["source"] != "page" {
			t.Errorf("%q: payload = %v", code, reply.Payload)
		}
	}
	if reply, _ := run(t, c, "nosuch?"); reply.Name != "NotFound" || !strings.Contains(reply.Value, "nosuch") {
		t.Errorf("nosuch? = %+v", reply)
	}
	if reply, _ := run(t, c, `"what?"`); reply.Status.Status != "ok" || len(reply.Payload) != 0 {
		t.Errorf("a string that ends in ? is no question: %+v", reply)
	}
}

func TestConnectAndUnsupported(t *testing.T) {
	c, cf := start(t, kernel.Config{})
	ports := ask[wire.ConnectReply](t, c, kerneltest.Shell, "connect_request", struct{}{})
	if ports.Shell != cf.Shell || ports.IOPub != cf.IOPub {
		t.Errorf("connect_reply = %+v, want the ports of %+v", ports, cf)
	}
	no := ask[wire.Status](t, c, kerneltest.Control, "debug_request", struct{}{})
	if no.Status != "error" || !strings.Contains(no.Value, "debug_request") {
		t.Errorf("debug_request answered %+v", no)
	}
}

func TestHistory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deep", "history.jsonl")
	c, _ := start(t, kernel.Config{HistoryFile: file})
	for _, code := range []string{"1", "print x", "1+1", "1"} {
		run(t, c, code)
	}
	for _, tc := range []struct {
		r    wire.HistoryRequest
		want string
	}{
		{wire.HistoryRequest{Access: "tail", N: 2}, "[[1 3 1+1] [1 4 1]]"},
		{wire.HistoryRequest{Access: "tail", N: 2, Output: true}, "[[1 3 [1+1 2]] [1 4 [1 1]]]"},
		{wire.HistoryRequest{Access: "range", Session: 1, Start: 2, Stop: 3}, "[[1 2 print x]]"},
		{wire.HistoryRequest{Access: "range", Session: 0, Start: 3}, "[[1 3 1+1] [1 4 1]]"},
		{wire.HistoryRequest{Access: "search", Pattern: "1?1"}, "[[1 3 1+1]]"},
		{wire.HistoryRequest{Access: "search", Pattern: "1*", N: 2}, "[[1 3 1+1] [1 4 1]]"},
		{wire.HistoryRequest{Access: "search", Pattern: "1", Unique: true}, "[[1 4 1]]"},
		{wire.HistoryRequest{Access: "search", Pattern: "*nt*"}, "[[1 2 print x]]"},
		{wire.HistoryRequest{Access: "search", Pattern: "nothing"}, "[]"},
	} {
		h := ask[wire.HistoryReply](t, c, kerneltest.Shell, "history_request", tc.r)
		if got := fmt.Sprint(h.History); got != tc.want {
			t.Errorf("history %+v = %s, want %s", tc.r, got, tc.want)
		}
	}
	// A line torn by a kill, and a second kernel on the same file.
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"session":1,"line":5,"in":"to`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	second, _ := start(t, kernel.Config{HistoryFile: file})
	run(t, second, "7")
	h := ask[wire.HistoryReply](t, second, kerneltest.Shell, "history_request", wire.HistoryRequest{Access: "tail", N: 2})
	if got := fmt.Sprint(h.History); got != "[[1 4 1] [2 1 7]]" {
		t.Errorf("second session's tail = %s", got)
	}
}

func TestHistoryFileUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "occupied")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := start(t, kernel.Config{HistoryFile: filepath.Join(file, "history.jsonl")})
	run(t, c, "1")
	h := ask[wire.HistoryReply](t, c, kerneltest.Shell, "history_request", wire.HistoryRequest{Access: "tail"})
	if got := fmt.Sprint(h.History); got != "[[1 1 1]]" {
		t.Errorf("history without a file = %s, want it in memory", got)
	}
}

func TestComms(t *testing.T) {
	got := make(chan string, 10)
	c, _ := start(t, kernel.Config{Comms: map[string]kernel.CommHandler{
		"echo": func(c *kernel.Comm, data kernel.Bundle) {
			got <- fmt.Sprint("open ", data["x"])
			c.OnMessage = func(data kernel.Bundle, _ [][]byte) {
				if err := c.Send(kernel.Bundle{"back": data["x"]}); err != nil {
					t.Error(err)
				}
			}
			c.OnClose = func() { got <- "closed" }
		},
	}})
	back := make(chan wire.Comm, 10)
	onComm := func(m *wire.Message) {
		var r wire.Comm
		if strings.HasPrefix(m.Header.Type, "comm_") && m.Into(&r) == nil {
			r.Target = m.Header.Type
			back <- r
		}
	}
	c.Other = onComm
	send := func(msgType string, content wire.Comm) {
		if _, err := c.Send(kerneltest.Shell, msgType, content, onComm); err != nil {
			t.Fatal(err)
		}
	}
	send("comm_open", wire.Comm{ID: "1", Target: "nobody"})
	if r := <-back; r.Target != "comm_close" || r.ID != "1" {
		t.Errorf("comm to an unknown target: got %+v, want comm_close", r)
	}
	send("comm_open", wire.Comm{ID: "2", Target: "echo", Data: wire.Data{"x": 1}})
	if s := <-got; s != "open 1" {
		t.Errorf("handler saw %q", s)
	}
	info := ask[wire.CommInfoReply](t, c, kerneltest.Shell, "comm_info_request", wire.CommInfoRequest{})
	if fmt.Sprint(info.Comms) != "map[2:{echo}]" {
		t.Errorf("comm_info = %v", info.Comms)
	}
	send("comm_msg", wire.Comm{ID: "2", Data: wire.Data{"x": "hi"}})
	if r := <-back; fmt.Sprint(r.Data) != "map[back:hi]" {
		t.Errorf("comm_msg back = %+v", r)
	}
	send("comm_close", wire.Comm{ID: "2"})
	if s := <-got; s != "closed" {
		t.Errorf("handler saw %q", s)
	}
}

func TestConnectionFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "c.json")
	cf := kernel.ConnectionFile{Transport: "tcp", IP: "127.0.0.1", Shell: 5, Key: "k"}
	if err := cf.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := kernel.ReadConnectionFile(path)
	if err != nil || back.Shell != 5 || back.Key != "k" {
		t.Errorf("read back %+v, %v", back, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: the key must be for its owner only", info.Mode(), err)
	}
	for name, content := range map[string]string{
		"not JSON": "{", "transport": `{"transport":"udp"}`, "port": `{"shell_port":70000}`, "scheme": `{"signature_scheme":"md5"}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := kernel.ReadConnectionFile(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", content, err)
		}
	}
	if _, err := kernel.ReadConnectionFile(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing file was read")
	}
}

func TestBusyPort(t *testing.T) {
	_, cf := start(t, kernel.Config{})
	err := kernel.Run(soon(t), cf, &kerneltest.Toy{}, kernel.Config{})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Run on another kernel's ports = %v", err)
	}
}

// ipc uses socket files instead of ports; one that a killed kernel left behind is in nobody's way.
func TestIPC(t *testing.T) {
	base := filepath.Join(t.TempDir(), "k")
	cf := kernel.ConnectionFile{Transport: "ipc", IP: base, Shell: 1, IOPub: 2, Stdin: 3, Control: 4, HB: 5, Key: "k"}
	if err := os.WriteFile(base+"-1", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan bool), make(chan error)
	go func() {
		ended <- kernel.Run(ctx, cf, &kerneltest.Toy{}, kernel.Config{Listening: func(kernel.ConnectionFile) { close(up) }})
	}()
	<-up
	if _, got := run(t, connect(t, cf), "40+2"); !strings.Contains(got, "42") {
		t.Errorf("over ipc: published %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
}
