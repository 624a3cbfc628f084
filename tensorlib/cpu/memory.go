package cpu

import (
	"unsafe"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/pool"
)

// buffer is a backend.Buffer on ordinary memory of the Go heap.
type buffer = pool.Buffer[[]byte]

// heap is where blocks come from. The garbage collector takes them back.
func heap() pool.System[[]byte] {
	return pool.System[[]byte]{
		Device: "cpu",
		Take:   func(room int) ([]byte, bool) { return alignedBytes(room), true },
		Limit:  machineLimit,
	}
}

// Upload implements backend.Memory.
func (d *Device) Upload(dst backend.Buffer, at int, src []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := dst.(*buffer)
	copy(b.Block[at:b.Len():b.Len()][:len(src)], src)
}

// Download implements backend.Memory.
func (d *Device) Download(dst []byte, src backend.Buffer, at int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := src.(*buffer)
	copy(dst, b.Block[at:b.Len():b.Len()][:len(dst)])
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
	return elements[T](b.Block[:b.Len()])[v.Offset:]
}
