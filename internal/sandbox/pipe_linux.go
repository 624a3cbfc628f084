package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is how much a pipe may hold: a cell that prints runs on while we send.
const pipeSize = 1 << 20

func widen(f *os.File) {
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
	}
}
