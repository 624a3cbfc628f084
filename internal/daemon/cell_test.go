//go:build !noserver

package daemon

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// screen is a front end that remembers what it was shown.
type screen struct {
	mu    sync.Mutex
	shown map[string][]map[string]any // by display id
	drawn chan struct{}               // closed at the first picture
}

func (s *screen) Display(data, _ map[string]any, id string, _ bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.shown) == 0 {
		close(s.drawn)
	}
	s.shown[id] = append(s.shown[id], data)
}

func (*screen) Clear(bool) {}

func (*screen) Input(context.Context, string, bool) (string, error) { return "", display.ErrNoInput }

// cell runs f as the kernel runs a cell, with a context that interrupts it.
func cell(ctx context.Context, f func()) *screen {
	s := &screen{shown: map[string][]map[string]any{}, drawn: make(chan struct{})}
	display.SetSink(ctx, s)
	defer display.SetSink(context.Background(), nil)
	f()
	return s
}

// What a notebook does: nothing runs yet; the first call starts a daemon; a run is watched, interrupted, watched again.
func TestCells(t *testing.T) {
	home := t.TempDir()
	runs.SetDefault(runs.Options{Home: home, Starter: func() error { ensure(t, home, "train"); return nil }})
	source := smallRun(t, home, 1).Pretrain.Data.Source
	h, err := runs.StartPreset("tiny-gpt", "name=seen", "steps=150", "source="+source, "pretrain.checkpoint.every=25")
	if err != nil {
		t.Fatal(err)
	}

	ctx, interrupt := context.WithCancel(t.Context())
	s := &screen{shown: map[string][]map[string]any{}, drawn: make(chan struct{})}
	go func() { <-s.drawn; interrupt() }()
	display.SetSink(ctx, s)
	seen, err := runs.Watch("seen")
	if err != nil || seen == nil || seen.Ended() {
		t.Fatalf("an interrupted Watch returned %v, %v; want the status of a run that goes on", seen, err)
	}

	var last *runs.Status
	shown := cell(t.Context(), func() { last, err = h.Watch() }).shown
	if err != nil || last.Status != "completed" || last.Step != 150 {
		t.Fatalf("Watch returned %v, %v", last, err)
	}
	if len(shown) != 1 {
		t.Errorf("drew in %d places, want one that is redrawn", len(shown))
	}
	for _, frames := range shown {
		final := frames[len(frames)-1]
		if png, _ := final["image/png"].(string); len(png) < 1000 || !strings.Contains(final["text/plain"].(string), "150") {
			t.Errorf("the last of %d pictures is %.200v", len(frames), final)
		}
	}
	if bundle := display.Bundle(last); !strings.Contains(bundle["text/html"].(string), "completed") {
		t.Errorf("a status shows as %v", bundle)
	}
	all, err := runs.List()
	if err != nil || len(all) != 1 || !strings.Contains(display.Bundle(all)["text/html"].(string), "seen") {
		t.Errorf("List: %v, %v", all, err)
	}
	if shown, err := runs.Show("seen"); err != nil || shown.WeightsSHA256 != last.WeightsSHA256 {
		t.Errorf("Show: %v, %v", shown, err)
	}
	if _, err := runs.Pause("seen"); err == nil {
		t.Error("Pause of a completed run: no error")
	}

	kill(t, home, "both") // the next cell starts another daemon
	for WorkerPID(home) != 0 {
		time.Sleep(time.Millisecond)
	}
	if shown, err := runs.Show("seen"); err != nil || shown.Status != "completed" {
		t.Errorf("Show after the daemon's death: %v, %v", shown, err)
	}
}
