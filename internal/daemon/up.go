package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/internal/devserver"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// Options says how Up runs a daemon. Only Home is needed.
type Options struct {
	Home    string
	Port    int      // of gRPC; 0: DefaultPort
	UIPort  int      // of the web UI; 0: DefaultUIPort
	AnyPort bool     // take free ports where the wanted ones are busy
	Fresh   bool     // put a database of another version aside
	Worker  []string // the command of the worker, which calls Work with Supervised; empty: no worker

	Ready func(runs.Server) // called when the server answers and the worker polls
	Log   func(string)      // of what happens to the worker; nil: nowhere
}

// Up runs the daemon of o.Home until ctx ends, then stops the worker, which checkpoints, and the server. Runs go on with the
// next Up. It returns a RunningError, a PortError or a devserver.VersionError for what the user can change.
func Up(ctx context.Context, o Options) error {
	o.Home = absolute(o.Home)
	lock, err := lockHome(o.Home)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	if err := forget(o.Home); err != nil {
		return err
	}
	port, claim, err := choosePort(cmp.Or(o.Port, DefaultPort), "--port", o.AnyPort)
	if err != nil {
		return err
	}
	defer claim.Close()
	ui, claimUI, err := choosePort(cmp.Or(o.UIPort, DefaultUIPort), "--ui-port", o.AnyPort)
	if err != nil {
		return err
	}
	defer claimUI.Close()
	database := filepath.Join(o.Home, "temporal", "temporal.db")
	behind := ahead(time.Now(), database, database+"-wal")
	server, err := devserver.Start(devserver.Options{
		Dir:        filepath.Join(o.Home, "temporal"),
		Port:       port,
		UIPort:     ui,
		Attributes: workflows.Attributes(),
		Fresh:      o.Fresh,
	})
	if err != nil {
		return err
	}
	defer server.Stop()
	self := runs.Server{
		PID:     os.Getpid(),
		Address: fmt.Sprintf("127.0.0.1:%d", port),
		UI:      fmt.Sprintf("http://127.0.0.1:%d", ui),
		Version: devserver.Version,
		Started: time.Now().UTC(),
		Behind:  behind,
	}
	s := &supervisor{command: withAddress(o.Worker, self.Address), log: o.Log, logFile: filepath.Join(o.Home, "worker.log")}
	defer func() { _ = os.Remove(runs.ServerFile(o.Home)) }()
	watching, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	s.ready = func() error {
		if err := writeServer(o.Home, self); err != nil {
			return err
		}
		known := self
		all.Go(func() {
			watchClock(watching, s.say, func(until time.Time) {
				known.Behind = until
				_ = writeServer(o.Home, known) // who asks why a run does not move reads it there; no more
			})
		})
		if o.Ready != nil {
			o.Ready(self)
		}
		return nil
	}
	return s.run(ctx)
}

// forget removes the server file of a daemon that was killed. Its process may still be listed, dead but not waited for, and its port
// answers as soon as it is ours: who looks now must not take it for the one that is starting.
func forget(home string) error {
	if err := os.Remove(runs.ServerFile(home)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("daemon: a dead one's %w", err)
	}
	return nil
}

// withAddress tells the worker where the server is.
func withAddress(command []string, address string) []string {
	if len(command) == 0 {
		return nil
	}
	return append(command[:len(command):len(command)], "--address", address)
}

// writeServer replaces the server file, whole.
func writeServer(home string, s runs.Server) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	part := runs.ServerFile(home) + ".part"
	if err := os.WriteFile(part, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("daemon: %w", err)
	}
	return os.Rename(part, runs.ServerFile(home))
}
