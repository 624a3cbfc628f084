package kernel

import "context"

// Executor runs the user's code. The kernel calls Execute for one cell at a time; Complete, Inspect, IsComplete and Info
// may be called at any time, also while a cell runs. Every method returns soon after its context ends.
type Executor interface {
	// Info describes the language for kernel_info_reply. It returns at once, also when the engine is down.
	Info() Info
	// Execute runs one cell. Everything the cell shows goes to out while it runs, from any goroutine; when Execute returns,
	// all output that the cell's own statements made has been handed to out. An interrupt is the end of ctx: the cell ends
	// with an Error named "Interrupt", and the state of the session stays.
	Execute(ctx context.Context, cell Cell, out Output) Result
	// Complete proposes completions at a cursor, which counts Unicode code points.
	Complete(ctx context.Context, code string, cursor int) Completion
	// Inspect describes the name at a cursor as a MIME bundle; nil when there is nothing to say.
	Inspect(ctx context.Context, code string, cursor, detail int) Bundle
	// IsComplete says whether code can run as it stands. indent is for the next line when it is incomplete.
	IsComplete(ctx context.Context, code string) (status Completeness, indent string)
	// Restart forgets all state. Close ends the engine for good.
	Restart() error
	Close() error
}

// Bundle maps a MIME type to data: text or any JSON value; images as base64 text.
type Bundle = map[string]any

// Cell is what the user sent.
type Cell struct {
	Code   string `json:"code"`
	Count  int    `json:"count"`  // the execution count, 1 for the first cell; names the cell in error messages
	Silent bool   `json:"silent"` // no result is to be shown or stored
}

// Output receives what a running cell shows. Its methods may be called from many goroutines.
type Output interface {
	// Stream sends text of "stdout" or "stderr".
	Stream(name, text string)
	// Display sends display_data. A non-empty id makes it updatable; update true sends update_display_data for that id.
	Display(data, metadata Bundle, id string, update bool)
	// Clear sends clear_output; wait delays it until there is new output.
	Clear(wait bool)
	// Input asks the front end for a line of text. It returns an error when the front end does not allow it.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}

// Result is how a cell ended. Err is nil when it went well; Data is nil when there is nothing to show.
type Result struct {
	Data     Bundle `json:"data,omitempty"`
	Metadata Bundle `json:"metadata,omitempty"`
	Err      *Error `json:"err,omitempty"`
}

// Error is a failed cell, as Jupyter wants it.
type Error struct {
	Name      string   `json:"ename"`     // "CompileError", "OpError", "Panic", "Interrupt", "SandboxDied", …
	Value     string   `json:"evalue"`    // one line: what, where, what to do
	Traceback []string `json:"traceback"` // lines to print, ANSI colours allowed
}

func (e *Error) Error() string { return e.Name + ": " + e.Value }

// Completion is a list of texts that may replace the code points [Start, End) of the code.
type Completion struct {
	Matches    []string          `json:"matches"`
	Types      map[string]string `json:"types"` // match -> "function", "variable", "type", "module", "field", "keyword"
	Start, End int
}

// Completeness is the answer of IsComplete.
type Completeness string

// The answers that Jupyter knows.
const (
	Complete   Completeness = "complete"
	Incomplete Completeness = "incomplete"
	Invalid    Completeness = "invalid"
	Unknown    Completeness = "unknown"
)

// Info is the language part of kernel_info_reply.
type Info struct {
	Implementation string `json:"implementation"` // "athanor"
	Version        string `json:"version"`        // of athanor
	GoVersion      string `json:"go_version"`     // of the language, "1.26.8"
	Banner         string `json:"banner"`
}
