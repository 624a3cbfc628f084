package rt

import (
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A deferList is the deferred calls of one call of a function, and the panic that is on its way through it.
type deferList struct {
	rt        *Runtime
	calls     []func()
	panicking bool
	value     any
	taken     bool // the call that runs now has been told that it may recover
	through   int  // how many functions of ours have passed it on
}

// running are the lists of one goroutine whose deferred calls run now, innermost last: a named function that is deferred asks the last.
type running struct {
	mu    sync.Mutex
	lists []*deferList
}

func (r *running) push(d *deferList) {
	r.mu.Lock()
	r.lists = append(r.lists, d)
	r.mu.Unlock()
}

func (r *running) pop(d *deferList) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.lists) - 1; i >= 0; i-- {
		if r.lists[i] == d {
			r.lists = append(r.lists[:i], r.lists[i+1:]...)
			return
		}
	}
}

func (r *running) last() *deferList {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lists) == 0 {
		return nil
	}
	return r.lists[len(r.lists)-1]
}

func (rt *Runtime) newDefers() any { return &deferList{rt: rt} }

func deferCall(d any, f func()) {
	l := d.(*deferList)
	l.calls = append(l.calls, f)
}

// runDefers runs body and then what it has deferred, last first. A panic goes on when none of them recovers it.
func (rt *Runtime) runDefers(d any, body func()) {
	l := d.(*deferList)
	done := false
	defer func() {
		if !done { // the goroutine exits: in body, or in a deferred call
			l.panicking = false
			rt.runCalls(l)
		}
	}()
	l.protect(body)
	rt.runCalls(l)
	done = true
	if l.panicking {
		panic(l.value)
	}
}

// runCalls runs the deferred calls of l.
func (rt *Runtime) runCalls(l *deferList) {
	r := rt.current()
	r.running.push(l)
	defer r.running.pop(l)
	select {
	case <-r.cell.stopped:
		r.unwinding.Add(1)
		defer r.unwinding.Add(-1)
	default:
	}
	l.runCalls()
}

func (l *deferList) runCalls() {
	for len(l.calls) > 0 {
		f := l.calls[len(l.calls)-1]
		l.calls = l.calls[:len(l.calls)-1]
		l.taken, l.through = false, 0
		l.protect(f)
	}
}

// protect calls f and keeps its panic, which replaces an older one.
func (l *deferList) protect(f func()) {
	done := false
	defer func() {
		if r := recover(); !done && r != nil {
			l.panicking, l.value = true, r
		}
	}()
	f()
	done = true
}

// recoverPanic is recover in a function that may recover the panic of d; nil where there is none.
func (rt *Runtime) recoverPanic(d any) any {
	l, _ := d.(*deferList)
	if l == nil || !l.panicking {
		return nil
	}
	l.panicking = false
	rt.Trace.Reset()
	return recovered(l.value)
}

// deferred is the list that runs the calling function as a deferred call during a panic; nil when none does.
func (rt *Runtime) deferred() any {
	l := rt.current().running.last()
	if l == nil || !l.panicking || l.taken || !calledBy(2+l.through) {
		return nil
	}
	l.taken = true
	return l
}

// through says that the calling function, one of ours, only passes a deferred call on.
func (rt *Runtime) through() {
	if l := rt.current().running.last(); l != nil && l.panicking && !l.taken && calledBy(2+l.through) {
		l.through++
	}
}

// calledBy reports whether a list of deferred calls has called the function of the engine that is running: through as many
// functions of the engine as frames says, the call's own and itself among them, and through none that is compiled.
func calledBy(frames int) bool {
	pcs := make([]uintptr, 256)
	walk := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := walk.Next()
		switch {
		case f.Function == protectName:
			f, _ = walk.Next()
			return frames == 0 && f.Function == runCallsName // it may be running a body
		case f.Function == engineCall:
			frames--
		case !slices.ContainsFunc(transparent, func(prefix string) bool { return strings.HasPrefix(f.Function, prefix) }):
			return false
		}
		if frames < 0 || !more {
			return false
		}
	}
}

const (
	enginePrefix = "github.com/traefik/yaegi/interp."
	engineCall   = enginePrefix + "runCfg" // runs one function of the engine
)

var (
	protectName  = ourPath + ".(*deferList).protect"
	runCallsName = ourPath + ".(*deferList).runCalls"

	// transparent begin the names of functions that may stand between a deferred call and the function of the engine that it
	// calls: reflection's, the engine's, ours, and the wrappers of compiled interfaces in the symbol tables.
	transparent = []string{"reflect.", "runtime.", enginePrefix, ourPath + ".", path.Dir(ourPath) + "/symbols/"}
)
