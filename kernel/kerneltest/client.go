package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

// Channel is where a request goes.
type Channel string

// The channels that take requests.
const (
	Shell   Channel = "shell"
	Control Channel = "control"
)

// ErrLost is returned when the connection to the kernel has ended.
var ErrLost = errors.New("the kernel has closed the connection")

// Client is connected to all channels of a kernel. Its methods may be called from many goroutines.
type Client struct {
	Codec *wire.Codec
	// Input answers input_request. Set it before a cell that asks; nil refuses by an empty line.
	Input func(prompt string, password bool) string
	// Other is told about iopub messages that belong to no open call: output after the end of a cell, other clients' cells.
	Other func(*wire.Message)

	shell, control, stdin, iopub, hb *zsock.Socket

	mu    sync.Mutex
	calls map[string]*Call
	lost  chan struct{} // closed when a channel ends
	once  sync.Once
}

// Dial connects to a kernel that is listening, and returns when the kernel has confirmed the subscription to iopub: no
// output sent from now on is missed.
func Dial(ctx context.Context, cf kernel.ConnectionFile) (*Client, error) {
	c := &Client{Codec: wire.NewCodec(cf.Key, "client"), calls: map[string]*Call{}, lost: make(chan struct{})}
	o := zsock.Options{Identity: wire.NewID()}
	for _, ch := range []struct {
		socket **zsock.Socket
		kind   zsock.Kind
		port   int
	}{
		{&c.iopub, zsock.Sub, cf.IOPub},
		{&c.shell, zsock.Dealer, cf.Shell},
		{&c.control, zsock.Dealer, cf.Control},
		{&c.stdin, zsock.Dealer, cf.Stdin},
		{&c.hb, zsock.Req, cf.HB},
	} {
		network, addr := cf.Endpoint(ch.port)
		s, err := zsock.Dial(ctx, ch.kind, network, addr, o)
		if err != nil {
			c.Close()
			return nil, err
		}
		*ch.socket = s
	}
	if err := c.subscribe(ctx); err != nil {
		c.Close()
		return nil, err
	}
	go c.receive(c.iopub, c.onIOPub)
	go c.receive(c.shell, c.onReply)
	go c.receive(c.control, c.onReply)
	go c.receive(c.stdin, c.onStdin)
	return c, nil
}

// subscribe asks for everything and waits for iopub_welcome.
func (c *Client) subscribe(ctx context.Context) error {
	if err := c.iopub.Subscribe(""); err != nil {
		return err
	}
	for {
		frames, err := c.iopub.Recv(ctx)
		if err != nil {
			return fmt.Errorf("waiting for iopub_welcome: %w", err)
		}
		m, err := c.Codec.Decode(frames)
		if err != nil {
			return fmt.Errorf("waiting for iopub_welcome: %w", err)
		}
		if m.Header.Type == "iopub_welcome" {
			return nil
		}
	}
}

// receive decodes what comes on s. A message that does not decode ends the client: between us and our own kernel that is a bug.
func (c *Client) receive(s *zsock.Socket, handle func(*wire.Message)) {
	defer c.once.Do(func() { close(c.lost) })
	for {
		frames, err := s.Recv(context.Background())
		if err != nil {
			return
		}
		m, err := c.Codec.Decode(frames)
		if err != nil {
			return
		}
		handle(m)
	}
}

func (c *Client) call(m *wire.Message) *Call {
	id := m.ParentHeader().MsgID
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[id]
}

func (c *Client) onIOPub(m *wire.Message) {
	if call := c.call(m); call != nil {
		call.published(m)
	} else if c.Other != nil {
		c.Other(m)
	}
}

func (c *Client) onReply(m *wire.Message) {
	if call := c.call(m); call != nil {
		call.replied(m)
	}
}

func (c *Client) onStdin(m *wire.Message) {
	var r wire.InputRequest
	if m.Header.Type != "input_request" || m.Into(&r) != nil {
		return
	}
	go func() { // the user may take long
		var answer wire.InputReply
		if c.Input != nil {
			answer.Value = c.Input(r.Prompt, r.Password)
		}
		if reply, err := c.Codec.New("input_reply", m, answer); err == nil {
			_ = c.write(c.stdin, reply)
		}
	}()
}

func (c *Client) write(s *zsock.Socket, m *wire.Message) error {
	frames, err := c.Codec.Encode(m)
	if err != nil {
		return err
	}
	return s.Send(frames)
}

// SendRaw sends frames as they are: for tests of what a kernel does with what is no message.
func (c *Client) SendRaw(channel Channel, frames ...[]byte) error {
	if channel == Control {
		return c.control.Send(frames)
	}
	return c.shell.Send(frames)
}

// Ping sends a heartbeat and waits for its echo. One at a time.
func (c *Client) Ping(ctx context.Context) error {
	if err := c.hb.Send([][]byte{{}, []byte("ping")}); err != nil {
		return err
	}
	_, err := c.hb.Recv(ctx)
	return err
}

// Close ends the connections. The kernel lives on.
func (c *Client) Close() {
	for _, s := range []*zsock.Socket{c.shell, c.control, c.stdin, c.iopub, c.hb} {
		if s != nil {
			s.Close()
		}
	}
}
