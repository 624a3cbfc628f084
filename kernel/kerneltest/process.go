package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/wire"
)

// Process is a kernel that runs as a program of ours.
type Process struct {
	*Client
	Cmd  *exec.Cmd
	File kernel.ConnectionFile // with the ports that the kernel chose

	dir    string
	exited chan struct{}
	tail   tail
}

// StartOptions say how to start the program; the zero value inherits directory and environment.
type StartOptions struct {
	Dir string
	Env []string // complete; nil is ours
	Log io.Writer
}

// Start runs argv, in which "{connection_file}" stands for the path of a connection file, and connects to it. It returns when the
// kernel has confirmed the connection. The kernel chooses its ports.
func Start(ctx context.Context, argv []string, o StartOptions) (*Process, error) {
	dir, err := os.MkdirTemp("", "athanor-kernel-")
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, exited: make(chan struct{})}
	if err := p.start(ctx, argv, o); err != nil {
		p.Kill()
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (p *Process) start(ctx context.Context, argv []string, o StartOptions) error {
	path := filepath.Join(p.dir, "connection.json")
	cf := kernel.ConnectionFile{Transport: "tcp", IP: "127.0.0.1", Key: wire.NewID(), Scheme: "hmac-sha256"}
	if err := cf.Write(path); err != nil {
		return err
	}
	if len(argv) == 0 {
		return errors.New("start kernel: no command given")
	}
	args := make([]string, len(argv))
	for i, a := range argv {
		args[i] = strings.ReplaceAll(a, "{connection_file}", path)
	}
	p.Cmd = exec.Command(args[0], args[1:]...)
	p.Cmd.Dir, p.Cmd.Env = o.Dir, o.Env
	if p.Cmd.Env == nil {
		p.Cmd.Env = os.Environ()
	}
	p.Cmd.Env = append(p.Cmd.Env, fmt.Sprintf("JPY_PARENT_PID=%d", os.Getpid()))
	p.tail.next = o.Log
	p.Cmd.Stdout, p.Cmd.Stderr = &p.tail, &p.tail
	p.Cmd.SysProcAttr = ownGroup() // Ctrl-C in our terminal is ours to handle
	if err := p.Cmd.Start(); err != nil {
		close(p.exited)
		return fmt.Errorf("start kernel: %w", err)
	}
	go func() { _ = p.Cmd.Wait(); close(p.exited) }()
	return p.connect(ctx, path)
}

// connect waits until the kernel has written its ports, and dials.
func (p *Process) connect(ctx context.Context, path string) error {
	for {
		cf, err := kernel.ReadConnectionFile(path)
		if err != nil {
			return err
		}
		if cf.Shell != 0 {
			p.File = cf
			p.Client, err = Dial(ctx, cf)
			return err
		}
		select {
		case <-p.exited:
			return fmt.Errorf("the kernel %s ended before it listened: %s\n%s", p.Cmd.Args[0], p.Cmd.ProcessState, &p.tail)
		case <-ctx.Done():
			return fmt.Errorf("the kernel %s does not listen: %w\n%s", p.Cmd.Args[0], ctx.Err(), &p.tail)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Log returns the last of what the program itself printed.
func (p *Process) Log() string { return p.tail.String() }

// Shutdown asks the kernel to end, and kills it when it has not within five seconds or when ctx ends.
func (p *Process) Shutdown(ctx context.Context) {
	if _, err := p.Send(Control, "shutdown_request", wire.Shutdown{}, nil); err == nil {
		select {
		case <-p.exited:
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
	p.Kill()
	os.RemoveAll(p.dir)
}

// Kill ends the program at once.
func (p *Process) Kill() {
	if p.Client != nil {
		p.Close()
	}
	if p.Cmd != nil && p.Cmd.Process != nil {
		_ = p.Cmd.Process.Kill()
		<-p.exited
	}
}

// tail keeps the last 4 KiB written to it, and passes everything on.
type tail struct {
	mu   sync.Mutex
	text []byte
	next io.Writer
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-4096):]
	if t.next != nil {
		return t.next.Write(b)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
