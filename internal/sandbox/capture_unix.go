//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// capture forwards what comes out of a pipe. All reading happens with mu held, in run and in drain, so that after drain
// everything written before it has been forwarded.
//
// The pipe is not registered with Go's poller: there each line that the child prints would wake a thread of ours, also while
// we are busy with the lines before it (100,000 lines: 0.2 s on two busy cores).
type capture struct {
	forward func(text string)

	mu   sync.Mutex
	fd   int // -1 when closed
	buf  []byte
	stop [2]int // closing the second ends run
}

// newCapture makes a pipe: what is written to w is forwarded until close.
func newCapture(forward func(string)) (c *capture, w *os.File, err error) {
	c = &capture{forward: forward, buf: make([]byte, 64<<10)}
	r, out, err := pipe()
	if err != nil {
		return nil, nil, err
	}
	if c.stop[0], c.stop[1], err = pipe(); err != nil {
		_, _ = syscall.Close(r), syscall.Close(out)
		return nil, nil, err
	}
	c.fd = r
	w = os.NewFile(uintptr(out), "output")
	widen(w)
	go c.run()
	return c, w, nil
}

// pipe is os.Pipe without the poller.
func pipe() (r, w int, err error) {
	var p [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(p[:]); err != nil {
		return -1, -1, fmt.Errorf("sandbox: pipe: %w", err)
	}
	syscall.CloseOnExec(p[0])
	syscall.CloseOnExec(p[1])
	return p[0], p[1], nil
}

// run forwards until the pipe ends or close. After each read it waits a little for more: one wake-up per millisecond of
// output instead of one per line.
func (c *capture) run() {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, _ = syscall.Close(c.fd), syscall.Close(c.stop[0])
		c.fd = -1
	}()
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}, {Fd: int32(c.stop[0]), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if err != nil && !errors.Is(err, syscall.EINTR) || fds[1].Revents != 0 {
			return
		}
		if end := c.take(); end {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// drain forwards what is in the pipe now.
func (c *capture) drain() { c.take() }

// take forwards what can be read without waiting, at most what a pipe holds: the other side may go on writing for ever. It
// reports the end of the pipe.
func (c *capture) take() (end bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for total := 0; total < pipeSize && c.fd >= 0; {
		fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 0); n == 0 || err != nil {
			return false
		}
		n, err := syscall.Read(c.fd, c.buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return true
		}
		c.forward(string(c.buf[:n]))
		total += n
	}
	return c.fd < 0
}

// close ends run, also when a program that the child has left behind holds the pipe open.
func (c *capture) close() { _ = syscall.Close(c.stop[1]) }

// privately keeps descriptors from the programs that user code starts.
func privately(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
