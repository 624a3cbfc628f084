package kernel

import (
	"fmt"
	"sync"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// CommHandler is called when a front end opens a comm to its target. It may set the comm's OnMessage and OnClose.
type CommHandler func(c *Comm, data Bundle)

// Comm is a channel between a front end and the kernel that lives beside the cells.
type Comm struct {
	ID, Target string
	OnMessage  func(data Bundle, buffers [][]byte)
	OnClose    func()

	all *comms
}

// Send sends a comm_msg to the front ends.
func (c *Comm) Send(data Bundle, buffers ...[]byte) error {
	k := c.all.k
	m, err := k.codec.New("comm_msg", nil, wire.Comm{ID: c.ID, Data: orEmpty(data)})
	if err != nil {
		return fmt.Errorf("comm %s: %w", c.Target, err)
	}
	m.Buffers = buffers
	k.send(k.iopub, m, []byte("comm_msg"))
	return nil
}

// Close ends the comm from this side.
func (c *Comm) Close() {
	if c.all.remove(c.ID) != nil {
		c.all.k.publish("comm_close", nil, wire.Comm{ID: c.ID, Data: Bundle{}})
	}
}

// comms is the registry of open comms.
type comms struct {
	k       *kernel
	targets map[string]CommHandler
	mu      sync.Mutex
	open    map[string]*Comm
}

func (cs *comms) init(k *kernel, targets map[string]CommHandler) {
	cs.k, cs.targets, cs.open = k, targets, map[string]*Comm{}
}

// handle takes comm_open, comm_msg and comm_close. A comm to an unknown target is closed at once, as the protocol asks.
func (cs *comms) handle(m *wire.Message) {
	var r wire.Comm
	if err := m.Into(&r); err != nil || r.ID == "" {
		cs.k.cfg.Logf("%s: no comm_id (%v)", m.Header.Type, err)
		return
	}
	switch m.Header.Type {
	case "comm_open":
		handler := cs.targets[r.Target]
		if handler == nil {
			cs.k.publish("comm_close", m, wire.Comm{ID: r.ID, Data: Bundle{}})
			return
		}
		c := &Comm{ID: r.ID, Target: r.Target, all: cs}
		cs.mu.Lock()
		cs.open[r.ID] = c
		cs.mu.Unlock()
		handler(c, r.Data)
	case "comm_msg":
		if c := cs.get(r.ID); c != nil && c.OnMessage != nil {
			c.OnMessage(r.Data, m.Buffers)
		}
	case "comm_close":
		if c := cs.remove(r.ID); c != nil && c.OnClose != nil {
			c.OnClose()
		}
	}
}

func (cs *comms) get(id string) *Comm {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.open[id]
}

func (cs *comms) remove(id string) *Comm {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.open[id]
	delete(cs.open, id)
	return c
}

// list returns the open comms of a target, or all when it is empty.
func (cs *comms) list(target string) map[string]wire.CommTarget {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	found := map[string]wire.CommTarget{}
	for id, c := range cs.open {
		if target == "" || target == c.Target {
			found[id] = wire.CommTarget{Target: c.Target}
		}
	}
	return found
}
