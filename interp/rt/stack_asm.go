//go:build amd64 || arm64

package rt

import (
	"unsafe"

	"github.com/athanor-ml/athanor/internal/gid"
)

// A stackBounds is how the runtime's descriptor of a goroutine begins.
type stackBounds struct{ lo, hi uintptr }

// stackUsed is how many bytes of its stack the running goroutine uses.
func stackUsed() uintptr {
	g := gid.Current()
	b := *(**stackBounds)(unsafe.Pointer(&g))
	here := uintptr(unsafe.Pointer(&g))
	if here < b.lo || here >= b.hi { // the runtime is not what it was
		return 0
	}
	return b.hi - here
}
