package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel"
)

// Config says how to start a sandbox.
type Config struct {
	// Command makes the command of a child, which must call Main. It is called once for every start.
	Command func() *exec.Cmd
	// Info is what Proxy.Info returns; the child is not asked.
	Info kernel.Info
	// Grace is how long a cell may run on after an interrupt before its sandbox is killed. 0 is 5 s.
	Grace time.Duration
	// StartTimeout is how long a child may take to get ready. 0 is 30 s.
	StartTimeout time.Duration
	// Delay puts off the first start, unless something is asked of the sandbox before: a program that starts takes a processor
	// from the front end that is just connecting. 0 is not at all.
	Delay time.Duration
	// Logf is told about starts and ends. nil is silence.
	Logf func(format string, args ...any)
}

// Proxy is the kernel's side of a sandbox: a kernel.Executor (and kernel.Killer) whose work is done by a child process.
type Proxy struct {
	cfg Config

	mu      sync.Mutex
	current *process
	failed  error  // why the last start failed; nil after one that did not
	notice  string // about a death between cells, for the next one
	closed  bool
}

var (
	_ kernel.Executor = (*Proxy)(nil)
	_ kernel.Killer   = (*Proxy)(nil)
)

// ErrClosed is returned by Restart after Close.
var ErrClosed = errors.New("sandbox: closed")

// Start starts a sandbox and returns at once; cells wait until it is ready. An error of the start itself is returned here
// (after a Delay it is logged), and shown again by every cell until a later start succeeds.
func Start(cfg Config) (*Proxy, error) {
	if cfg.Grace == 0 {
		cfg.Grace = 5 * time.Second
	}
	if cfg.StartTimeout == 0 {
		cfg.StartTimeout = 30 * time.Second
	}
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	p := &Proxy{cfg: cfg}
	if cfg.Delay > 0 {
		time.AfterFunc(cfg.Delay, p.startFirst)
		return p, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p, p.start()
}

// startFirst is the start that was put off. A cell, a restart or Close may have come before.
func (p *Proxy) startFirst() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		_ = p.start()
	}
}

// start replaces current, with mu held.
func (p *Proxy) start() error {
	if p.closed {
		return ErrClosed
	}
	c, err := startProcess(p.cfg.Command())
	p.current, p.failed = c, err
	if err != nil {
		p.cfg.Logf("%v", err)
		return err
	}
	go p.attend(c)
	return nil
}

// attend waits for a child's end and has the next one started.
func (p *Proxy) attend(c *process) {
	select {
	case <-c.ready:
	case <-c.dead:
	case <-time.After(p.cfg.StartTimeout):
		c.kill(fmt.Sprintf("the sandbox process was not ready after %v", p.cfg.StartTimeout))
	}
	<-c.dead
	_ = p.replace(c)
}

// replace starts the next child after c has died, unless somebody has done so. A child that ended before it was ready is an
// error, and not followed by another at once: the cell that wants one tries again.
func (p *Proxy) replace(c *process) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.current != c {
		return p.failed
	}
	p.current = nil
	select {
	case <-c.ready:
	default:
		e := c.obituary()
		p.failed = fmt.Errorf("the sandbox does not start: %s", strings.TrimSuffix(e.Value, ". "+lost))
		p.cfg.Logf("%v", p.failed)
		return p.failed
	}
	if c.idle() {
		e := c.obituary()
		p.notice = e.Value
		c.show("stderr", strings.Join(e.Traceback, "\n")+"\n")
	}
	p.cfg.Logf("sandbox ended: %s", c.state)
	return p.start()
}

// idle reports that no cell was running when the child ended.
func (p *process) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.out != nil {
			return false
		}
	}
	return true
}

// ready returns a child that answers, waiting for one that is starting.
func (p *Proxy) ready(ctx context.Context) (*process, error) {
	for {
		p.mu.Lock()
		if p.current == nil {
			if err := p.start(); err != nil {
				p.mu.Unlock()
				return nil, err
			}
		}
		c := p.current
		p.mu.Unlock()
		select {
		case <-c.dead:
		case <-c.ready:
			select {
			case <-c.dead:
			default:
				return c, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := p.replace(c); err != nil {
			return nil, err
		}
	}
}

// Info describes the language.
func (p *Proxy) Info() kernel.Info { return p.cfg.Info }

// Execute runs a cell in the child.
func (p *Proxy) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	c, err := p.ready(ctx)
	if ctx.Err() != nil {
		return failure("Interrupt", "interrupted while the sandbox was starting")
	}
	if err != nil {
		return failure("SandboxDied", err.Error())
	}
	p.mu.Lock()
	notice := p.notice
	p.notice = ""
	p.mu.Unlock()
	if notice != "" {
		out.Stream("stderr", "Since the last cell: "+notice+"\n")
	}
	k := &call{out: out}
	k.asked = func(q question) {
		text, err := out.Input(ctx, q.Prompt, q.Password)
		a := answer{Seq: q.Seq, Value: text}
		if err != nil {
			a.Error = err.Error()
		}
		_ = c.w.send("answer", 0, a)
	}
	id, err := c.send("execute", cell, k)
	if err != nil {
		c.kill("the sandbox process does not take requests: " + err.Error())
	}
	return p.await(ctx, c, id, k, out)
}

// await waits for the end of a cell, however it comes.
func (p *Proxy) await(ctx context.Context, c *process, id int64, k *call, out kernel.Output) kernel.Result {
	interrupted := ctx.Done()
	var warn, kill <-chan time.Time
	for {
		select {
		case raw := <-k.reply:
			return decoded(raw)
		case <-c.dead:
			select {
			case raw := <-k.reply: // it finished the cell, and then died
				return decoded(raw)
			default:
				return kernel.Result{Err: c.obituary()}
			}
		case <-interrupted:
			interrupted = nil
			_ = c.w.send("cancel", id, nil)
			warn, kill = time.After(p.cfg.Grace*2/5), time.After(p.cfg.Grace)
		case <-warn:
			out.Stream("stderr", fmt.Sprintf("The cell is in a call that does not stop. In %v its sandbox will be killed, and all variables lost.\n", p.cfg.Grace*3/5))
		case <-kill:
			c.kill(fmt.Sprintf("the cell did not stop within %v of the interrupt, so its sandbox process was killed", p.cfg.Grace))
		}
	}
}

func decoded(raw json.RawMessage) (res kernel.Result) {
	if err := json.Unmarshal(raw, &res); err != nil {
		return failure("SandboxError", err.Error())
	}
	return res
}

func failure(name, value string) kernel.Result {
	return kernel.Result{Err: &kernel.Error{Name: name, Value: value, Traceback: []string{name + ": " + value}}}
}

// Kill ends the running cell by force.
func (p *Proxy) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.kill("interrupted twice, so the sandbox process was killed")
	}
}

// Restart kills the child and starts another.
func (p *Proxy) Restart() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.current; old != nil {
		old.kill("the sandbox was restarted")
	}
	p.notice = ""
	return p.start()
}

// Close ends the child. It returns when the child is gone.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	c := p.current
	p.mu.Unlock()
	if c == nil {
		return nil
	}
	c.toW.Close() // the child's Main returns
	select {
	case <-c.dead:
	case <-time.After(300 * time.Millisecond):
		c.kill("the kernel ended")
		<-c.dead
	}
	return nil
}
