package interp

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// Operations that block are done here, so that a cell that is told to stop leaves them. The engine's own select cannot be
// used by two goroutines at once.

// rtRecv receives from ch into *p and reports whether that was a value that was sent.
func (s *Session) rtRecv(p, ch any) bool {
	c := reflect.ValueOf(ch)
	v, ok := c.TryRecv()
	if !v.IsValid() { // it would block
		v, ok = s.blockedRecv(c)
	}
	set(reflect.ValueOf(p).Elem(), v)
	return ok
}

func (s *Session) blockedRecv(c reflect.Value) (reflect.Value, bool) {
	r := s.routines.current()
	i, v, ok := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: c},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.stop())},
	})
	if i == 1 {
		panic(stopError{})
	}
	return v, ok
}

// rtSend sends *p to ch.
func (s *Session) rtSend(ch, p any) {
	c := reflect.ValueOf(ch)
	v := sendValue(c, p)
	if c.TrySend(v) {
		return
	}
	i, _, _ := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: c, Send: v},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s.routines.current().stop())},
	})
	if i == 1 {
		panic(stopError{})
	}
}

// sendValue is *p as an element of c.
func sendValue(c reflect.Value, p any) reflect.Value {
	v := reflect.New(c.Type().Elem()).Elem()
	set(v, reflect.ValueOf(p).Elem())
	return v
}

// The arguments of rtSelect, three for each clause, begin with one of these.
const (
	selectSend    = 0 // channel, pointer to the value
	selectRecv    = 1 // channel, pointer to the value or nil; *ok follows as a fourth
	selectDefault = 2
)

// rtSelect does one of the clauses and is its number.
func (s *Session) rtSelect(args ...any) int {
	n := len(args) / 4
	cases := make([]reflect.SelectCase, 0, n+1)
	blocks := true
	for i := range n {
		switch a := args[4*i : 4*i+4]; a[0].(int) {
		case selectSend:
			c := reflect.ValueOf(a[1])
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectSend, Chan: c, Send: sendValue(c, a[2])})
		case selectRecv:
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(a[1])})
		case selectDefault:
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
			blocks = false
		}
	}
	if blocks {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s.routines.current().stop())})
	}
	i, v, ok := reflect.Select(cases)
	if i == n {
		panic(stopError{})
	}
	if a := args[4*i : 4*i+4]; a[0].(int) == selectRecv {
		if a[2] != nil {
			set(reflect.ValueOf(a[2]).Elem(), v)
		}
		if a[3] != nil {
			reflect.ValueOf(a[3]).Elem().SetBool(ok)
		}
	}
	return i
}

// rtSleep is time.Sleep.
func (s *Session) rtSleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.routines.current().stop():
		panic(stopError{})
	}
}

// rtWait is (*sync.WaitGroup).Wait.
func (s *Session) rtWait(wg *sync.WaitGroup) {
	if wg == nil {
		panic(nilError{})
	}
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		wg.Wait()
	}()
	select {
	case fault := <-done:
		if fault != nil {
			panic(fault)
		}
	case <-s.routines.current().stop():
		panic(stopError{})
	}
}

// rtWaitGroupGo is (*sync.WaitGroup).Go. As there, a panic does not count as the end of f.
func (s *Session) rtWaitGroupGo(wg *sync.WaitGroup, site int, f func()) {
	if wg == nil {
		panic(nilError{})
	}
	wg.Add(1)
	s.goGuarded(s.routines.current().cell, site, func() {
		defer func() {
			r := recover()
			if _, stopped := r.(stopError); r == nil || stopped {
				wg.Done()
			}
			if r != nil {
				panic(r)
			}
		}()
		f()
	})
}

// rtAfterFunc is time.AfterFunc; f belongs to the cell that asks for it.
func (s *Session) rtAfterFunc(d time.Duration, f func()) *time.Timer {
	c := s.routines.current().cell
	return time.AfterFunc(d, func() { s.goGuarded(c, noSite, f) })
}

// rtContextAfterFunc is context.AfterFunc.
func (s *Session) rtContextAfterFunc(ctx context.Context, f func()) func() bool {
	c := s.routines.current().cell
	return context.AfterFunc(ctx, func() { s.goGuarded(c, noSite, f) })
}
