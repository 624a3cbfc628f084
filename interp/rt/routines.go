package rt

import (
	"context"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/athanor-ml/athanor/internal/gid"
)

// The engine can only be stopped as a whole: all its goroutines, and all closures that were made before, which return zero
// values from then on. So it never is. A cell that is interrupted stops itself: lowered code asks in each iteration of a loop,
// at the start of functions and after calls whether a cell is stopping, a goroutine that belongs to it exits, as by
// runtime.Goexit, and blocking operations (blocking.go) wait for the stop as well. Goroutines of other cells go on.
//
// It exits and does not panic, because the engine raises a panic anew in each function on the way, which takes time that grows
// with the square of the depth.
//
// A goroutine is known by its profiler labels, which it passes on to those that compiled code starts for it.

// A routine is a goroutine that runs code of cells.
type routine struct {
	cell      *Run
	unwinding atomic.Int32 // deferred calls that run because the cell stops
	overflow  atomic.Bool  // the stack was about to overflow
	running   running
}

// A Run is one run of a cell with the goroutines that it has started.
type Run struct {
	rs      *routines
	count   int           // the cell's number
	stopped chan struct{} // closed when the run is to stop

	live     int       // goroutines; guarded by rs.mu
	stopping bool      // guarded by rs.mu
	since    time.Time // of the stop
}

// routines are the goroutines of a session.
type routines struct {
	known sync.Map // labels -> *routine
	none  *routine // what runs for no cell, such as a timer's function

	mu       sync.Mutex
	stopping atomic.Int32   // runs that are stopping and still have goroutines
	flag     func(set bool) // tells the engine whether there are such runs
}

func (rs *routines) init(flag func(set bool)) {
	rs.flag = flag
	rs.none = &routine{cell: rs.NewRun(0)}
}

// NewRun makes a run of the cell with that number, without goroutines.
func (rs *routines) NewRun(count int) *Run {
	return &Run{rs: rs, count: count, stopped: make(chan struct{})}
}

// current is the routine that calls it.
func (rs *routines) current() *routine {
	if r, ok := rs.known.Load(gid.Labels()); ok {
		return r.(*routine)
	}
	return rs.none
}

// CurrentRun is the run that the running goroutine belongs to.
func (rs *routines) CurrentRun() *Run { return rs.current().cell }

// Start runs f in a goroutine of the run.
func (c *Run) Start(f func()) {
	c.rs.mu.Lock()
	c.live++
	c.rs.mu.Unlock()
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("cell", strconv.Itoa(c.count))))
		labels := gid.Labels()
		c.rs.known.Store(labels, &routine{cell: c})
		defer func() {
			c.rs.known.Delete(labels)
			c.leave()
		}()
		f()
	}()
}

func (c *Run) leave() {
	c.rs.mu.Lock()
	defer c.rs.mu.Unlock()
	c.live--
	if c.live == 0 && c.stopping && c.rs.stopping.Add(-1) == 0 {
		c.rs.flag(false)
	}
}

// Stop tells the goroutines of the run to stop.
func (c *Run) Stop() {
	c.rs.mu.Lock()
	defer c.rs.mu.Unlock()
	if c.stopping {
		return
	}
	c.stopping, c.since = true, time.Now()
	if c.live > 0 {
		c.rs.stopping.Add(1)
		c.rs.flag(true)
	}
	close(c.stopped)
}

// Wait gives the goroutines of a stopping run a while to end.
func (c *Run) Wait(patience time.Duration) {
	const step = time.Millisecond / 2
	for range int(patience / step) {
		c.rs.mu.Lock()
		live := c.live
		c.rs.mu.Unlock()
		if live == 0 {
			return
		}
		time.Sleep(step)
	}
}

// stopGrace is how long the deferred calls of a cell may run after it was told to stop.
const stopGrace = time.Second

// NoSite stands where a goroutine has no go statement.
const NoSite = -1

// check stops the goroutine if its cell was told to stop.
func (rs *routines) check() {
	if rs.stopping.Load() > 0 {
		rs.current().check()
	}
}

func (r *routine) check() {
	select {
	case <-r.cell.stopped:
		if r.unwinding.Load() == 0 || time.Since(r.cell.since) > stopGrace {
			runtime.Goexit()
		}
	default:
	}
}

// stop is closed when a blocking operation of the routine has to end; nil where none has to.
func (r *routine) stop() <-chan struct{} {
	if r.unwinding.Load() > 0 {
		return nil
	}
	return r.cell.stopped
}

// goGuarded runs f in a goroutine of the run; the host is told of a panic in it.
func (rt *Runtime) goGuarded(c *Run, site int, f func()) {
	c.Start(func() {
		defer func() {
			v := recover()
			if rt.Overflowed() {
				v = OverflowError{}
			}
			if v != nil {
				rt.host.Panicked(site, v)
			}
		}()
		f()
	})
}
