package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
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

	polled  bool  // some worker has been ready
	able    bool  // the last one has been
	trouble error // what ready returned
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
	for failures := 1; ; failures++ {
		began := time.Now()
		err := s.worker(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if s.trouble != nil {
			return s.trouble
		}
		if !s.polled && failures == 5 {
			return fmt.Errorf("the worker does not start (%w): %s; more in %s", err, lastLine(s.logFile), s.logFile)
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
		pause = longer(pause, s.able)
	}
}

// longer is the pause after the next worker that dies soon: one that could work, and was killed, is waited for less than one that cannot start.
func longer(pause time.Duration, able bool) time.Duration {
	most := 5 * time.Second
	if able {
		most = time.Second
	}
	return min(max(2*pause, 100*time.Millisecond), most)
}

// worker runs one worker process to its end. Its standard input is a pipe that nobody writes to: the worker sees it end when
// this process dies, however it dies. Through file descriptor 3 the worker says that it polls.
func (s *supervisor) worker(ctx context.Context) error {
	out, err := openLog(s.logFile)
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
	c.Cancel = func() error { // a worker that was suspended hears the one only after the other
		return errors.Join(c.Process.Signal(syscall.SIGTERM), c.Process.Signal(syscall.SIGCONT))
	}
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
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		word, _ := io.ReadAll(hear)
		if s.able = len(word) > 0; !s.able || s.polled {
			return
		}
		s.polled = true
		if s.trouble = s.ready(); s.trouble != nil {
			_ = c.Process.Signal(syscall.SIGTERM)
		}
	}()
	err = c.Wait()
	<-heard // its end of the pipe is closed now
	return err
}

// openLog opens a log to write at its end. One that has grown past 8 MB is put aside as one .old file.
func openLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 8<<20 {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("put log aside: %w", err)
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

func (s *supervisor) say(text string) {
	if s.log != nil {
		s.log(text)
	}
}
