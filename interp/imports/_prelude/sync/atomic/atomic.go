// Package atomic adds the generic type of the standard sync/atomic to the compiled ones.
package atomic

import "sync"

// Pointer is a *T that goroutines may load and store at once. The zero Pointer is nil.
type Pointer[T any] struct {
	mu sync.Mutex
	p  *T
}

// Load is the pointer.
func (x *Pointer[T]) Load() *T {
	x.mu.Lock()
	p := x.p
	x.mu.Unlock()
	return p
}

// Store makes val the pointer.
func (x *Pointer[T]) Store(val *T) {
	x.mu.Lock()
	x.p = val
	x.mu.Unlock()
}

// Swap makes val the pointer and returns what it was.
func (x *Pointer[T]) Swap(val *T) *T {
	x.mu.Lock()
	p := x.p
	x.p = val
	x.mu.Unlock()
	return p
}

// CompareAndSwap makes val the pointer if it is old, and reports whether it was.
func (x *Pointer[T]) CompareAndSwap(old, val *T) bool {
	x.mu.Lock()
	same := x.p == old
	if same {
		x.p = val
	}
	x.mu.Unlock()
	return same
}
