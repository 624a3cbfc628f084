// Package pool keeps the memory of a device between its uses: a training step asks for the same blocks again and again.
//
// A [Pool] takes blocks from the [System] in size classes, four to an octave. Free puts a block on the shelf of its class, from where Alloc takes it
// again. A buffer that becomes unreachable without Free goes back to the system, and the counts follow. A limit bounds what may be in
// use and on the shelves together.
package pool

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// System is where blocks of type B come from.
type System[B any] struct {
	Device string                   // its name, for errors
	Take   func(room int) (B, bool) // a block of so many bytes, contents undefined; false when there is no room
	Give   func(block B)            // gives a block back; nil when the garbage collector does that
	Limit  func() (bytes int64)     // the device's own choice of a limit; 0: none
}

// Buffer is a backend.Buffer on a block of its size class. A device looks into Block.
type Buffer[B any] struct {
	Block B
	size  int
	class int
	state *state[B] // outlives the buffer, for its cleanup
}

// state is what has become of a block.
type state[B any] struct {
	room  int64 // bytes; 0 when the block is off the counts already
	used  bool  // handed out, not on a shelf
	block B     // for Give
}

// Len is the size in bytes that was asked of Alloc.
func (b *Buffer[B]) Len() int { return b.size }

// Pool implements Alloc, Free, SetLimit and Stats of backend.Memory. Its methods may be called from several goroutines.
type Pool[B any] struct {
	*counts[B]
	shelves [256][]*Buffer[B]
}

// counts is apart from the pool so that a buffer's cleanup, which needs it, does not keep the device alive.
type counts[B any] struct {
	lock   sync.Mutex // of the pool, too
	stats  backend.MemoryStats
	system System[B]
}

// New is an empty pool with the system's own limit.
func New[B any](s System[B]) *Pool[B] {
	p := &Pool[B]{counts: &counts[B]{system: s}}
	p.SetLimit(0)
	return p
}

// classSize is the room of class c: four steps an octave from 64 bytes on.
func classSize(c int) int { return (4 + c&3) << (4 + c>>2) }

// classOf is the smallest class with room for n bytes.
func classOf(n int) int {
	n = max(n, 64)
	e := bits.Len(uint(n-1)) - 3 // n-1 has its top three bits at e
	return (e-4)<<2 + (n-1)>>e&3 + 1
}

// Alloc implements backend.Memory.
func (p *Pool[B]) Alloc(n int) backend.Buffer {
	if n < 0 {
		panic(fmt.Sprintf("%s: Alloc(%d): negative size", p.system.Device, n))
	}
	c := classOf(n)
	room := int64(classSize(c))
	p.lock.Lock()
	defer p.lock.Unlock()
	if limit := p.stats.Limit; limit > 0 && p.stats.InUse+p.stats.Pooled+room > limit {
		p.makeRoom(c, room)
		if p.stats.InUse+room > limit {
			panic(p.outOfMemory(n))
		}
	}
	var b *Buffer[B]
	if s := p.shelves[c]; len(s) > 0 {
		b = s[len(s)-1]
		s[len(s)-1] = nil
		p.shelves[c] = s[:len(s)-1]
		p.stats.Pooled -= room
	} else {
		b = p.fresh(c, n)
	}
	b.size, b.state.used = n, true
	p.stats.InUse += room
	p.stats.Peak = max(p.stats.Peak, p.stats.InUse)
	return b
}

// fresh takes a block from the system.
func (p *Pool[B]) fresh(c, n int) *Buffer[B] {
	room := classSize(c)
	block, ok := p.system.Take(room)
	if !ok { // the shelves may hold what is missing
		p.trim()
		if block, ok = p.system.Take(room); !ok {
			panic(p.outOfMemory(n))
		}
	}
	p.stats.Allocs++
	b := &Buffer[B]{Block: block, class: c, state: &state[B]{room: int64(room)}}
	if p.system.Give != nil {
		b.state.block = block
	}
	runtime.AddCleanup(b, p.forget, b.state)
	return b
}

func (p *Pool[B]) outOfMemory(n int) *backend.OutOfMemory {
	return &backend.OutOfMemory{Device: p.system.Device, Want: int64(n), InUse: p.stats.InUse, Size: p.stats.Limit}
}

// makeRoom is called, locked, when a block of class c does not fit under the limit beside what is in use and what is pooled. Idle
// blocks of other sizes go to the system; if that is not enough the collector is run, for the tensors that nobody holds any more, and given a
// moment to report them.
func (p *Pool[B]) makeRoom(c int, room int64) {
	if len(p.shelves[c]) == 0 {
		p.trim()
	}
	if room > p.stats.Limit { // it will never fit
		return
	}
	for wait := time.Duration(0); p.stats.InUse+room > p.stats.Limit && wait < patience; wait += patience / 20 {
		p.lock.Unlock()
		if wait == 0 {
			runtime.GC()
		}
		time.Sleep(patience / 20)
		p.lock.Lock()
	}
}

// patience is how long an Alloc over the limit waits for the collector's cleanups.
const patience = 20 * time.Millisecond

// Free implements backend.Memory. A buffer is freed once.
func (p *Pool[B]) Free(x backend.Buffer) {
	b := x.(*Buffer[B])
	p.lock.Lock()
	defer p.lock.Unlock()
	if !b.state.used {
		panic(fmt.Sprintf("%s: Free of a buffer of %d bytes that was freed before", p.system.Device, b.size))
	}
	b.state.used = false
	p.stats.InUse -= b.state.room
	p.stats.Pooled += b.state.room
	p.shelves[b.class] = append(p.shelves[b.class], b)
}

// forget takes a buffer that the garbage collector has found unreachable off the counts, and gives its block back.
func (p *counts[B]) forget(s *state[B]) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if s.room == 0 {
		return
	}
	if s.used {
		p.stats.InUse -= s.room
	} else {
		p.stats.Pooled -= s.room
	}
	p.release(s)
}

// release gives a block back, once.
func (p *counts[B]) release(s *state[B]) {
	s.room = 0
	if p.system.Give != nil {
		p.system.Give(s.block)
	}
}

// Trim gives the idle memory of the pool back to the system.
func (p *Pool[B]) Trim() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.trim()
}

// trim takes the idle blocks off the counts at once, not when they are collected.
func (p *Pool[B]) trim() {
	for c, shelf := range p.shelves {
		for _, b := range shelf {
			p.stats.Pooled -= b.state.room
			p.release(b.state)
		}
		p.shelves[c] = nil
	}
}

// SetLimit implements backend.Memory.
func (p *Pool[B]) SetLimit(bytes int64) (before int64) {
	if bytes == 0 {
		bytes = p.system.Limit()
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	before, p.stats.Limit = p.stats.Limit, max(bytes, 0)
	return before
}

// Stats implements backend.Memory.
func (p *Pool[B]) Stats() backend.MemoryStats {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.stats
}
