package zsock

import (
	"context"
	"fmt"
	"net"
)

// Dial connects a DEALER, REQ or SUB to a listening socket. It does not reconnect: when the connection ends, Recv drains
// what has arrived and then returns ErrClosed.
func Dial(ctx context.Context, kind Kind, network, addr string, o Options) (*Socket, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("%s socket: %w", kind, err)
	}
	s := newSocket(kind, o)
	s.track(c)
	stop := context.AfterFunc(ctx, func() { c.Close() }) // until the handshake is over
	p, err := shake(c, kind, o.Identity, false, &s.o)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%s socket %s: %w", kind, addr, err)
	}
	s.join(p)
	s.wg.Go(func() {
		defer s.untrack(c)
		s.serve(p)
		s.end()
	})
	return s, nil
}

// end marks a dialled socket closed after its connection is gone.
func (s *Socket) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
}

// Subscribe asks an XPUB for the messages whose first frame begins with topic.
func (s *Socket) Subscribe(topic string) error {
	if s.kind != Sub {
		return fmt.Errorf("%s: subscribe: not a SUB socket", s.kind)
	}
	return s.Send([][]byte{append([]byte{1}, topic...)})
}
