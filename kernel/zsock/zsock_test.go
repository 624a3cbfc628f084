package zsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// What must happen is waited for as long as the test program may run, which then says where each goroutine waits: nothing is
// asserted about how fast anything is.

func listen(t *testing.T, kind Kind, o Options) (s *Socket, addr string) {
	t.Helper()
	if o.Logf == nil {
		o.Logf = t.Logf
	}
	s, err := Listen(kind, "tcp", "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, s.Addr().String()
}

func dial(t *testing.T, kind Kind, addr, id string) *Socket {
	t.Helper()
	s, err := Dial(t.Context(), kind, "tcp", addr, Options{Identity: id})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func send(t *testing.T, s *Socket, frames ...string) {
	t.Helper()
	var m [][]byte
	for _, f := range frames {
		m = append(m, []byte(f))
	}
	if err := s.Send(m); err != nil {
		t.Fatalf("%s: Send(%q) = %v", s.kind, frames, err)
	}
}

func recv(t *testing.T, s *Socket) []string {
	t.Helper()
	m, err := s.Recv(t.Context())
	if err != nil {
		t.Fatalf("%s: Recv = %v", s.kind, err)
	}
	var out []string
	for _, f := range m {
		out = append(out, string(f))
	}
	return out
}

// eventually looks again and again until a condition holds that another goroutine makes true, unseen from outside.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for look := time.NewTicker(time.Millisecond); !ok(); {
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestRouterDealer(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	a, b := dial(t, Dealer, addr, "a"), dial(t, Dealer, addr, "")
	big := string(bytes.Repeat([]byte("x"), 3<<20))
	send(t, a, "", "hello", big)
	if got := recv(t, r); len(got) != 4 || got[0] != "a" || got[2] != "hello" || got[3] != big {
		t.Fatalf("router got %d frames, first %q", len(got), got[0])
	}
	send(t, b, "anonymous")
	from := recv(t, r)[0]
	send(t, r, from, "to b", big)
	send(t, r, "a", "to a")
	if got := recv(t, b); got[0] != "to b" || got[1] != big {
		t.Errorf("b got %q…", got[0])
	}
	if got := recv(t, a); got[0] != "to a" {
		t.Errorf("a got %q", got)
	}
	if err := r.Send([][]byte{[]byte("nobody"), nil}); !errors.Is(err, ErrNoPeer) {
		t.Errorf("Send to nobody = %v, want ErrNoPeer", err)
	}
}

// Two peers with one identity, as two clients of one KernelManager have, each get the answers to their own requests, and
// neither is disconnected.
func TestTwins(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	old, young := dial(t, Dealer, addr, "me"), dial(t, Dealer, addr, "me")
	for range 3 {
		send(t, old, "from the old")
		oldID := recv(t, r)[0]
		send(t, young, "from the young")
		youngID := recv(t, r)[0]
		if oldID == youngID {
			t.Fatalf("both have the routing id %q", oldID)
		}
		send(t, r, youngID, "to the young")
		send(t, r, oldID, "to the old")
		if got := recv(t, old); got[0] != "to the old" {
			t.Errorf("the old got %q", got)
		}
		if got := recv(t, young); got[0] != "to the young" {
			t.Errorf("the young got %q", got)
		}
	}
}

// A reply reaches the client that has reconnected since its request, whether or not it had a twin.
func TestReplyAfterReconnect(t *testing.T) {
	for _, twins := range []bool{false, true} {
		r, addr := listen(t, Router, Options{})
		if twins {
			defer dial(t, Dealer, addr, "me").Close()
			eventually(t, "the twin has joined", func() bool { return len(r.list()) == 1 })
		}
		lost := dial(t, Dealer, addr, "me")
		send(t, lost, "request")
		id := recv(t, r)[0]
		n := len(r.list())
		lost.Close()
		eventually(t, "the lost connection is forgotten", func() bool { return len(r.list()) < n })
		again := dial(t, Dealer, addr, "me")
		send(t, again, "here again")
		recv(t, r)
		send(t, r, id, "reply")
		if got := recv(t, again); got[0] != "reply" {
			t.Errorf("twins %t: after reconnecting got %q", twins, got)
		}
	}
}

func TestRepEchoes(t *testing.T) {
	_, addr := listen(t, Rep, Options{})
	for range 3 { // a REQ that dies between ping and pong leaves the socket in order
		c := dial(t, Req, addr, "")
		send(t, c, "", "ping")
		c.Close()
	}
	c := dial(t, Req, addr, "")
	send(t, c, "", "ping")
	if got := recv(t, c); len(got) != 2 || got[1] != "ping" {
		t.Errorf("heartbeat = %q, want the ping back", got)
	}
}

func TestXPubWelcomeAndTopics(t *testing.T) {
	x, addr := listen(t, XPub, Options{OnSubscribe: func(topic []byte, welcome func(...[]byte)) {
		welcome(topic, []byte("welcome"))
	}})
	all, some := dial(t, Sub, addr, ""), dial(t, Sub, addr, "")
	if err := all.Subscribe(""); err != nil {
		t.Fatal(err)
	}
	if err := some.Subscribe("str"); err != nil {
		t.Fatal(err)
	}
	if got := recv(t, all); got[1] != "welcome" {
		t.Fatalf("all got %q", got)
	}
	if got := recv(t, some); got[0] != "str" || got[1] != "welcome" {
		t.Fatalf("some got %q", got)
	}
	send(t, x, "status", "1") // after the welcome nothing is missed
	send(t, x, "stream", "2")
	if got := recv(t, all); got[0] != "status" {
		t.Errorf("all got %q", got)
	}
	if got := recv(t, some); got[0] != "stream" {
		t.Errorf("some got %q, want only its topic", got)
	}
}

// zmq4's own sockets are an independent peer.
func TestAgainstZmq4Sockets(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	d := zmq4.NewDealer(t.Context(), zmq4.WithID(zmq4.SocketIdentity("theirs")))
	defer d.Close()
	if err := d.Dial("tcp://" + addr); err != nil {
		t.Fatal(err)
	}
	if err := d.Send(zmq4.NewMsgFrom([]byte("x"), []byte("y"))); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(recv(t, r)); got != "[theirs x y]" {
		t.Errorf("router got %s", got)
	}
	send(t, r, "theirs", "reply")
	if m, err := d.Recv(); err != nil || string(m.Frames[0]) != "reply" {
		t.Errorf("zmq4 dealer got %v, %v", m, err)
	}
}

func TestCloseEndsRecv(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	c := dial(t, Dealer, addr, "")
	errs := make(chan error, 1)
	go func() { _, err := r.Recv(context.Background()); errs <- err }()
	r.Close()
	if err := <-errs; !errors.Is(err, ErrClosed) {
		t.Errorf("Recv after Close = %v", err)
	}
	if _, err := c.Recv(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("client's Recv after Close = %v", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the port still accepts after Close")
	}
}

func TestListenBusyPort(t *testing.T) {
	_, addr := listen(t, Router, Options{})
	if _, err := Listen(Rep, "tcp", addr, Options{}); err == nil {
		t.Error("Listen on a busy port succeeded")
	}
}

// rawPeer is a zmq4.Conn of a given type over a plain TCP connection, to write odd bytes with after the handshake.
func rawPeer(t *testing.T, addr string, kind zmq4.SocketType) (net.Conn, *zmq4.Conn) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	z, err := zmq4.Open(c, null.Security(), kind, nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, z
}
