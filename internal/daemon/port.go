package daemon

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	return fmt.Sprintf("port %d is taken by %s: end that, or choose another port with %s", e.Port, holder, e.Flag)
}

// choosePort returns want, or when that is busy and any will do a free one.
func choosePort(want int, flag string, any bool) (int, error) {
	for _, port := range []int{want, 0} {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			defer l.Close()
			return l.Addr().(*net.TCPAddr).Port, nil
		}
		if !any {
			break
		}
	}
	return 0, &PortError{Port: want, Flag: flag, Holder: holder(want)}
}

// holder names the process that listens on a port, where the system tells (Linux).
func holder(port int) string {
	inode := listener(port)
	if inode == "" {
		return ""
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			pid := strings.Split(link, "/")[2]
			name, _ := os.ReadFile("/proc/" + pid + "/comm")
			return fmt.Sprintf("pid %s (%s)", pid, strings.TrimSpace(string(name)))
		}
	}
	return ""
}

// listener finds the inode of the socket that listens on a port in the kernel's tables.
func listener(port int) string {
	const localAddress, state, inode, listening = 1, 3, 9, "0A"
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) <= inode || f[state] != listening {
				continue
			}
			_, hex, _ := strings.Cut(f[localAddress], ":")
			if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
				return f[inode]
			}
		}
	}
	return ""
}
