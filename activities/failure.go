package activities

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"syscall"
	"time"

	"go.temporal.io/sdk/temporal"
)

// The types of errors that end a run: trying again would give the same.
const (
	BadSpec     = "BadSpec"     // the spec has faults
	MissingData = "MissingData" // the corpus is not there
	NonFinite   = "NonFinite"   // the loss is no number any more
	Misuse      = "Misuse"      // an operation was given tensors it cannot take: a fault of ours, or of the model
	Conflict    = "Conflict"    // the run's directory belongs to another run
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
	case errors.Is(err, errPanic):
		return final(Misuse, err)
	case isNonFinite(err):
		return final(NonFinite, err)
	case errors.Is(err, syscall.ENOSPC):
		// The last good checkpoint is still there; somebody may make room.
		return temporal.NewApplicationErrorWithOptions("disk full: "+err.Error()+"; make room, the run goes on by itself",
			"DiskFull", temporal.ApplicationErrorOptions{NextRetryDelay: 10 * time.Second})
	case errors.Is(err, fs.ErrNotExist):
		return final(MissingData, err)
	}
	return err
}

// isNonFinite knows the error by its method, so that no package needs to be imported for a type.
func isNonFinite(err error) bool {
	var e interface{ NonFinite() bool }
	return errors.As(err, &e) && e.NonFinite()
}

var errPanic = errors.New("panic")

// try turns a panic of f into an error: the typed one of an operation that was misused, or any other with its stack.
func try(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			err = fmt.Errorf("%w: %w\n%s", errPanic, p, debug.Stack())
		default:
			err = fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack())
		}
	}()
	return f()
}
