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
	i := slices.IndexFunc(devices(), func(d backend.Ops) bool { return d.Name() == name })
	if i < 0 {
		return fmt.Errorf("%w: %q; this machine has: %s", ErrNoDevice, name, strings.Join(Devices(), ", "))
	}
	current.Store(&devices()[i])
	return nil
}

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
