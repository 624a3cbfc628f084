package ports

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Holder names the process that listens on a port, "pid 12 (name)", where the system tells (Linux, a process of this user); else "".
func Holder(port int) string {
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
