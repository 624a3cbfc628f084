package cpu

import (
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// faultLock guards the faults of jobs that run: there is hardly ever one.
var faultLock sync.Mutex

// fault is the first index out of range that the parts of a job have met.
type fault struct {
	found           bool
	position, index int
}

// note is called by any part.
func (f *fault) note(position, index int) {
	faultLock.Lock()
	defer faultLock.Unlock()
	if !f.found || position < f.position {
		*f = fault{true, position, index}
	}
}

// of is the error of an operation on something of that size.
func (f fault) of(op string, size int) error {
	if !f.found {
		return nil
	}
	return &backend.IndexError{Op: op, Index: f.index, Position: f.position, Size: size}
}

// Fault returns nil: operations have run when they return, and return their own.
func (d *Device) Fault() error { return nil }
