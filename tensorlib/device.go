package tensorlib

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/compose"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// ErrNoDevice is returned by SetDevice when the machine has no such device.
var ErrNoDevice = errors.New("tensorlib: no such device")

// The devices of this process by name, and the one on which new tensors are made.
var (
	devices = sync.OnceValue(func() []backend.Ops { return []backend.Ops{compose.Complete(cpu.New())} })
	current atomic.Pointer[backend.Ops]
)

// Devices lists the names of the devices of this machine. The first is the one used when nothing was set.
func Devices() []string {
	var names []string
	for _, d := range devices() {
		names = append(names, d.Name())
	}
	return names
}

// SetDevice chooses the device on which tensors are made from now on, by all goroutines.
func SetDevice(name string) error {
	d, err := find(name)
	if err == nil {
		current.Store(&d)
	}
	return err
}

// find is the device of that name.
func find(name string) (backend.Ops, error) {
	i := slices.IndexFunc(devices(), func(d backend.Ops) bool { return d.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q; this machine has: %s", ErrNoDevice, name, strings.Join(Devices(), ", "))
	}
	return devices()[i], nil
}

// ToDevice is t on the device of that name, such as "cpu": t itself when it is there already, else a copy. Gradients flow back to where t is.
func (t *Tensor) ToDevice(name string) *Tensor {
	from := use("ToDevice", t)
	to, err := find(name)
	if err != nil {
		panic(&OpError{Op: "ToDevice", Msg: strings.TrimPrefix(err.Error(), "tensorlib: ")})
	}
	if to == from {
		return t
	}
	out := empty(to, t.v.DType, t.v.Dims[:t.v.Rank])
	to.Upload(out.v.Buf, 0, t.Bytes())
	if t.v.DType == Float32 {
		record(opToDevice, out, t)
	}
	return out
}

var opToDevice = &op{"ToDevice", func(s *sweep, n *node) {
	in := n.in[0]
	grad := (&Tensor{v: n.grad.v, mem: n.out.mem}).Bytes()
	s.dev = in.mem.dev
	back := s.like(&in.v)
	s.dev.Upload(back.v.Buf, 0, grad)
	s.give(in, back)
}}

// Describe says in one line what the current device is and which of its features are used.
func Describe() string { return device().Describe() }

// Memory counts the memory of the current device's pool.
func Memory() backend.MemoryStats { return device().Stats() }

func device() backend.Ops {
	if d := current.Load(); d != nil {
		return *d
	}
	return devices()[0]
}
