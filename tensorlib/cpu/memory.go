package cpu

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"
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
	limit   int64
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
	if p.limit > 0 && p.stats.InUse+room > p.limit {
		panic(&backend.OutOfMemory{Device: "cpu", Want: int64(n), InUse: p.stats.InUse, Size: p.limit})
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
	clear(p.shelves[:])
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

// number is a type that a View's elements can have; Bool is uint8.
type number interface {
	float32 | int32 | int64 | uint8
}

// elements sees bytes as numbers.
func elements[T number](b []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// at is the memory of v from its first element to the end of the buffer; nil for an absent view.
func at[T number](v *backend.View) []T {
	if v.Buf == nil {
		return nil
	}
	b := v.Buf.(*buffer)
	return elements[T](b.mem[:b.size])[v.Offset:]
}
