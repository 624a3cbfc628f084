package zsock

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// Peers that connect and say nothing, even a hundred of them, keep nobody out.
func TestSilentPeersBlockNobody(t *testing.T) {
	r, addr := listen(t, Router, Options{HandshakeTimeout: time.Hour})
	for range 100 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	d := dial(t, Dealer, addr, "late")
	send(t, d, "hello")
	if got := recv(t, r); got[1] != "hello" {
		t.Errorf("got %q", got)
	}
}

// After the deadline a silent peer is disconnected.
func TestSilentPeerIsDropped(t *testing.T) {
	_, addr := listen(t, Router, Options{HandshakeTimeout: 50 * time.Millisecond})
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	closedByPeer(t, c)
}

// closedByPeer reads until the other side has closed.
func closedByPeer(t *testing.T, c net.Conn) {
	t.Helper()
	_, _ = io.Copy(io.Discard, c) // ends with the connection
}

// ready is a NULL greeting followed by a READY command with the given metadata.
func ready(metadata string) []byte {
	var g [64]byte
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	body := "\x05READY" + metadata
	return append(append(g[:], 4, byte(len(body))), body...)
}

func TestGarbageHandshakes(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	huge := binary.BigEndian.AppendUint64(append(ready("")[:64:64], 6), 1<<40)
	cases := map[string][]byte{
		"http":                    []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + strings.Repeat("x", 100)),
		"random":                  bytes.Repeat([]byte{0xa5}, 500),
		"no socket type":          ready(""),
		"unknown socket type":     ready("\x0bSocket-Type\x00\x00\x00\x05BOGUS"),
		"wrong socket type":       ready("\x0bSocket-Type\x00\x00\x00\x03SUB"),
		"property cut short":      ready("\x0bSocket-Ty"),
		"value longer than frame": ready("\x0bSocket-Type\xff\xff\xff\xffDEALER"),
		"huge handshake command":  huge,
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write(raw); err != nil {
				t.Fatal(err)
			}
			closedByPeer(t, c)
		})
	}
	d := dial(t, Dealer, addr, "good")
	send(t, d, "still here")
	if got := recv(t, r); got[1] != "still here" {
		t.Errorf("got %q", got)
	}
}

// A header that claims a terabyte closes the connection, says so, and allocates nothing.
func TestOversizedLength(t *testing.T) {
	var mu sync.Mutex
	var logged []string
	r, addr := listen(t, Router, Options{MaxMessage: 1 << 20, Logf: func(f string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		logged = append(logged, fmt.Sprintf(f, args...))
	}})
	for _, size := range []uint64{1<<20 + 1, 1 << 40, 1<<64 - 1} {
		c, _ := rawPeer(t, addr, zmq4.Dealer)
		if _, err := c.Write(binary.BigEndian.AppendUint64([]byte{2}, size)); err != nil {
			t.Fatal(err)
		}
		closedByPeer(t, c)
	}
	// Many frames that are small one by one are a large message too.
	c, _ := rawPeer(t, addr, zmq4.Dealer)
	frame := append(binary.BigEndian.AppendUint64([]byte{2 | 1}, 300<<10), make([]byte, 300<<10)...)
	for range 5 {
		if _, err := c.Write(frame); err != nil {
			break // already closed
		}
	}
	closedByPeer(t, c)
	eventually(t, "four logged reasons", func() bool { mu.Lock(); defer mu.Unlock(); return len(logged) == 4 })
	mu.Lock()
	if all := strings.Join(logged, "\n"); !strings.Contains(all, "1099511627776 bytes") {
		t.Errorf("log = %q, want the size named", all)
	}
	mu.Unlock()
	d := dial(t, Dealer, addr, "")
	send(t, d, strings.Repeat("x", 1<<20-100)) // just under the limit
	if got := recv(t, r); len(got[1]) != 1<<20-100 {
		t.Errorf("a message under the limit arrived with %d bytes", len(got[1]))
	}
}

// A peer that dies in the middle of a message leaves nothing behind.
func TestHalfMessage(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	c, _ := rawPeer(t, addr, zmq4.Dealer)
	if _, err := c.Write([]byte{1, 3, 'a', 'b', 'c', 1, 50, 'x'}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	d := dial(t, Dealer, addr, "")
	send(t, d, "whole")
	if got := recv(t, r); len(got) != 2 || got[1] != "whole" {
		t.Errorf("got %q, want the whole message only", got)
	}
	eventually(t, "the dead peer is forgotten", func() bool { return len(r.list()) == 1 })
}

// A subscriber that stops reading is disconnected when its queue is full; the other one gets every message, in order.
func TestStoppedSubscriber(t *testing.T) {
	subscribed := make(chan bool, 2)
	x, addr := listen(t, XPub, Options{ // who waits for the stopped one when both are full waits longer than the live one's recv
		MaxQueue: 1 << 20, PatienceAlone: time.Hour,
		OnSubscribe: func([]byte, func(...[]byte)) { subscribed <- true },
	})
	_, stopped := rawPeer(t, addr, zmq4.Sub) // never reads again: as SIGSTOP does
	if err := stopped.SendMsg(zmq4.NewMsg([]byte{1})); err != nil {
		t.Fatal(err)
	}
	live := dial(t, Sub, addr, "")
	if err := live.Subscribe(""); err != nil {
		t.Fatal(err)
	}
	<-subscribed
	<-subscribed
	const n = 2000
	go func() {
		text := bytes.Repeat([]byte("y"), 32<<10) // 64 MiB in all: more than the queue and TCP's buffers hold
		for i := range n {
			_ = x.Send([][]byte{[]byte("stream"), fmt.Append(nil, i), text})
		}
	}()
	for i := range n {
		if got := recv(t, live); got[1] != fmt.Sprint(i) {
			t.Fatalf("message %d: got number %s", i, got[1])
		}
	}
	eventually(t, "the stopped subscriber is disconnected", func() bool { return len(x.list()) == 1 })
}

// A router's peer that does not read delays no reply to others.
func TestStoppedDealer(t *testing.T) {
	r, addr := listen(t, Router, Options{MaxQueue: 1 << 20})
	c, stopped := rawPeer(t, addr, zmq4.Dealer)
	if err := stopped.SendMsg(zmq4.NewMsg([]byte("hi"))); err != nil {
		t.Fatal(err)
	}
	id := recv(t, r)[0]
	reply := make([]byte, 256<<10)
	var err error
	for range 200 {
		if err = r.Send([][]byte{[]byte(id), reply}); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("50 MiB were queued for a peer that does not read, with a limit of 1 MiB")
	}
	d := dial(t, Dealer, addr, "good")
	send(t, d, "q")
	recv(t, r)
	send(t, r, "good", "a")
	if got := recv(t, d); got[0] != "a" {
		t.Errorf("got %q", got)
	}
	c.Close()
}

// A 3.1 PING command between messages is answered and is no message.
func TestPing(t *testing.T) {
	r, addr := listen(t, Router, Options{})
	_, z := rawPeer(t, addr, zmq4.Dealer)
	if err := z.SendCmd(zmq4.CmdPing, []byte{0, 10, 'c', 't', 'x'}); err != nil {
		t.Fatal(err)
	}
	cmd, err := z.RecvCmd()
	if err != nil || cmd.Name != zmq4.CmdPong || string(cmd.Body) != "ctx" {
		t.Errorf("PING answered with %q %q, %v", cmd.Name, cmd.Body, err)
	}
	if err := z.SendMsg(zmq4.NewMsg([]byte("m"))); err != nil {
		t.Fatal(err)
	}
	if got := recv(t, r); len(got) != 2 || got[1] != "m" {
		t.Errorf("got %q", got)
	}
}

// A sole subscriber that reads slowly slows the sender down and misses nothing, however long that takes in all.
func TestSlowSubscriberMissesNothing(t *testing.T) {
	subscribed := make(chan bool, 1)
	x, addr := listen(t, XPub, Options{
		MaxQueue: 64 << 10, Patience: time.Millisecond, PatienceAlone: time.Hour,
		OnSubscribe: func([]byte, func(...[]byte)) { subscribed <- true },
	})
	_, slow := rawPeer(t, addr, zmq4.Sub)
	if err := slow.SendMsg(zmq4.NewMsg([]byte{1})); err != nil {
		t.Fatal(err)
	}
	<-subscribed
	const n = 2000 // 64 MiB in all: more than the queue and TCP's buffers hold
	go func() {
		for i := range n {
			_ = x.Send([][]byte{[]byte("stream"), fmt.Append(nil, i), make([]byte, 32<<10)})
		}
	}()
	eventually(t, "the sender waits for the reader", func() bool { return x.list()[0].full(32<<10, 64<<10) })
	for i := range n {
		m, err := slow.RecvMsg()
		if err != nil || string(m.Frames[1]) != fmt.Sprint(i) {
			t.Fatalf("message %d: %v, %v", i, m.Frames, err)
		}
	}
}

// What a peer sends after a good handshake is frames, or the end of the connection; never a panic, never memory that was not sent.
func FuzzLink(f *testing.F) {
	f.Add([]byte{0, 3, 'a', 'b', 'c'})
	f.Add([]byte{1, 1, 'a', 2, 0, 0, 0, 0, 0, 0, 0, 1, 'b'})
	f.Add([]byte{4, 6, 4, 'P', 'I', 'N', 'G', 0, 0, 1, 'x'})
	f.Add([]byte{6, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		near, far := net.Pipe()
		go func() {
			_, _ = far.Write(data)
			far.Close()
		}()
		l := newLink(near, 1<<20)
		l.raw, l.ready = 0, true
		l.onCommand = func(name string, body []byte) {
			if len(name)+len(body) > len(data) {
				t.Errorf("command %q with %d bytes out of %d", name, len(body), len(data))
			}
		}
		if got, err := io.ReadAll(l); len(got) > len(data) {
			t.Errorf("%d bytes out of %d, %v", len(got), len(data), err)
		}
		near.Close()
	})
}
