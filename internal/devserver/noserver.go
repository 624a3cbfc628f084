//go:build noserver

package devserver

// Version is empty: there is no server in this binary.
const Version = ""

// Server is never made in this binary.
type Server struct{}

// Start returns ErrNoServer.
func Start(Options) (*Server, error) { return nil, ErrNoServer }

// Stop does nothing.
func (*Server) Stop() {}
