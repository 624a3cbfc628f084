package cpu

import (
	"runtime"
	"sync/atomic"
)

// A part is claimed from the spans. The job is written before they are dealt and is not touched until pending is zero, and every
// claimed part is pending: so whoever holds a claim, however long ago it looked, sees the job it belongs to.

// job is an operation cut into parts that may run in any order and at the same time.
type job interface {
	part(w *worker, i int)
}

// worker is what one goroutine of the team owns.
type worker struct {
	member  int // its number in the team; the caller of run has 0
	scratch []float32
	tile    tile
	cursor  cursor  // of a job whose row functions are values: the compiler cannot see that they let go of it
	corner  *worker // more scratch, when a part needs two kinds
}

// floats is scratch of n floats, aligned to 64 bytes, for the part that runs. Contents are undefined.
func (w *worker) floats(n int) []float32 {
	if cap(w.scratch) < n {
		w.scratch = aligned(n)
	}
	return w.scratch[:n]
}

// team is a set of goroutines that run the parts of one job after another. The caller of run is one of them.
type team struct {
	job     job
	spans   spans        // parts nobody has claimed yet
	turn    atomic.Int64 // jobs so far
	pending atomic.Int64 // parts not finished yet
	waiting atomic.Bool  // the caller sleeps until pending is zero
	done    chan struct{}
	idle    atomic.Int64 // workers that sleep or are about to
	wake    chan struct{}
	closed  atomic.Bool

	leader  worker
	workers int // goroutines started
	failure atomic.Pointer[any]
}

// spins is how often a worker looks for work before it goes to sleep: some tens of microseconds, the time between two
// operations of a training step.
const spins = 2000

func newTeam() *team {
	return &team{done: make(chan struct{}, 1), wake: make(chan struct{}, 1024)}
}

// run does parts 0…n-1 of j on at most threads goroutines and returns when all are done. A panic in a part is raised here.
func (t *team) run(n, threads int, j job) {
	if n <= 1 || threads <= 1 {
		for i := range n {
			j.part(&t.leader, i)
		}
		return
	}
	for t.workers < threads-1 {
		t.workers++
		go t.serve(t.workers)
	}
	t.job = j
	t.pending.Store(int64(n))
	t.spans.deal(n, threads)
	t.turn.Add(1)
	for helpers := int64(min(threads, n) - 1); helpers > 0; helpers-- {
		if !t.takeIdle() {
			break
		}
		t.wake <- struct{}{}
	}
	t.drain(&t.leader)
	t.wait()
	t.job = nil
	if f := t.failure.Swap(nil); f != nil {
		panic(*f)
	}
}

// drain runs parts until none is left to claim.
func (t *team) drain(w *worker) {
	for {
		i, ok := t.spans.claim(w.member)
		if !ok {
			return
		}
		t.do(w, i)
	}
}

func (t *team) do(w *worker, i int) {
	defer t.finish()
	t.job.part(w, i)
}

// finish counts one part as done, and wakes the caller after the last.
func (t *team) finish() {
	if r := recover(); r != nil {
		f := r // a variable of its own: r would be on the heap every time
		t.failure.CompareAndSwap(nil, &f)
	}
	if t.pending.Add(-1) == 0 && t.waiting.CompareAndSwap(true, false) {
		t.done <- struct{}{}
	}
}

// wait returns when no part is pending.
func (t *team) wait() {
	for i := range spins {
		if t.pending.Load() == 0 {
			return
		}
		relax(i)
	}
	t.waiting.Store(true)
	if t.pending.Load() == 0 && t.waiting.CompareAndSwap(true, false) {
		return
	}
	<-t.done
}

// serve is the life of one goroutine of the team.
func (t *team) serve(member int) {
	w := &worker{member: member}
	for !t.closed.Load() {
		turn := t.turn.Load()
		t.drain(w)
		if t.look(turn) {
			continue
		}
		t.idle.Add(1)
		if t.turn.Load() != turn && t.takeIdle() {
			continue
		}
		<-t.wake
	}
}

// look spins until there is a job after that one, or it has spun enough.
func (t *team) look(turn int64) bool {
	for i := range spins {
		if t.turn.Load() != turn {
			return true
		}
		relax(i)
	}
	return false
}

// takeIdle takes one worker off the count of the idle ones: to wake it, or to stay awake.
func (t *team) takeIdle() bool {
	for {
		n := t.idle.Load()
		if n <= 0 {
			return false
		}
		if t.idle.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// close ends the goroutines of a team that nobody uses any more.
func (t *team) close() {
	t.closed.Store(true)
	for range t.workers {
		t.wake <- struct{}{}
	}
}

// relax passes a moment of spinning, and every so often lets other goroutines run.
func relax(i int) {
	pause()
	if i&63 == 63 {
		runtime.Gosched()
	}
}
