package sandbox

import (
	"net"
	"os"

	"github.com/athanor-ml/athanor/internal/sandbox/early"
)

// Listener returns the listener that package early has opened at a port of the kernel's connection file, once; nil when
// there is none. It is what kernel.Config wants.
func Listener(port int) net.Listener {
	fd, ok := early.Socket(port)
	if !ok {
		return nil
	}
	f := os.NewFile(uintptr(fd), "listener")
	defer f.Close() // FileListener has made a copy
	ln, err := net.FileListener(f)
	if err != nil {
		return nil
	}
	return ln
}
