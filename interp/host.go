package interp

import (
	"go/types"
	"reflect"

	"github.com/athanor-ml/athanor/interp/rt"
)

// A host is a Session as the runtime sees it; it implements rt.Host.
type host struct{ s *Session }

func (h host) Result(v any) { h.s.setResult(v, true) }

func (h host) Panicked(site int, value any) { h.s.panicked(site, value) }

func (h host) Stopping(any bool) { h.s.setStopMark(any) }

func (h host) Refill(calls int) {
	if !rt.Race { // then every call asks the runtime, and goroutines would write the count without a lock
		h.s.callsMark.SetInt(int64(calls))
	}
}

func (h host) Missing(t reflect.Type, set int) string {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if f, _ := types.MissingMethod(h.s.im.Type(t), h.s.prog.MethodSet(set), true); f != nil {
		return f.Name()
	}
	return ""
}

func (h host) Wrapper(t reflect.Type) reflect.Type { return h.s.im.Wrapper(t) }
