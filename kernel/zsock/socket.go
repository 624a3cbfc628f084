package zsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Kind is the ZeroMQ type of a socket.
type Kind string

// The sockets of a kernel (the first three) and of its clients.
const (
	Router Kind = "ROUTER" // Recv: first frame is the peer's routing id; Send: first frame chooses the peer
	Rep    Kind = "REP"    // echoes every message, as a Jupyter heartbeat must; Recv is not used
	XPub   Kind = "XPUB"   // Send: to every peer subscribed to a prefix of the first frame
	Dealer Kind = "DEALER"
	Req    Kind = "REQ" // the caller writes the empty delimiter frame itself
	Sub    Kind = "SUB"
)

// ErrClosed is returned by Recv and Send after Close, and by a dialled socket when its connection has ended.
var ErrClosed = errors.New("zsock: closed")

// ErrNoPeer is returned by a ROUTER's Send when no peer has the routing id or its identity.
var ErrNoPeer = errors.New("zsock: no such peer")

// Options tune a socket; zero values are the defaults given.
type Options struct {
	Identity         string        // of a dialled socket
	MaxMessage       int64         // bytes, 256 MiB; a larger message closes its connection
	MaxQueue         int           // bytes waiting per peer, 64 MiB
	Patience         time.Duration // 500 ms: see the package comment
	PatienceAlone    time.Duration // 10 s: see the package comment
	HandshakeTimeout time.Duration // 5 s

	// OnSubscribe is called, on the peer's reader goroutine, for every new subscription of an XPUB; welcome sends a message to that peer only.
	OnSubscribe func(topic []byte, welcome func(frames ...[]byte))
	// Logf is told about connections that end in an error. nil is silence.
	Logf func(format string, args ...any)
}

func (o *Options) fill() {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Patience, 500*time.Millisecond)
	set(&o.PatienceAlone, 10*time.Second)
	set(&o.HandshakeTimeout, 5*time.Second)
	if o.MaxMessage == 0 {
		o.MaxMessage = 256 << 20
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = 64 << 20
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
}

// Socket is one ZeroMQ socket. Its methods may be called from many goroutines.
type Socket struct {
	kind Kind
	o    Options
	ln   net.Listener // nil when dialled
	in   chan [][]byte
	done chan struct{}

	mu     sync.Mutex
	peers  map[string]*peer // by routing id
	raw    map[net.Conn]bool
	joined uint64 // peers so far
	closed bool
	wg     sync.WaitGroup
}

func newSocket(kind Kind, o Options) *Socket {
	o.fill()
	return &Socket{
		kind: kind, o: o, in: make(chan [][]byte, 64), done: make(chan struct{}),
		peers: map[string]*peer{}, raw: map[net.Conn]bool{},
	}
}

// Listen opens a socket that accepts peers. network is "tcp" or "unix".
func Listen(kind Kind, network, addr string, o Options) (*Socket, error) {
	ln, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("%s socket: %w", kind, err)
	}
	return Serve(kind, ln, o), nil
}

// Serve is Listen on a listener that is open already. The socket closes it.
func Serve(kind Kind, ln net.Listener, o Options) *Socket {
	s := newSocket(kind, o)
	s.ln = ln
	s.wg.Go(s.accept)
	return s
}

// Addr is the address of a listening socket.
func (s *Socket) Addr() net.Addr { return s.ln.Addr() }

// accept hands every connection to its own goroutine. It does nothing that could block on a peer.
func (s *Socket) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			select {
			case <-s.done:
				return
			case <-time.After(20 * time.Millisecond): // out of file descriptors, or a connection that was gone at once
				continue
			}
		}
		if !s.track(c) {
			c.Close()
			return
		}
		s.wg.Go(func() {
			defer s.untrack(c)
			p, err := shake(c, s.kind, "", true, &s.o)
			if err != nil {
				s.o.Logf("%s: peer %s: %v", s.kind, c.RemoteAddr(), err)
				return
			}
			if s.join(p) {
				s.serve(p)
			}
		})
	}
}

func (s *Socket) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.raw[c] = true
	}
	return !s.closed
}

func (s *Socket) untrack(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.raw, c)
	c.Close()
}

// join adds a peer under a routing id of its own: the identity it gave if nobody has it now, else one made from it (twin),
// so that each connection gets the answers to its own requests.
func (s *Socket) join(p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		p.close()
		return false
	}
	s.joined++
	p.order = s.joined
	switch {
	case p.identity == "" || s.kind != Router:
		p.id = fmt.Sprintf("\x00%04d", s.joined)
	case s.peers[p.identity] != nil:
		p.id = twin(p.identity, s.joined)
	default:
		p.id = p.identity
	}
	s.peers[p.id] = p
	return true
}

const twinMark = "\x00twin"

// twin is the routing id of a peer whose identity another peer has already.
func twin(identity string, n uint64) string { return fmt.Sprintf("%s%s%04d", identity, twinMark, n) }

// route finds the peer that a message to id is for: the connection with that routing id or, when it is gone or was made on
// another socket, the newest one whose identity is the same.
func (s *Socket) route(id string) (found *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.peers[id]; p != nil {
		return p
	}
	identity, _, _ := strings.Cut(id, twinMark)
	for _, p := range s.peers {
		if p.identity == identity && (found == nil || p.order > found.order) {
			found = p
		}
	}
	return found
}

// serve runs a peer until its connection ends.
func (s *Socket) serve(p *peer) {
	s.wg.Go(p.write)
	err := s.read(p)
	p.close()
	s.mu.Lock()
	if s.peers[p.id] == p {
		delete(s.peers, p.id)
	}
	s.mu.Unlock()
	if errors.Is(err, ErrTooLarge) {
		s.o.Logf("%s: peer disconnected: %v", s.kind, err)
	}
}

// read takes messages from p until an error.
func (s *Socket) read(p *peer) error {
	for {
		m, err := p.conn.RecvMsg()
		if err != nil {
			return err
		}
		if len(m.Frames) == 0 {
			continue
		}
		switch s.kind {
		case Rep:
			p.put(message(m.Frames), never, s.o.MaxQueue)
		case XPub:
			s.subscription(p, m.Frames[0])
		case Router:
			err = s.deliver(append([][]byte{[]byte(p.id)}, m.Frames...))
		default:
			err = s.deliver(m.Frames)
		}
		if err != nil {
			return err
		}
	}
}

func (s *Socket) deliver(frames [][]byte) error {
	select {
	case s.in <- frames:
		return nil
	case <-s.done:
		return ErrClosed
	}
}

// subscription handles the first frame that a SUB sends: 1 topic subscribes, 0 topic cancels.
func (s *Socket) subscription(p *peer, frame []byte) {
	if len(frame) == 0 || frame[0] > 1 {
		return
	}
	topic, on := frame[1:], frame[0] == 1
	p.subscribe(string(topic), on)
	if on && s.o.OnSubscribe != nil {
		s.o.OnSubscribe(topic, func(frames ...[]byte) { p.put(message(frames), never, s.o.MaxQueue) })
	}
}

// Recv returns the next message. It ends with ctx or with Close.
func (s *Socket) Recv(ctx context.Context) ([][]byte, error) {
	select {
	case m := <-s.in:
		return m, nil
	default:
	}
	select {
	case m := <-s.in:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.done:
		return nil, ErrClosed
	}
}

func message(frames [][]byte) outgoing {
	size := 0
	for _, f := range frames {
		size += len(f) + 9
	}
	return outgoing{frames: frames, size: size}
}
