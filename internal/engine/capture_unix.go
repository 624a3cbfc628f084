//go:build unix

package engine

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// capture forwards what comes out of a pipe. All reading happens with mu held, in run and in drain, so that after drain
// everything written before it has been forwarded.
type capture struct {
	f       *os.File
	raw     syscall.RawConn
	forward func(text string)

	mu  sync.Mutex
	buf []byte
}

func newCapture(f *os.File, forward func(string)) (*capture, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &capture{f: f, raw: raw, forward: forward, buf: make([]byte, 64<<10)}, nil
}

// run forwards until the pipe ends. After each read it waits a little for more: one wake-up per millisecond of output
// instead of one per line.
func (c *capture) run() {
	_ = c.raw.Read(func(fd uintptr) bool {
		n, end := c.take(fd)
		if n > 0 && !end {
			time.Sleep(time.Millisecond)
			_, end = c.take(fd)
		}
		return end
	})
}

// drain forwards what is in the pipe now.
func (c *capture) drain() {
	_ = c.raw.Control(func(fd uintptr) { c.take(fd) })
}

// take forwards what can be read without waiting, at most what a pipe holds: the other side may go on writing for ever.
func (c *capture) take(fd uintptr) (total int, end bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for total < pipeSize {
		n, err := syscall.Read(int(fd), c.buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return total, !errors.Is(err, syscall.EAGAIN)
		}
		if n == 0 {
			return total, true
		}
		c.forward(string(c.buf[:n]))
		total += n
	}
	return total, false
}

// privately keeps descriptors from the programs that user code starts.
func privately(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
