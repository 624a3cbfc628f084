package daemon

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// WorkerOptions says what a worker works for. Home and Address are needed. A home has one worker at a time; workers of one server
// on several machines share their home through a file system.
type WorkerOptions struct {
	Home       string
	DataDir    string
	Address    string // host:port of the server
	Namespace  string // empty: "default"
	Supervised bool   // a child of Up: ends when its standard input does, says through file descriptor 3 that it polls

	Trainer *activities.Trainer // nil: one for Home and DataDir
}

// Work carries out workflows and activities until ctx ends; then the running activity checkpoints before Work returns. A server
// that goes away is waited for, except by a supervised worker, whose server ends with its daemon.
func Work(ctx context.Context, o WorkerOptions) error {
	o.Namespace = cmp.Or(o.Namespace, "default")
	o.Home, o.DataDir = absolute(o.Home), absolute(o.DataDir) // the paths in a run's history are for workers anywhere
	if o.Trainer == nil {
		o.Trainer = &activities.Trainer{Home: o.Home, DataDir: o.DataDir}
	}
	orphaned := make(chan struct{})
	if o.Supervised {
		var end context.CancelFunc
		ctx, end = context.WithCancel(ctx)
		defer end()
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // ends with the daemon
			close(orphaned)
			end()
		}()
	}
	if err := os.MkdirAll(o.Home, 0o700); err != nil {
		return fmt.Errorf("home directory: %w", err)
	}
	lock, err := lockWorker(ctx, o.Home, o.Supervised)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	c, err := client.DialContext(ctx, client.Options{
		HostPort:  o.Address,
		Namespace: o.Namespace,
		Identity:  identity(o.Home).String(),
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))),
	})
	if err != nil {
		return fmt.Errorf("no server answers at %s (%w): start one with \"athanor up\", or give its address", o.Address, err)
	}
	defer c.Close()
	if err := registerAttributes(ctx, c, o.Namespace); err != nil {
		return err
	}
	if err := releaseAbandoned(ctx, c, o.Namespace, o.Home); err != nil {
		slog.Warn("activities of an earlier worker go on after their heartbeat timeout", "error", err)
	}
	workers, err := poll(c, o)
	if err != nil {
		return err
	}
	if o.Supervised {
		sayReady()
	}
	<-ctx.Done()
	stop(workers, o.Trainer, orphaned)
	return nil
}

// absolute is a path that means the same whatever the working directory.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "" {
		return abs
	}
	return path
}

// poll starts to take workflows and activities from both queues.
func poll(c client.Client, o WorkerOptions) (workers []worker.Worker, err error) {
	options := workerOptions(identity(o.Home).String())
	queue, err := runs.Queue(o.Home)
	if err != nil {
		return nil, err
	}
	light := worker.New(c, queue, options)
	light.RegisterWorkflow(workflows.Run)
	light.RegisterWorkflow(workflows.Pipeline)
	light.RegisterActivity(o.Trainer)
	options.MaxConcurrentActivityExecutionSize = 1
	options.DisableWorkflowWorker = true
	heavy := worker.New(c, workflows.TrainQueue(queue), options)
	heavy.RegisterActivity(o.Trainer)
	for _, w := range []worker.Worker{heavy, light} {
		if err := w.Start(); err != nil {
			stop(workers, o.Trainer, nil)
			return nil, fmt.Errorf("worker: %w", err)
		}
		workers = append(workers, w)
	}
	return workers, nil
}

// sayReady tells the daemon that the worker polls.
func sayReady() {
	tell := os.NewFile(3, "ready")
	_, _ = io.WriteString(tell, "ready\n") // a daemon that has gone does not mind
	tell.Close()
}

// stop ends the workers after the checkpoint of their activity. When the daemon and with it the server are gone there is nobody to
// report the end to, which they would try for long.
func stop(workers []worker.Worker, t *activities.Trainer, orphaned <-chan struct{}) {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		var all sync.WaitGroup
		for _, w := range workers {
			all.Go(w.Stop)
		}
		all.Wait()
	}()
	select {
	case <-stopped:
		return
	case <-orphaned:
	}
	drained := make(chan struct{})
	go func() {
		activities.Drain(t)
		close(drained)
	}()
	select {
	case <-stopped:
	case <-drained:
	}
}

// workerOptions: news of a pause within a second, and time for a checkpoint at the end.
func workerOptions(identity string) worker.Options {
	return worker.Options{
		Identity:                           identity,
		MaxConcurrentActivityExecutionSize: 4,
		MaxHeartbeatThrottleInterval:       time.Second,
		DefaultHeartbeatThrottleInterval:   time.Second,
		WorkerStopTimeout:                  30 * time.Second,
		StickyScheduleToStartTimeout:       200 * time.Millisecond, // how long a killed worker's successor waits for its workflows
	}
}
