package interp

import (
	"context"
	"io"
	"regexp"
	"strings"
	"sync"
)

// Output receives what a running cell shows. Its methods may be called from many goroutines.
type Output interface {
	// Stream sends text of "stdout" or "stderr".
	Stream(name, text string)
	// Display shows a bundle; a non-empty id makes it updatable, update true replaces what is shown under that id.
	Display(data, metadata map[string]any, id string, update bool)
	// Clear empties the cell's output; wait delays that until there is new output.
	Clear(wait bool)
	// Input asks the user for a line.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}

// A router is a writer that sends to the output of the newest cell, so what a goroutine prints after its cell has ended
// is not lost.
type router struct {
	name string
	mu   sync.RWMutex
	out  Output
}

func (r *router) set(out Output) {
	r.mu.Lock()
	r.out = out
	r.mu.Unlock()
}

func (r *router) Write(p []byte) (int, error) {
	r.mu.RLock()
	out := r.out
	r.mu.RUnlock()
	if out != nil {
		out.Stream(r.name, string(p))
	}
	return len(p), nil
}

var _ io.Writer = (*router)(nil)

// A traceWriter keeps what the engine writes about a panic: one line for each function on the way.
type traceWriter struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *traceWriter) reset() {
	t.mu.Lock()
	t.text.Reset()
	t.mu.Unlock()
}

func (t *traceWriter) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text.Len() < 64<<10 {
		t.text.Write(p)
	}
	return len(p), nil
}

var traceLine = regexp.MustCompile(`panic: main\.(.*)\(\.\.\.\)`)

// functions are the engine's functions in the trace, innermost first.
func (t *traceWriter) functions() (fns []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range strings.Lines(t.text.String()) {
		if m := traceLine.FindStringSubmatch(line); m != nil {
			fns = append(fns, m[1])
		}
	}
	return fns
}
