package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/athanor-ml/athanor/workflows/runs"
)

// RunningError is returned by Up when the home has a daemon already.
type RunningError struct {
	Home   string
	Server *runs.Server // nil when it has not written its file yet
}

func (e *RunningError) Error() string {
	if e.Server == nil {
		return fmt.Sprintf("another daemon of %s is just starting or stopping: try again in some seconds", e.Home)
	}
	return fmt.Sprintf("a daemon of %s runs already: pid %d, server %s, UI %s (\"athanor down\" ends it, --home chooses another directory)",
		e.Home, e.Server.PID, e.Server.Address, e.Server.UI)
}

// lockHome takes the daemon's lock. Somebody who only looks (see Find) may hold it for a moment.
func lockHome(home string) (*flock.Flock, error) {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("home directory: %w", err)
	}
	lock := flock.New(filepath.Join(home, "daemon.lock"))
	for range 20 {
		ok, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", home, err)
		}
		if ok {
			return lock, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	server, _ := runs.ReadServer(home)
	return nil, &RunningError{Home: home, Server: server}
}

// locked reports whether a daemon holds the lock of home.
func locked(home string) bool {
	path := filepath.Join(home, "daemon.lock")
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path)
	ok, err := lock.TryRLock()
	if ok {
		_ = lock.Unlock()
	}
	return err == nil && !ok
}

// lockWorker takes the lock that the home's only worker holds. A successor waits for the worker before it to end.
func lockWorker(ctx context.Context, home string, successor bool) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(home, "worker.lock"))
	if !successor {
		if ok, err := lock.TryLock(); err == nil && !ok {
			return nil, fmt.Errorf("a worker of %s runs already: pid %d (\"athanor up\" keeps one)", home, WorkerPID(home))
		}
	}
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for the older worker of %s: %w", home, err)
	}
	if err := os.WriteFile(lock.Path(), fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		return nil, fmt.Errorf("worker lock: %w", err)
	}
	return lock, nil
}

// WorkerPID is the process of the worker of home that runs; 0: none.
func WorkerPID(home string) int {
	path := filepath.Join(home, "worker.lock")
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	lock := flock.New(path)
	if ok, err := lock.TryRLock(); err != nil || ok {
		_ = lock.Unlock()
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}
