package runs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Server is what the daemon of a home directory writes into HOME/daemon.json when it answers.
type Server struct {
	PID     int       `json:"pid"`     // of the daemon
	Address string    `json:"address"` // host:port of gRPC
	UI      string    `json:"ui"`      // URL of the web UI; empty: none
	Version string    `json:"version"` // of the Temporal server
	Started time.Time `json:"started"`
	Behind  time.Time `json:"behind,omitzero"` // the clock was set back from here: until it is there again, the server's timers wait
}

// ServerFile is where the daemon of a home says how it is reached.
func ServerFile(home string) string { return filepath.Join(home, "daemon.json") }

// ReadServer reads the server file of a home. The daemon that wrote it may be dead by now.
func ReadServer(home string) (*Server, error) {
	text, err := os.ReadFile(ServerFile(home))
	if err != nil {
		return nil, err
	}
	s := new(Server)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", ServerFile(home), err)
	}
	return s, nil
}

// alive reports whether the daemon still runs. A file that a killed one has left behind must not be followed: its port may
// be another home's by now.
func (s *Server) alive() bool { return syscall.Kill(s.PID, 0) == nil }

// full reports whether the file system of dir has no room for a database to write into.
func full(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Bavail*uint64(fs.Bsize) < 1<<20
}
