package daemon

import (
	"fmt"
	"io"
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
	return fmt.Sprintf("port %d is taken by %s: end that, or choose another port with %s, or free ones with --any-port", e.Port, holder, e.Flag)
}

// choosePort returns want, or when that is busy and any will do a free one, with a claim to it that the caller closes when the
// port is no longer in use.
func choosePort(want int, flag string, any bool) (int, io.Closer, error) {
	if want < 1 || want > 65535 {
		return 0, nil, fmt.Errorf("%s %d: want 1 to 65535", flag, want)
	}
	wants := []int{want}
	if any {
		wants = append(wants, 0, 0, 0)
	}
	for _, port := range wants {
		if port, claim, err := claimPort(port); err == nil {
			return port, claim, nil
		}
	}
	return 0, nil, &PortError{Port: want, Flag: flag, Holder: holder(want)}
}

// claimPort finds a port free (0: any one) and claims it. Of two daemons that start at once each would find the same port free until
// the server of one listens on it; so a daemon holds the UDP port of the same number, which the system frees however the daemon ends.
func claimPort(port int) (int, io.Closer, error) {
	free, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0, nil, err
	}
	defer free.Close()
	port = free.Addr().(*net.TCPAddr).Port
	claim, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
	return port, claim, err
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
