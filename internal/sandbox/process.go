package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/athanor-ml/athanor/kernel"
)

// process is one child, from its start to its end. ready is closed when it answers, dead when it has ended and all its
// output has been forwarded.
type process struct {
	cmd   *exec.Cmd
	w     *writer
	toW   *os.File // our ends of fd 3 and 4
	fromR *os.File
	out   *capture
	err   *capture
	crash crash
	ready chan struct{}
	heard chan struct{} // closed when the pipe of replies has ended
	gone  chan struct{} // closed when the system says that it has ended
	dead  chan struct{}

	once sync.Once
	why  atomic.Pointer[string] // set before we kill it ourselves

	mu    sync.Mutex
	shown kernel.Output // of the latest cell; nil before the first
	calls map[int64]*call
	last  int64
	state string // how it ended, once dead
}

// call is a request under way.
type call struct {
	out   kernel.Output // nil unless it executes
	asked func(question)
	reply chan json.RawMessage // capacity 1
}

// startProcess runs cmd as a sandbox.
func startProcess(cmd *exec.Cmd) (_ *process, err error) {
	p := &process{
		cmd: cmd, calls: map[int64]*call{},
		ready: make(chan struct{}), heard: make(chan struct{}), gone: make(chan struct{}), dead: make(chan struct{}),
	}
	p.crash.forward = func(text string) { p.show("stderr", text) }
	theirs := make([]*os.File, 4) // the child's ends: fd 3, 4, 1 and 2
	defer func() {
		for _, f := range theirs {
			f.Close() // a nil *os.File only says that it is invalid
		}
		if err != nil {
			p.release()
			err = fmt.Errorf("sandbox: start: %w", err)
		}
	}()
	if theirs[0], p.toW, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.fromR, theirs[1], err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.out, theirs[2], err = newCapture(func(text string) { p.show("stdout", text) }); err != nil {
		return nil, err
	}
	if p.err, theirs[3], err = newCapture(p.crash.write); err != nil {
		return nil, err
	}
	cmd.ExtraFiles = theirs[:2]
	cmd.Stdout, cmd.Stderr = theirs[2], theirs[3]
	p.w = &writer{w: patient{p.toW}}
	if err = cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(p.fromR)
	go p.wait()
	return p, nil
}

// release closes our ends of the pipes.
func (p *process) release() {
	p.toW.Close()
	p.fromR.Close()
	for _, c := range []*capture{p.out, p.err} {
		if c != nil {
			c.close()
		}
	}
}

// patient is a pipe on which a write fails after five seconds: a child that is stopped must not stop us.
type patient struct{ f *os.File }

func (p patient) Write(b []byte) (int, error) {
	_ = p.f.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return p.f.Write(b)
}

// show sends text under the latest cell.
func (p *process) show(name, text string) {
	p.mu.Lock()
	out := p.shown
	p.mu.Unlock()
	if out != nil {
		out.Stream(name, text)
	}
}

// read acts on what the child sends.
func (p *process) read(r *os.File) {
	err := readFrames(r, func(f frame) error { p.handle(f); return nil })
	close(p.heard)
	why := "the sandbox process closed its pipe to the kernel (file descriptor 4), so it was killed"
	if err != nil {
		why = "the sandbox's pipe to the kernel (file descriptor 4) broke, so it was killed: " + err.Error()
	}
	select {
	case <-p.gone:
	case <-time.After(300 * time.Millisecond):
		p.kill(why)
	}
}

func (p *process) handle(f frame) {
	if f.Kind == "ready" {
		p.once.Do(func() { close(p.ready) })
		return
	}
	p.mu.Lock()
	c := p.calls[f.ID]
	if f.Kind == "reply" {
		delete(p.calls, f.ID)
	}
	out := p.shown
	if c != nil && c.out != nil {
		out = c.out
	}
	p.mu.Unlock()
	if f.Kind == "reply" && (c == nil || c.out == nil) { // of a side request: no output belongs before it
		if c != nil {
			c.reply <- f.Body
		}
		return
	}
	p.drain()
	p.crash.release()
	switch f.Kind {
	case "reply":
		c.reply <- f.Body
	case "display":
		var d display
		if json.Unmarshal(f.Body, &d) == nil && out != nil {
			out.Display(d.Data, d.Metadata, d.ID, d.Update)
			_ = p.w.send("answer", 0, answer{Seq: d.Seq})
		}
	case "clear":
		var d clearing
		if json.Unmarshal(f.Body, &d) == nil && out != nil {
			out.Clear(d.Wait)
			_ = p.w.send("answer", 0, answer{Seq: d.Seq})
		}
	case "input":
		var q question
		if json.Unmarshal(f.Body, &q) != nil {
			return
		}
		if c == nil { // a goroutine that has outlived its cell
			_ = p.w.send("answer", 0, answer{Seq: q.Seq, Error: "input: its cell has ended; nobody can be asked"})
			return
		}
		go c.asked(q)
	}
}

func (p *process) drain() {
	p.out.drain()
	p.err.drain()
}

// wait sees the child's end.
func (p *process) wait() {
	_ = p.cmd.Wait()
	close(p.gone)
	select {
	case <-p.heard: // a reply sent just before the end counts
	case <-time.After(time.Second):
	}
	p.drain() // all it wrote is in the pipes; programs that it started may hold them open, so we do not wait for their end
	p.mu.Lock()
	p.state = p.cmd.ProcessState.String()
	p.mu.Unlock()
	close(p.dead)
	p.release()
}

// kill ends the child; why is told to the user.
func (p *process) kill(why string) {
	p.why.CompareAndSwap(nil, &why)
	_ = p.cmd.Process.Kill()
}

// send starts a request.
func (p *process) send(kind string, body any, c *call) (id int64, err error) {
	c.reply = make(chan json.RawMessage, 1)
	p.mu.Lock()
	p.last++
	id = p.last
	p.calls[id] = c
	if c.out != nil {
		p.shown = c.out
	}
	p.mu.Unlock()
	return id, p.w.send(kind, id, body)
}
