package kernel

import (
	"context"

	"github.com/athanor-ml/athanor/kernel/wire"
)

func (k *kernel) status(state string, parent *wire.Message) {
	k.publish("status", parent, wire.ExecutionState{State: state})
}

// begin marks a cell as running.
func (k *kernel) begin(request *wire.Message, cancel context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running = &running{request: request, cancel: cancel}
	k.status("busy", request)
}

// end marks it as done; its output has been sent.
func (k *kernel) end(request *wire.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running = nil
	k.status("idle", request)
}

// framed sends busy, does f, and sends idle. When a cell is still running then, its busy is repeated.
func (k *kernel) framed(request *wire.Message, f func()) {
	k.status("busy", request)
	f()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.status("idle", request)
	if k.running != nil {
		k.status("busy", k.running.request)
	}
}
