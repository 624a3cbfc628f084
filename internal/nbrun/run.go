package nbrun

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel/kerneltest"
	"github.com/athanor-ml/athanor/kernel/wire"
)

// Options say what to run and how.
type Options struct {
	In, Out  string        // notebook files; an empty Out writes nothing, and Out may be In
	Params   []string      // "name=value"
	Argv     []string      // the kernel's command, with "{connection_file}"
	Dir      string        // where the kernel runs; empty: the notebook's directory
	Env      []string      // of the kernel; nil: ours
	Timeout  time.Duration // of one cell; 0: none
	Progress func(Event)   // called from one goroutine at a time; may be nil
}

// Event tells how far a run is. Exactly one of the comments after State applies.
type Event struct {
	State   State
	Index   int           // code cell, from 1; 0 before the first
	Total   int           // code cells
	Title   string        // Running: first line of the cell
	Stream  string        // Output: "stdout" or "stderr"
	Text    string        // Output: what was printed; Shown: the plain form of what is shown
	Elapsed time.Duration // Done, Failed: of the cell
}

// State is the kind of an Event.
type State string

// The states, in the order in which they occur.
const (
	Starting State = "starting" // the kernel process
	Running  State = "running"  // a cell
	Output   State = "output"   // text that the running cell prints
	Shown    State = "shown"    // a value or picture that the running cell shows, or redraws
	Done     State = "done"     // a cell
	Failed   State = "failed"   // a cell: the last event
)

// CellError is a cell that ended in an error.
type CellError struct {
	Index     int // code cell, from 1
	Name      string
	Value     string
	Traceback []string // may have ANSI colours
}

func (e *CellError) Error() string { return fmt.Sprintf("cell %d: %s: %s", e.Index, e.Name, e.Value) }

// Run executes a notebook. It stops at the first cell with an error, which it returns as a *CellError; OUT then has that error
// and everything before it. When ctx ends, the running cell is interrupted. OUT is written after every cell.
func Run(ctx context.Context, o Options) error {
	nb, err := Read(o.In)
	if err != nil {
		return err
	}
	if err := nb.Inject(o.Params); err != nil {
		return fmt.Errorf("notebook %s: %w", o.In, err)
	}
	nb.clean()
	if o.Dir == "" {
		o.Dir = filepath.Dir(o.In)
	}
	r := &runner{o: o, nb: nb, out: newOutputs()}
	for _, c := range nb.cells {
		if c.Code() {
			r.total++
		}
	}
	r.tell(Event{State: Starting})
	r.kernel, err = kerneltest.Start(ctx, o.Argv, kerneltest.StartOptions{Dir: o.Dir, Env: o.Env})
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		r.kernel.Shutdown(end)
	}()
	if err := r.describe(ctx); err != nil {
		return err
	}
	return r.cells(ctx)
}

// runner is a run under way.
type runner struct {
	o      Options
	nb     *Notebook
	kernel *kerneltest.Process
	total  int

	mu  sync.Mutex // held while out and the cells change: messages come on the client's goroutine
	out *outputs

	telling sync.Mutex
}

func (r *runner) tell(e Event) {
	if r.o.Progress == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	e.Total = r.total
	r.o.Progress(e)
}

// describe writes kernel and language into the notebook's metadata.
func (r *runner) describe(ctx context.Context) error {
	var info wire.KernelInfoReply
	if err := r.kernel.Do(ctx, kerneltest.Shell, "kernel_info_request", struct{}{}, &info); err != nil {
		return fmt.Errorf("the kernel does not answer: %w\n%s", err, r.kernel.Log())
	}
	l := info.LanguageInfo
	meta := r.nb.metadata()
	meta["kernelspec"] = map[string]any{"name": "athanor", "display_name": "Go (athanor)", "language": l.Name}
	meta["language_info"] = map[string]any{
		"name": l.Name, "version": l.Version, "mimetype": l.MIMEType, "file_extension": l.FileExtension,
		"pygments_lexer": l.PygmentsLexer, "codemirror_mode": l.CodemirrorMode, "nbconvert_exporter": l.NbconvertExporter,
	}
	return nil
}

// cells runs them all.
func (r *runner) cells(ctx context.Context) error {
	index := 0
	for _, c := range r.nb.cells {
		if !c.Code() {
			continue
		}
		index++
		start := time.Now()
		r.tell(Event{State: Running, Index: index, Title: c.Title()})
		err := r.cell(ctx, c, index)
		if failed := r.save(); err == nil {
			err = failed
		}
		state := Done
		if err != nil {
			state = Failed
		}
		r.tell(Event{State: state, Index: index, Title: c.Title(), Elapsed: time.Since(start)})
		if err != nil {
			return err
		}
	}
	if r.total == 0 {
		return r.save()
	}
	return nil
}

func (r *runner) save() error {
	if r.o.Out == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.nb.Write(r.o.Out)
}

// cell runs one cell.
func (r *runner) cell(ctx context.Context, c Cell, index int) error {
	if r.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.o.Timeout)
		defer cancel()
	}
	r.mu.Lock()
	r.out.begin(c)
	r.mu.Unlock()
	call, err := r.kernel.Send(kerneltest.Shell, "execute_request", wire.NewExecuteRequest(c.Source()), func(m *wire.Message) {
		r.mu.Lock()
		e := r.out.take(m)
		r.mu.Unlock()
		if e != nil && e.Text != "" {
			e.Index = index
			r.tell(*e)
		}
	})
	if err != nil {
		return r.lost(index, err)
	}
	reply, err := call.Wait(ctx)
	if ctx.Err() != nil {
		return r.interrupt(ctx, call, index)
	}
	if err != nil {
		return r.lost(index, err)
	}
	return r.conclude(c, index, reply)
}

// conclude puts the reply into the cell.
func (r *runner) conclude(c Cell, index int, m *wire.Message) error {
	var reply wire.ExecuteReply
	if err := m.Into(&reply); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c["execution_count"] = reply.ExecutionCount
	if s := reply.Status; s.Status != "ok" {
		return &CellError{Index: index, Name: s.Name, Value: s.Value, Traceback: s.Traceback}
	}
	return nil
}

// interrupt stops the running cell and waits for its end, which the kernel forces after some seconds.
func (r *runner) interrupt(ctx context.Context, call *kerneltest.Call, index int) error {
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
	defer cancel()
	cause := "stopped"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		cause = fmt.Sprintf("ran longer than %v", r.o.Timeout)
	}
	_ = r.kernel.Interrupt(wait) // when this fails the wait fails too
	_, _ = call.Wait(wait)
	return fmt.Errorf("cell %d: %s: %w", index, cause, ctx.Err())
}

// lost says why the kernel is gone.
func (r *runner) lost(index int, err error) error {
	log := strings.TrimSpace(r.kernel.Log())
	if log != "" {
		log = "\n" + log
	}
	return fmt.Errorf("cell %d: %w%s", index, err, log)
}
