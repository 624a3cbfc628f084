package tensorlib

import (
	"errors"
	"fmt"
	"strings"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// OpError is the panic value of an operation that was called with arguments that cannot work. [Try] makes it an error.
type OpError struct {
	Op     string  // the operation, as the caller wrote it: "MatMul"
	Msg    string  // what is wrong
	Shapes []Shape // of the operands, where they matter
	Fix    string  // what to do, where it is not plain from Msg
}

// Error reads like "tensorlib: MatMul: inner dimensions differ: (2, 3) x (2, 2)".
func (e *OpError) Error() string {
	var b strings.Builder
	b.WriteString("tensorlib: " + e.Op + ": " + e.Msg)
	sep := ": "
	for _, s := range e.Shapes {
		b.WriteString(sep + s.String())
		sep = " x "
	}
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String()
}

// fail panics with an OpError that shows the shapes of ts.
func fail(op, msg string, ts ...*Tensor) {
	failFix(op, msg, "", ts...)
}

func failFix(op, msg, fix string, ts ...*Tensor) {
	e := &OpError{Op: op, Msg: msg, Fix: fix}
	for _, t := range ts {
		e.Shapes = append(e.Shapes, shapeOf(&t.v))
	}
	panic(e)
}

// Try runs f and returns the mistake it made with a tensor, if any: an [*OpError]. A device that runs out of memory is one, too. Other
// panics go on.
func Try(f func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *OpError:
			err = p
		case *backend.OutOfMemory: // from inside a device, which has no operation's name for it
			err = fmt.Errorf("tensorlib: %w; use smaller sizes, or run the loop's body inside Scope", p)
		default:
			panic(p)
		}
	}()
	f()
	return nil
}

// IsOpError reports whether err is, or wraps, an [*OpError].
func IsOpError(err error) bool {
	var op *OpError
	return errors.As(err, &op)
}
