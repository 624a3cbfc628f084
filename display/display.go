// Package display shows values in a notebook.
//
// A value becomes a bundle: a map from MIME type to data, of which the front end picks the richest it can draw. A value
// that knows how to look says so with a method
//
//	MIME() map[string]any // "text/plain", "image/png" as base64 text, "image/svg+xml", "text/html", …
//
// and everything else is rendered by kind: an image.Image as PNG, an error by its message, the rest as text. Show puts a
// bundle under the running cell, a Handle can be redrawn in place, Clear empties the cell's output, and Context ends when
// the user interrupts the cell, so that a long call made from a cell can stop.
//
// Where the bundles go is the Sink of the newest cell: output that a goroutine makes after its cell has ended lands in the
// cell that runs now, and before the first cell (or in an ordinary program) it is printed to standard output.
package display

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

// A Sink takes what cells show. Its methods may be called from many goroutines.
type Sink interface {
	// Display shows a bundle. A non-empty id makes it updatable; update true replaces the bundle shown under that id.
	Display(data, metadata map[string]any, id string, update bool)
	// Clear empties the output of the cell; wait delays that until there is new output.
	Clear(wait bool)
	// Input asks the user for a line.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}

// cell is the sink and the context of the newest cell.
type cell struct {
	ctx  context.Context
	sink Sink
}

var (
	mu      sync.RWMutex
	current = cell{ctx: context.Background(), sink: plainSink{os.Stdout}}
	handles atomic.Int64
)

// SetSink makes sink the place where output goes from now on and ctx what Context returns. The kernel calls it at the start
// of each cell. A nil sink stands for plain text on standard output, a nil ctx for context.Background.
func SetSink(ctx context.Context, sink Sink) {
	if ctx == nil {
		ctx = context.Background()
	}
	if sink == nil {
		sink = plainSink{os.Stdout}
	}
	mu.Lock()
	current = cell{ctx: ctx, sink: sink}
	mu.Unlock()
}

func newest() cell {
	mu.RLock()
	defer mu.RUnlock()
	return current
}

// Context is the context of the running cell: it ends when the user interrupts the cell. Outside a kernel it is
// context.Background.
func Context() context.Context { return newest().ctx }

// Show puts each value under the running cell.
func Show(values ...any) {
	s := newest().sink
	for _, v := range values {
		s.Display(Bundle(v), nil, "", false)
	}
}

// Update redraws what is shown under id, or shows it first when nothing is.
func Update(id string, v any) {
	shown.Lock()
	again := shown.ids[id]
	shown.ids[id] = true
	shown.Unlock()
	newest().sink.Display(Bundle(v), nil, id, again)
}

var shown = struct {
	sync.Mutex
	ids map[string]bool
}{ids: map[string]bool{}}

// Clear empties the output of the running cell. With wait it does so when the next output arrives, which does not flicker.
func Clear(wait bool) { newest().sink.Clear(wait) }

// Input shows prompt and returns the line that the user types. It fails where the front end cannot ask, as in a run
// without a user.
func Input(prompt string) (string, error) {
	c := newest()
	return c.sink.Input(c.ctx, prompt, false)
}

// Password is Input that does not show what is typed.
func Password(prompt string) (string, error) {
	c := newest()
	return c.sink.Input(c.ctx, prompt, true)
}

// A Handle is a place in the output that can be redrawn.
type Handle struct{ id string }

// NewHandle makes a Handle; the first Update draws it under the running cell.
func NewHandle() *Handle {
	return &Handle{"athanor-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(handles.Add(1), 10)}
}

// ID is the display id of h.
func (h *Handle) ID() string { return h.id }

// Update draws v where h is.
func (h *Handle) Update(v any) { Update(h.id, v) }

// plainSink prints the text form of everything.
type plainSink struct{ w io.Writer }

func (s plainSink) Display(data, _ map[string]any, _ string, _ bool) {
	fmt.Fprintln(s.w, data["text/plain"])
}

func (plainSink) Clear(bool) {}

// ErrNoInput is returned by Input outside a notebook.
var ErrNoInput = errors.New("display: nobody to ask: input needs a notebook front end")

func (plainSink) Input(context.Context, string, bool) (string, error) { return "", ErrNoInput }
