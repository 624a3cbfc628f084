package rt

import (
	"regexp"
	"strings"
	"sync"
)

// A Sink receives what cells print; name is "stdout" or "stderr".
type Sink interface {
	Stream(name, text string)
}

// A Stream is an output stream of cells. It writes to the sink of the newest cell, so what a goroutine prints after its cell
// has ended is not lost.
type Stream struct {
	name string
	mu   sync.RWMutex
	sink Sink
}

// Redirect sends what is written from now on to sink.
func (s *Stream) Redirect(sink Sink) {
	s.mu.Lock()
	s.sink = sink
	s.mu.Unlock()
}

// Write sends p to the sink.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.RLock()
	sink := s.sink
	s.mu.RUnlock()
	if sink != nil {
		sink.Stream(s.name, string(p))
	}
	return len(p), nil
}

// A Trace keeps what the engine writes about a panic: one line for each function on the way.
type Trace struct {
	mu   sync.Mutex
	text strings.Builder
}

// Reset forgets what was written.
func (t *Trace) Reset() {
	t.mu.Lock()
	t.text.Reset()
	t.mu.Unlock()
}

// Write keeps p, up to a limit.
func (t *Trace) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text.Len() < 64<<10 {
		t.text.Write(p)
	}
	return len(p), nil
}

var traceLine = regexp.MustCompile(`panic: main\.(.*)\(\.\.\.\)`)

// Functions lists the engine's functions in the trace, innermost first.
func (t *Trace) Functions() (fns []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range strings.Lines(t.text.String()) {
		if m := traceLine.FindStringSubmatch(line); m != nil {
			fns = append(fns, m[1])
		}
	}
	return fns
}

// Text returns what was written.
func (t *Trace) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
