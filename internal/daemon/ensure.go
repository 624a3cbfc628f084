package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/athanor-ml/athanor/workflows/runs"
)

// ErrNone is returned by Find when the home has no daemon.
var ErrNone = errors.New("no daemon runs")

// Find returns the daemon of home that is up, or ErrNone. It does not wait for one that is starting.
func Find(home string) (*runs.Server, error) {
	if !locked(home) {
		return nil, fmt.Errorf("%w for %s: start one with \"athanor up\"", ErrNone, home)
	}
	s, err := runs.ReadServer(home)
	if err != nil || !alive(s.PID) || !answers(s.Address) {
		return nil, fmt.Errorf("%w yet for %s: one is starting or stopping", ErrNone, home)
	}
	return s, nil
}

// Ensure returns the daemon of home, after starting one with command, detached from this process and its terminal, when there is
// none. It returns when the daemon is ready; progress, if not nil, is told what is being waited for. What the daemon prints goes to HOME/daemon.log.
func Ensure(ctx context.Context, home string, command []string, progress func(string)) (*runs.Server, error) {
	if s, err := Find(home); err == nil {
		return s, nil
	}
	if progress == nil {
		progress = func(string) {}
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("home directory: %w", err)
	}
	progress("starting the Temporal server and a worker")
	logFile := filepath.Join(home, "daemon.log")
	ended, err := detach(command, logFile)
	if err != nil {
		return nil, err
	}
	for patience := time.After(60 * time.Second); ; {
		if s, err := Find(home); err == nil {
			progress(fmt.Sprintf("server %s, UI %s", s.Address, s.UI))
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-patience:
			return nil, fmt.Errorf("the daemon of %s is not ready after a minute; see %s", home, logFile)
		case <-ended:
			if !locked(home) { // else another one was faster: wait for that
				return nil, fmt.Errorf("the daemon of %s ended at once: %s", home, strings.TrimPrefix(lastLine(logFile), "athanor: "))
			}
			ended = nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// detach starts a process that outlives this one. The channel is closed when it ends.
func detach(command []string, logFile string) (<-chan struct{}, error) {
	out, err := openLog(logFile)
	if err != nil {
		return nil, fmt.Errorf("daemon log: %w", err)
	}
	defer out.Close()
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = out, out
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start daemon %s: %w", strings.Join(command, " "), err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait()
	}()
	return ended, nil
}

// Down ends the daemon of home and returns when it is gone, with its worker's last checkpoint written. It returns ErrNone when none runs.
func Down(ctx context.Context, home string) error {
	if !locked(home) {
		return fmt.Errorf("%w for %s", ErrNone, home)
	}
	s, err := runs.ReadServer(home)
	if err != nil {
		return fmt.Errorf("the daemon of %s is just starting or stopping: try again in some seconds", home)
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGCONT} { // one that was suspended hears the first after the second
		if err := syscall.Kill(s.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop daemon, pid %d: %w", s.PID, err)
		}
	}
	for patient := time.After(stopTimeout + 20*time.Second); locked(home); {
		select {
		case <-patient:
			return fmt.Errorf("the daemon, pid %d, does not stop (%s): end it with \"kill -9 %d\", its worker ends with it", s.PID, filepath.Join(home, "daemon.log"), s.PID)
		case <-ctx.Done():
			return fmt.Errorf("daemon, pid %d, is still stopping: %w", s.PID, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func answers(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// lastLine is the end of a log, for an error message.
func lastLine(path string) string {
	text, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
