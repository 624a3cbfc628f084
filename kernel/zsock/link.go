package zsock

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// A link reads whole frames into pending before zmq4 sees their header: zmq4 allocates what a header claims, unchecked.
// Memory here grows only as bytes really arrive, so a peer that claims 1 TiB and sends nothing costs nothing.

// ErrTooLarge is wrapped by the error that closes a connection whose frame or message exceeds the limit.
var ErrTooLarge = errors.New("larger than the limit")

const (
	greetingSize   = 64
	handshakeLimit = 64 << 10 // bytes of a handshake command
	maxFrames      = 4096     // frames of one message

	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// link is the net.Conn under a zmq4.Conn.
type link struct {
	net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	limit   uint64
	pending bytes.Buffer // bytes that zmq4 may read now
	raw     int          // bytes of the greeting still to come, which has no frame header

	ready     bool                           // the handshake is over
	onCommand func(name string, body []byte) // commands after the handshake
	size      uint64                         // of the message being read
	frames    int
}

func newLink(c net.Conn, limit uint64) *link {
	return &link{
		Conn: c, r: bufio.NewReaderSize(c, 64<<10), w: bufio.NewWriterSize(c, 64<<10),
		limit: limit, raw: greetingSize,
	}
}

// Write buffers; during the handshake it sends at once.
func (l *link) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if err == nil && !l.ready {
		err = l.w.Flush()
	}
	return n, err
}

func (l *link) Read(p []byte) (int, error) {
	if l.raw > 0 {
		n, err := l.r.Read(p[:min(len(p), l.raw)])
		l.raw -= n
		return n, err
	}
	for l.pending.Len() == 0 {
		if err := l.frame(); err != nil {
			return 0, err
		}
	}
	return l.pending.Read(p)
}

// frame moves the next frame, whole, from the connection to pending.
func (l *link) frame() error {
	var head [9]byte
	if _, err := io.ReadFull(l.r, head[:2]); err != nil {
		return err
	}
	n, size := 2, uint64(head[1])
	if head[0]&flagLong != 0 {
		if _, err := io.ReadFull(l.r, head[2:]); err != nil {
			return err
		}
		n, size = 9, binary.BigEndian.Uint64(head[1:])
	}
	if err := l.admit(head[0], size); err != nil {
		return err
	}
	l.pending.Reset()
	if l.pending.Cap() > 4<<20 {
		l.pending = bytes.Buffer{} // do not keep the memory of one large frame
	}
	l.pending.Write(head[:n])
	if _, err := io.CopyN(&l.pending, l.r, int64(size)); err != nil {
		return err
	}
	if head[0]&flagCommand != 0 && l.ready {
		l.command(l.pending.Next(n + int(size))[n:])
	}
	return nil
}

// admit checks a header against the limits of its message.
func (l *link) admit(flags byte, size uint64) error {
	limit := l.limit
	if !l.ready {
		limit = handshakeLimit
	}
	if l.frames++; l.frames > maxFrames {
		return fmt.Errorf("message of more than %d frames: %w", maxFrames, ErrTooLarge)
	}
	if size > limit || l.size+size > limit {
		return fmt.Errorf("frame of %d bytes in a message that may have %d: %w", size, limit, ErrTooLarge)
	}
	l.size += size
	if flags&flagMore == 0 {
		l.size, l.frames = 0, 0
	}
	return nil
}

// command hands a command body (length, name, data) to onCommand. A malformed one is ignored.
func (l *link) command(body []byte) {
	if len(body) == 0 || int(body[0]) > len(body)-1 || l.onCommand == nil {
		return
	}
	n := int(body[0])
	l.onCommand(string(body[1:1+n]), bytes.Clone(body[1+n:]))
}
