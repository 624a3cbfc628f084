package kernel

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

// again is how long after an interrupt a second one means "by force". A nervous double click is not that.
const again = time.Second

// onControl answers at once: nothing here waits for a cell.
func (k *kernel) onControl(_ context.Context, m *wire.Message) {
	switch t := m.Header.Type; t {
	case "interrupt_request":
		k.framed(m, func() {
			k.interrupt()
			k.reply(k.control, m, "interrupt_reply", wire.OK)
		})
	case "shutdown_request":
		k.shutdown(k.control, m)
	case "kernel_info_request":
		k.framed(m, func() { k.reply(k.control, m, "kernel_info_reply", k.info()) })
	default:
		request, is := strings.CutSuffix(t, "_request")
		if !is {
			k.cfg.Logf("control: unknown message %q", t)
			return
		}
		k.framed(m, func() { k.reply(k.control, m, request+"_reply", unsupported(t)) })
	}
}

func unsupported(msgType string) wire.Status {
	return wire.Status{
		Status: "error", Name: "NotSupported", Traceback: []string{},
		Value: "this kernel does not answer " + msgType + "; see supported_features of kernel_info_reply",
	}
}

// interrupt ends the context of the running cell; the second time, the cell itself.
func (k *kernel) interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.running
	if r == nil {
		return
	}
	if r.interrupted.IsZero() {
		r.interrupted = time.Now()
		r.cancel()
		return
	}
	if killer, ok := k.exec.(Killer); ok && time.Since(r.interrupted) >= cmp.Or(k.cfg.Insist, again) {
		killer.Kill()
	}
}

// shutdown answers, tells every front end, and ends Run. A restart is the same: the front end starts a new process.
func (k *kernel) shutdown(s *zsock.Socket, m *wire.Message) {
	var r wire.Shutdown
	_ = m.Into(&r) // a request without restart means no restart
	r.Status = "ok"
	k.framed(m, func() {
		k.publish("shutdown_reply", m, r)
		k.reply(s, m, "shutdown_reply", r)
	})
	k.stop()
}
