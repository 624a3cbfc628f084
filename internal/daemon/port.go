package daemon

import (
	"fmt"
	"io"

	"github.com/athanor-ml/athanor/internal/ports"
)

// The ports of Temporal's own development server.
const (
	DefaultPort   = 7233
	DefaultUIPort = 8233
)

// PortError says that a port is taken.
type PortError struct {
	Port   int
	Flag   string // that chooses another
	Holder string // "pid 12 (name)"; empty: unknown
}

func (e *PortError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another program"
	}
	return fmt.Sprintf("port %d is taken by %s: end that, or choose another port with %s, or free ones with --any-port", e.Port, holder, e.Flag)
}

// choosePort returns want, or when that is busy and any will do a free one, with a claim to it that the caller closes when the
// port is no longer in use.
func choosePort(want int, flag string, any bool) (int, io.Closer, error) {
	if want < 1 || want > 65535 {
		return 0, nil, fmt.Errorf("%s %d: want 1 to 65535", flag, want)
	}
	if claim, err := ports.Claim(want); err == nil {
		return want, claim, nil
	}
	if any {
		return ports.Free()
	}
	return 0, nil, &PortError{Port: want, Flag: flag, Holder: ports.Holder(want)}
}
