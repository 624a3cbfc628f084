package zsock

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// peer is one connection after its handshake.
type peer struct {
	identity string // as the peer gave it: several peers may have the same
	id       string // routing id: unique in its socket
	order    uint64 // of joining
	conn     *zmq4.Conn
	link     *link

	mu     sync.Mutex
	wake   sync.Cond // signalled when queue, queued or closed change
	queue  []outgoing
	queued int           // bytes in queue and in the writer's hands
	waited time.Duration // that senders have waited for this peer since its queue was last empty
	moved  time.Time     // when a message was last written
	closed bool
	subs   map[string]int // topic -> number of subscriptions
}

// outgoing is a message, or a command when name is not empty.
type outgoing struct {
	frames [][]byte
	name   string
	size   int
}

// shake does the handshake of kind over c, as a peer that calls itself id. It closes c when that fails.
func shake(c net.Conn, kind Kind, id string, server bool, o *Options) (p *peer, err error) {
	defer func() {
		// zmq4 v0.17 indexes past the end of a short metadata property, and panics on an unknown socket type.
		if r := recover(); r != nil {
			err = fmt.Errorf("malformed handshake: %v", r)
		}
		if err != nil {
			c.Close()
		}
	}()
	if err := c.SetDeadline(time.Now().Add(o.HandshakeTimeout)); err != nil {
		return nil, err
	}
	l := newLink(c, uint64(o.MaxMessage))
	conn, err := zmq4.Open(l, null.Security(), zmq4.SocketType(kind), zmq4.SocketIdentity(id), server, nil)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	p = &peer{identity: conn.Peer.Meta["Identity"], conn: conn, link: l, subs: map[string]int{}}
	p.wake.L = &p.mu
	l.onCommand = p.command
	l.ready = true
	return p, nil
}

// command answers ZMTP 3.1 commands, which a peer may send although we say 3.0. Subscriptions come as messages in 3.0.
func (p *peer) command(name string, body []byte) {
	if name == zmq4.CmdPing && len(body) >= 2 {
		p.put(outgoing{name: zmq4.CmdPong, frames: [][]byte{body[2:]}, size: len(body)}, never, 1<<20)
	}
}

// patience is how long a sender waits for a peer whose queue is full before the peer is disconnected: so long in all since
// its queue was last empty or, when moving, so long without a message written.
type patience struct {
	limit  time.Duration
	moving bool
}

var never = patience{}

// left is how long to wait from now, with mu held.
func (p *peer) left(pa patience) time.Duration {
	if pa.moving {
		return pa.limit - time.Since(p.moved)
	}
	return pa.limit - p.waited
}

// put queues m. When more than limit bytes would wait it waits for room, and when patience ends closes the peer. It reports
// whether the message is queued.
func (p *peer) put(m outgoing, pa patience, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && p.queued > 0 && p.queued+m.size > limit {
		left := p.left(pa)
		if left <= 0 {
			p.shut()
			return false
		}
		start := time.Now()
		timer := time.AfterFunc(left, func() { p.mu.Lock(); p.wake.Broadcast(); p.mu.Unlock() })
		p.wake.Wait()
		timer.Stop()
		p.waited += time.Since(start)
	}
	if p.closed {
		return false
	}
	if p.queued == 0 {
		p.moved = time.Now()
	}
	p.queue = append(p.queue, m)
	p.queued += m.size
	p.wake.Broadcast()
	return true
}

// write sends what is queued until the peer closes: everything that waits, then one flush.
func (p *peer) write() {
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && !p.closed {
			p.wake.Wait()
		}
		batch := p.queue
		p.queue = nil
		p.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for i, m := range batch {
			err := p.send(m)
			if last := i == len(batch)-1; last && err == nil {
				err = p.link.w.Flush()
			}
			if err != nil {
				p.close()
				return
			}
			p.sent(m.size)
		}
	}
}

func (p *peer) send(m outgoing) error {
	if m.name != "" {
		return p.conn.SendCmd(m.name, m.frames[0])
	}
	return p.conn.SendMsg(zmq4.NewMsgFrom(m.frames...))
}

func (p *peer) sent(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved = time.Now()
	if p.queued -= size; p.queued == 0 {
		p.waited = 0
	}
	p.wake.Broadcast()
}

// close ends the connection; what is queued is lost.
func (p *peer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut()
}

// shut is close with mu held.
func (p *peer) shut() {
	if p.closed {
		return
	}
	p.closed = true
	p.queue = nil
	_ = p.conn.Close() // what fails here has ended
	p.wake.Broadcast()
}

// drain waits until the queue is empty and written, or the deadline.
func (p *peer) drain(deadline time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	timer := time.AfterFunc(time.Until(deadline), func() { p.mu.Lock(); p.wake.Broadcast(); p.mu.Unlock() })
	defer timer.Stop()
	for !p.closed && p.queued > 0 && time.Now().Before(deadline) {
		p.wake.Wait()
	}
}

// subscribe adds or removes a topic.
func (p *peer) subscribe(topic string, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.subs[topic]++
	} else if p.subs[topic]--; p.subs[topic] <= 0 {
		delete(p.subs, topic)
	}
}

// wants reports whether a subscription is a prefix of topic.
func (p *peer) wants(topic []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.subs {
		if strings.HasPrefix(string(topic), t) {
			return true
		}
	}
	return false
}
