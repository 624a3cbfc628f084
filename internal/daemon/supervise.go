package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Times a supervised worker is given. A var for the tests.
var (
	stopTimeout = 40 * time.Second // from SIGTERM to SIGKILL: longer than a worker takes to checkpoint
	steady      = 10 * time.Second // a worker that lived so long is started again at once
)

// supervisor keeps a worker alive.
type supervisor struct {
	command []string
	log     func(string)
	logFile string
	ready   func() error // called once, when the first worker polls; at once without a worker
	once    sync.Once
}

// run keeps a worker running until ctx ends, and stops it then.
func (s *supervisor) run(ctx context.Context) error {
	if len(s.command) == 0 {
		if err := s.ready(); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
	pause := time.Duration(0)
	for {
		began := time.Now()
		err := s.worker(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var fatal *readyError
		if errors.As(err, &fatal) {
			return err
		}
		if time.Since(began) > steady {
			pause = 0
		}
		s.say(fmt.Sprintf("worker ended (%v); next one in %v", err, pause))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(max(2*pause, 100*time.Millisecond), 5*time.Second)
	}
}

// readyError is trouble of the daemon itself, not of the worker.
type readyError struct{ error }

// worker runs one worker process to its end. Its standard input is a pipe that nobody writes to: the worker sees it end when
// this process dies, however it dies. Through file descriptor 3 the worker says that it polls.
func (s *supervisor) worker(ctx context.Context) error {
	out, err := os.OpenFile(s.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	hear, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	defer hear.Close()
	c := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	c.Stdout, c.Stderr, c.ExtraFiles = out, out, []*os.File{tell}
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = stopTimeout
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt from the terminal is for the daemon, which stops its worker
	life, err := c.StdinPipe()
	if err != nil {
		return err
	}
	defer life.Close()
	err = c.Start()
	tell.Close()
	if err != nil {
		return fmt.Errorf("start worker %s: %w", strings.Join(s.command, " "), err)
	}
	failed := make(chan error, 1)
	go func() {
		if text, _ := io.ReadAll(hear); len(text) > 0 {
			s.once.Do(func() { failed <- s.ready() })
		}
		close(failed)
	}()
	err = c.Wait()
	if e := <-failed; e != nil {
		return &readyError{e}
	}
	return err
}

func (s *supervisor) say(text string) {
	if s.log != nil {
		s.log(text)
	}
}
