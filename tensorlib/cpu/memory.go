package cpu

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// A buffer is ordinary memory of the Go heap. Free puts it on the shelf of its size class, from where Alloc takes it again; a
// buffer that becomes unreachable without Free is simply collected, and the counts follow.

// buffer is a backend.Buffer: size bytes at a 64-byte boundary, in a block of its size class.
type buffer struct {
	mem   []byte
	size  int
	class int
	state *bufferState // outlives the buffer, for its cleanup
}

type bufferState struct {
	room int64 // bytes of the block
	used bool  // handed out, not on a shelf
}

func (b *buffer) Len() int { return b.size }

// pool is the memory of a Device.
type pool struct {
	*counts
	shelves [256][]*buffer
}

// counts is apart from the pool so that a buffer's cleanup, which needs it, does not keep the Device alive.
type counts struct {
	lock  sync.Mutex // of the pool, too
	stats backend.MemoryStats
}

// classSize is the room of class c: four steps an octave from 64 bytes on.
func classSize(c int) int { return (4 + c&3) << (4 + c>>2) }

// classOf is the smallest class with room for n bytes.
func classOf(n int) int {
	n = max(n, 64)
	e := bits.Len(uint(n-1)) - 3 // n-1 has its top three bits at e
	c := (e-4)<<2 + (n-1)>>e&3 + 1
	return c
}

// Alloc implements backend.Memory.
func (p *pool) Alloc(n int) backend.Buffer {
	if n < 0 {
		panic(fmt.Sprintf("cpu: Alloc(%d): negative size", n))
	}
	c := classOf(n)
	room := int64(classSize(c))
	p.lock.Lock()
	defer p.lock.Unlock()
	if limit := p.stats.Limit; limit > 0 && p.stats.InUse+p.stats.Pooled+room > limit {
		p.makeRoom(c, room)
		if p.stats.InUse+room > limit {
			panic(&backend.OutOfMemory{Device: "cpu", Want: int64(n), InUse: p.stats.InUse, Size: limit})
		}
	}
	p.stats.InUse += room
	p.stats.Peak = max(p.stats.Peak, p.stats.InUse)
	if s := p.shelves[c]; len(s) > 0 {
		b := s[len(s)-1]
		s[len(s)-1] = nil
		p.shelves[c] = s[:len(s)-1]
		p.stats.Pooled -= room
		b.size, b.state.used = n, true
		return b
	}
	p.stats.Allocs++
	b := &buffer{mem: alignedBytes(int(room)), size: n, class: c, state: &bufferState{room: room, used: true}}
	runtime.AddCleanup(b, p.forget, b.state)
	return b
}

// makeRoom is called, locked, when a block of class c does not fit under the limit beside what is in use and what is pooled. Idle
// blocks of other sizes go to the collector; if that is not enough it is run, for the tensors that nobody holds any more, and given a
// moment to report them.
func (p *pool) makeRoom(c int, room int64) {
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
func (p *pool) Free(x backend.Buffer) {
	b := x.(*buffer)
	p.lock.Lock()
	defer p.lock.Unlock()
	if !b.state.used {
		panic(fmt.Sprintf("cpu: Free of a buffer of %d bytes that was freed before", b.size))
	}
	b.state.used = false
	p.stats.InUse -= b.state.room
	p.stats.Pooled += b.state.room
	p.shelves[b.class] = append(p.shelves[b.class], b)
}

// forget takes a buffer that the garbage collector has found unreachable off the counts.
func (p *counts) forget(s *bufferState) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if s.used {
		p.stats.InUse -= s.room
	} else {
		p.stats.Pooled -= s.room
	}
}

// Trim gives the idle memory of the pool to the garbage collector.
func (p *pool) Trim() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.trim()
}

// trim takes the idle blocks off the counts at once, not when they are collected.
func (p *pool) trim() {
	for c, shelf := range p.shelves {
		for _, b := range shelf {
			p.stats.Pooled -= b.state.room
			b.state.room = 0
		}
		p.shelves[c] = nil
	}
}

// SetLimit implements backend.Memory.
func (p *pool) SetLimit(bytes int64) (before int64) {
	if bytes == 0 {
		bytes = machineLimit()
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	before, p.stats.Limit = p.stats.Limit, max(bytes, 0)
	return before
}

// Stats implements backend.Memory.
func (p *pool) Stats() backend.MemoryStats {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.stats
}

// Upload implements backend.Memory.
func (d *Device) Upload(dst backend.Buffer, at int, src []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := dst.(*buffer)
	copy(b.mem[at:b.size:b.size][:len(src)], src)
}

// Download implements backend.Memory.
func (d *Device) Download(dst []byte, src backend.Buffer, at int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := src.(*buffer)
	copy(dst, b.mem[at:b.size:b.size][:len(dst)])
}

// alignedBytes is n bytes at a 64-byte boundary.
func alignedBytes(n int) []byte {
	m := make([]byte, n+63)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(m))) & 63)
	return m[skip : skip+n : skip+n]
}

// aligned is n floats at a 64-byte boundary.
func aligned(n int) []float32 {
	return elements[float32](alignedBytes(max(n, 1) * 4))[:n]
}

// number is a type of elements that the device computes on; Bool is uint8.
type number interface {
	float32 | int32 | int64 | uint8
}

// storable is a type that a View's elements can have in memory.
type storable interface {
	number | uint16 | uint32 | uint64 | float64
}

// elements sees bytes as numbers.
func elements[T storable](b []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// at is the memory of v from its first element to the end of the buffer; nil for an absent view.
func at[T storable](v *backend.View) []T {
	if v.Buf == nil {
		return nil
	}
	b := v.Buf.(*buffer)
	return elements[T](b.mem[:b.size])[v.Offset:]
}
