package rt

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"time"
)

// Operations that block are done here, so that a cell that is told to stop leaves them. The engine's own select cannot be
// used by two goroutines at once.

// recv receives from ch into *p and reports whether that was a value that was sent.
func (rt *Runtime) recv(p, ch any) bool {
	c := reflect.ValueOf(ch)
	v, ok := c.TryRecv()
	if !v.IsValid() { // it would block
		v, ok = rt.blockedRecv(c)
	}
	set(reflect.ValueOf(p).Elem(), v)
	return ok
}

func (rt *Runtime) blockedRecv(c reflect.Value) (reflect.Value, bool) {
	r := rt.current()
	i, v, ok := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: c},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.stop())},
	})
	if i == 1 {
		runtime.Goexit()
	}
	return v, ok
}

// send sends *p to ch.
func (rt *Runtime) send(ch, p any) {
	c := reflect.ValueOf(ch)
	v := sendValue(c, p)
	if c.TrySend(v) {
		return
	}
	i, _, _ := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: c, Send: v},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(rt.current().stop())},
	})
	if i == 1 {
		runtime.Goexit()
	}
}

// sendValue is *p as an element of c.
func sendValue(c reflect.Value, p any) reflect.Value {
	v := reflect.New(c.Type().Elem()).Elem()
	set(v, reflect.ValueOf(p).Elem())
	return v
}

// The arguments of selectCase, three for each clause, begin with one of these.
const (
	selectSend    = 0 // channel, pointer to the value
	selectRecv    = 1 // channel, pointer to the value or nil; *ok follows as a fourth
	selectDefault = 2
)

// selectCase does one of the clauses and is its number.
func (rt *Runtime) selectCase(args ...any) int {
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
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(rt.current().stop())})
	}
	i, v, ok := reflect.Select(cases)
	if i == n {
		runtime.Goexit()
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

// sleep is time.Sleep.
func (rt *Runtime) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-rt.current().stop():
		runtime.Goexit()
	}
}

// wait is (*sync.WaitGroup).Wait.
func (rt *Runtime) wait(wg *sync.WaitGroup) {
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
	case <-rt.current().stop():
		runtime.Goexit()
	}
}

// waitGroupGo is (*sync.WaitGroup).Go. As there, a panic does not count as the end of f.
func (rt *Runtime) waitGroupGo(wg *sync.WaitGroup, site int, f func()) {
	if wg == nil {
		panic(nilError{})
	}
	wg.Add(1)
	rt.goGuarded(rt.current().cell, site, func() {
		panicking := true
		defer func() {
			if !panicking && !rt.Overflowed() {
				wg.Done()
			}
		}()
		defer func() {
			if r := recover(); r != nil {
				panic(r)
			}
			panicking = false // f has returned, or its goroutine exits
		}()
		f()
	})
}

// afterFunc is time.AfterFunc; f belongs to the cell that asks for it.
func (rt *Runtime) afterFunc(d time.Duration, f func()) *time.Timer {
	c := rt.current().cell
	return time.AfterFunc(d, func() { rt.goGuarded(c, NoSite, f) })
}

// contextAfterFunc is context.AfterFunc.
func (rt *Runtime) contextAfterFunc(ctx context.Context, f func()) func() bool {
	c := rt.current().cell
	return context.AfterFunc(ctx, func() { rt.goGuarded(c, NoSite, f) })
}
