package interp_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestLateGoroutinePanic has a goroutine panic when no cell runs: it is printed, and the next cell runs as always.
func TestLateGoroutinePanic(t *testing.T) {
	s, out := newSession(t), &output{}
	const code = "wait := make(chan bool)\ngo func() { time.Sleep(30 * time.Millisecond); panic(\"late\") }()"
	if _, err := s.Execute(context.Background(), code, 1, out); err != nil {
		t.Fatalf("a cell whose goroutine goes on: %v", err)
	}
	text := ""
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(text, "late") && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text += out.take()
	}
	if want := "panic in a goroutine: late (cell 1, line 2)\n"; text != want {
		t.Errorf("printed %q, want %q", text, want)
	}
	if res, err := s.Execute(context.Background(), "6*7", 2, out); err != nil || res.Data["text/plain"] != "42" {
		t.Errorf("the next cell: %v, %v", res.Data, err)
	}
}

// TestGoroutinePanicAtEnd lets goroutines panic about when their cell ends: each run ends well or with that panic, and
// leaves the session as it was.
func TestGoroutinePanicAtEnd(t *testing.T) {
	s, out := newSession(t), &output{}
	run(t, s, "n := 0")
	for i := range 100 {
		_, err := s.Execute(context.Background(), "go func() { panic(\"at the end\") }()\nfor i := range 20 { _ = i }\nn++", i+2, out)
		if err != nil && !strings.HasPrefix(err.Value, "panic in a goroutine: at the end") {
			t.Fatalf("run %d: %v", i, err)
		}
		if res, err := s.Execute(context.Background(), "6*7", 1000+i, out); err != nil && !strings.HasPrefix(err.Value, "panic in a goroutine: at the end") || err == nil && res.Data["text/plain"] != "42" {
			t.Fatalf("run %d: the next cell: %v, %v", i, res.Data, err)
		}
	}
}

// TestEarlierCellPanics has a goroutine of an earlier cell panic while another cell runs: that one goes on.
func TestEarlierCellPanics(t *testing.T) {
	s, out := newSession(t), &output{}
	run(t, s, "start, done := make(chan bool), make(chan bool)\ngo func() { defer close(done); <-start; panic(\"early\") }()")
	res, err := s.Execute(context.Background(), "start <- true\n<-done\n6*7", 2, out)
	if err != nil || res.Data["text/plain"] != "42" {
		t.Errorf("the cell that ran = %v, %v, want 42", res.Data, err)
	}
}
