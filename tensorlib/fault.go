package tensorlib

import (
	"errors"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// An index out of range is found by the device that uses it, and nobody waits for that: a device that has run the operation when it
// returns says so at once, another when results are read, at Sync, or at the end of a Scope, whichever comes first. Until then the results
// are NaN, so that no optimizer takes a step by them.

// Sync waits until the current device has done all that was asked of it, and panics with the [*OpError] of the first operation that was
// given an index out of range, if there is one.
func Sync() { faulty(device().Sync()) }

// faulty panics when an operation, or one before it, was given an index out of range.
func faulty(err error, idx ...*Tensor) {
	if err == nil {
		return
	}
	var e *backend.IndexError
	if errors.As(err, &e) {
		fail(e.Op, e.Message(), idx...)
	}
	panic(&OpError{Op: "Sync", Msg: err.Error()})
}

// read copies from a buffer of dev, which waits for what was asked before, and reports what went wrong in that.
func read(dev backend.Ops, dst []byte, src backend.Buffer, at int) {
	dev.Download(dst, src, at)
	faulty(dev.Fault())
}
