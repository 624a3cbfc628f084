package tensorlib

import (
	"errors"
	"runtime"
	"strings"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// SetMemoryLimit lets the tensors of the current device hold at most so many bytes at a time, and returns the limit before. An operation
// that needs more panics with an [*OpError]; the machine stays alive. 0 is the default, three quarters of the machine's memory or of what
// its control group allows; a negative number takes the limit away.
func SetMemoryLimit(bytes int64) (before int64) { return device().SetLimit(bytes) }

// allocate gives v, which is dense, a buffer of undefined contents.
func allocate(dev backend.Ops, v *backend.View) {
	defer outOfMemory(v)
	v.Buf = dev.Alloc(max(v.Numel(), 1) * v.DType.Size())
}

// outOfMemory turns the panic of a device without room for v into an OpError.
func outOfMemory(v *backend.View) {
	p := recover()
	if p == nil {
		return
	}
	err, _ := p.(error)
	var oom *backend.OutOfMemory
	if !errors.As(err, &oom) {
		panic(p)
	}
	msg := backend.Bytes(oom.Want) + " asked for, " + backend.Bytes(oom.InUse) + " in use on " + oom.Device
	if oom.Size > 0 {
		msg += ", the limit is " + backend.Bytes(oom.Size)
	}
	fix := "use smaller sizes, run the loop's body inside Scope, or raise SetMemoryLimit"
	panic(&OpError{Op: operation(), Msg: msg, Shapes: []Shape{shapeOf(v)}, Fix: fix})
}

// operation is the function of this package that the user called: the outermost exported one on the stack, before another package or
// a function that runs the user's code.
func operation() string {
	const this = "github.com/athanor-ml/athanor/tensorlib."
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	op, here := "Alloc", false
	for {
		f, more := frames.Next()
		name, ours := strings.CutPrefix(f.Function, this)
		name = name[strings.LastIndex(name, ".")+1:]
		runs := name == "Scope" || name == "NoGrad" || name == "Try" || strings.HasPrefix(name, "func")
		switch {
		case ours && !runs && name != "" && name[0] >= 'A' && name[0] <= 'Z':
			op, here = name, true
		case here && (!ours || runs), !more:
			return op
		}
	}
}
