package interp

import "sync"

// A deferList is the deferred calls of one call of a function, and the panic that is on its way through it.
type deferList struct {
	s         *Session
	calls     []func()
	panicking bool
	value     any
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

func (s *Session) rtNewDefers() any { return &deferList{s: s} }

func rtDefer(d any, f func()) {
	l := d.(*deferList)
	l.calls = append(l.calls, f)
}

// rtRunDefers runs body and then what it has deferred, last first. A panic goes on when none of them recovers it.
func (s *Session) rtRunDefers(d any, body func()) {
	l := d.(*deferList)
	ended := false
	defer func() {
		if !ended { // by runtime.Goexit in body
			r := &s.routines.current().running
			r.push(l)
			defer r.pop(l)
			l.runCalls()
		}
	}()
	l.protect(body)
	ended = true
	r := s.routines.current()
	r.running.push(l)
	defer r.running.pop(l)
	if _, stopped := l.value.(stopError); stopped {
		r.unwinding.Add(1)
		defer r.unwinding.Add(-1)
	}
	l.runCalls()
	if l.panicking {
		panic(l.value)
	}
}

func (l *deferList) runCalls() {
	for len(l.calls) > 0 {
		f := l.calls[len(l.calls)-1]
		l.calls = l.calls[:len(l.calls)-1]
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

// rtRecover is recover in a function that the innermost running list has called.
func (s *Session) rtRecover() any {
	r := &s.routines.current().running
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lists) == 0 {
		return nil
	}
	l := r.lists[len(r.lists)-1]
	if _, stopped := l.value.(stopError); stopped || !l.panicking {
		return nil
	}
	l.panicking = false
	s.eng.trace.reset()
	return rtRecovered(l.value)
}
