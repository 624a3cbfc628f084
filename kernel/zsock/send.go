package zsock

import (
	"fmt"
	"time"
)

// Send queues a message; the frames must not change afterwards. A ROUTER returns ErrNoPeer when nobody has the
// routing id in the first frame, nor its identity. An XPUB never returns an error while it is open: who is not there, or too slow, misses it.
func (s *Socket) Send(frames [][]byte) error {
	if len(frames) == 0 {
		return fmt.Errorf("%s: send: no frames", s.kind)
	}
	switch s.kind {
	case XPub:
		return s.publish(frames)
	case Router:
		p := s.route(string(frames[0]))
		if p == nil || !p.put(message(frames[1:]), never, s.o.MaxQueue) {
			return fmt.Errorf("%w: %q", ErrNoPeer, frames[0])
		}
		return nil
	default:
		for _, p := range s.list() {
			if p.put(message(frames), patience{s.o.PatienceAlone, true}, s.o.MaxQueue) {
				return nil
			}
		}
		return ErrClosed
	}
}

// publish queues the message for every subscriber: first for those that have room, so that a full one delays none of them.
func (s *Socket) publish(frames [][]byte) error {
	m := message(frames)
	var full []*peer
	ready := 0
	for _, p := range s.list() {
		switch {
		case !p.wants(frames[0]):
		case p.full(m.size, s.o.MaxQueue):
			full = append(full, p)
		case p.put(m, never, s.o.MaxQueue):
			ready++
		}
	}
	for ready == 0 && len(full) > 1 {
		full, ready = s.first(full, m)
	}
	pa := patience{s.o.Patience, false}
	if ready == 0 { // nobody is kept waiting who could go on
		pa = patience{s.o.PatienceAlone, true}
	}
	for _, p := range full {
		if !p.put(m, pa, s.o.MaxQueue) {
			s.giveUp(p)
		}
	}
	return nil
}

// first looks which of several subscribers, all full when it was last looked, have room now, and if none has lets a moment pass. It
// returns those that m is still for, and how many took it.
func (s *Socket) first(full []*peer, m outgoing) (rest []*peer, ready int) {
	for _, p := range full {
		switch {
		case !p.full(m.size, s.o.MaxQueue):
			if p.put(m, never, s.o.MaxQueue) {
				ready++
			}
		case p.silent() >= s.o.PatienceAlone:
			s.giveUp(p)
		default:
			rest = append(rest, p)
		}
	}
	if ready == 0 && len(rest) > 1 {
		time.Sleep(time.Millisecond)
	}
	return rest, ready
}

func (s *Socket) giveUp(p *peer) {
	p.close()
	s.o.Logf("%s: a subscriber does not read: disconnected with %d MiB waiting", s.kind, s.o.MaxQueue>>20)
}

func (p *peer) full(size, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && p.queued > 0 && p.queued+size > limit
}

// silent is how long the peer has read nothing of what waits for it.
func (p *peer) silent() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.moved)
}

func (s *Socket) list() []*peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*peer, 0, len(s.peers))
	for _, p := range s.peers {
		list = append(list, p)
	}
	return list
}

// Flush waits until everything queued has been written to the connections, or until the timeout.
func (s *Socket) Flush(timeout time.Duration) {
	deadline := time.Now().Add(timeout)
	for _, p := range s.list() {
		p.drain(deadline)
	}
}

// Close closes the listener and every connection; what is queued is lost (see Flush). It returns when all goroutines of
// the socket have ended.
func (s *Socket) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.done)
	if s.ln != nil {
		s.ln.Close()
	}
	for c := range s.raw {
		c.Close()
	}
	s.mu.Unlock()
	for _, p := range s.list() {
		p.close()
	}
	s.wg.Wait()
}
