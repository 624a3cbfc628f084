package activities

import (
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/ckpt"
)

// The types of errors that end a run: trying again would give the same.
const (
	BadSpec     = "BadSpec"     // the spec has faults
	BadData     = "BadData"     // data or an input is not there, is damaged or cannot be used
	NonFinite   = "NonFinite"   // the loss is no number any more
	Misuse      = "Misuse"      // an operation was given tensors it cannot take: a fault of ours, or of the model
	Damaged     = "Damaged"     // what the run has left is not what was written
	Conflict    = "Conflict"    // the run's directory belongs to another run
	OutOfMemory = "OutOfMemory" // the system has killed the worker for want of memory, again and again
)

// WorkerStop is the type of the error that a worker ends an attempt with when it is told to stop: the next attempt goes on at once.
const WorkerStop = "WorkerStop"

func final(kind string, err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), kind, nil)
}

// classify says of an error of train whether the attempt is worth repeating.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMisuse):
		return final(Misuse, err)
	case errors.As(err, new(*train.NonFinite)):
		return final(NonFinite, err)
	case errors.Is(err, train.ErrMismatch), errors.Is(err, ckpt.ErrLease):
		return final(Conflict, err)
	case full(err):
		// The last good checkpoint is still there; somebody may make room.
		return later("DiskFull", fmt.Errorf("disk full: %w; make room, the run goes on by itself", err))
	case errors.Is(err, train.ErrInput):
		return final(BadData, err)
	case errors.Is(err, ckpt.ErrUnreadable), errors.Is(err, ckpt.ErrNewer):
		// Nothing saved is passed over for it: somebody may mend the disk, the permissions or the version.
		return later("Unreadable", fmt.Errorf("%w; the run goes on by itself when it can be read", err))
	}
	return err
}

// later is an error that somebody may take the cause of away: the attempt is repeated now and then.
func later(kind string, err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind, temporal.ApplicationErrorOptions{NextRetryDelay: 10 * time.Second})
}

// full reports whether err is that of a full disk, or of a used up quota.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// errMisuse marks what was a panic.
var errMisuse = errors.New("misuse")

// try turns a panic of f into an error: that of a misused operation as it is, any other with its stack.
func try(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", errMisuse, p, debug.Stack())
		}
	}()
	if e := tensorlib.Try(func() { err = f() }); e != nil {
		return fmt.Errorf("%w: %w", errMisuse, e)
	}
	return err
}
