package kerneltest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// Call is one request under way.
type Call struct {
	ID     string
	client *Client
	watch  func(*wire.Message)

	mu    sync.Mutex
	reply *wire.Message
	idle  bool
	done  chan struct{} // closed when reply and idle are both there
}

// Send sends a request. watch, if not nil, is called for every iopub message the request causes, in order, on the
// client's receiving goroutine.
func (c *Client) Send(channel Channel, msgType string, content any, watch func(*wire.Message)) (*Call, error) {
	m, err := c.Codec.New(msgType, nil, content)
	if err != nil {
		return nil, err
	}
	call := &Call{ID: m.Header.MsgID, client: c, watch: watch, done: make(chan struct{})}
	c.mu.Lock()
	c.calls[call.ID] = call
	c.mu.Unlock()
	s := c.shell
	if channel == Control {
		s = c.control
	}
	if err := c.write(s, m); err != nil {
		call.forget()
		return nil, fmt.Errorf("%s: %w", msgType, err)
	}
	return call, nil
}

func (call *Call) published(m *wire.Message) {
	if call.watch != nil {
		call.watch(m)
	}
	var s wire.ExecutionState
	if m.Header.Type == "status" && m.Into(&s) == nil && s.State == "idle" {
		call.progress(func() { call.idle = true })
	}
}

func (call *Call) replied(m *wire.Message) { call.progress(func() { call.reply = m }) }

func (call *Call) progress(f func()) {
	call.mu.Lock()
	defer call.mu.Unlock()
	was := call.idle && call.reply != nil
	f()
	if !was && call.idle && call.reply != nil {
		close(call.done)
	}
}

func (call *Call) forget() {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	delete(call.client.calls, call.ID)
}

// Wait returns the reply when the kernel has sent it and has gone idle for this request. After the end of ctx it may be
// called again.
func (call *Call) Wait(ctx context.Context) (*wire.Message, error) {
	select {
	case <-call.done:
		call.forget()
		return call.reply, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-call.client.lost:
	}
	select { // one channel has ended; what the others have received may still complete the call
	case <-call.done:
		call.forget()
		return call.reply, nil
	case <-time.After(200 * time.Millisecond):
		return nil, ErrLost
	}
}

// Do sends a request and waits for its reply, which it decodes into reply unless that is nil.
func (c *Client) Do(ctx context.Context, channel Channel, msgType string, content, reply any) error {
	call, err := c.Send(channel, msgType, content, nil)
	if err != nil {
		return err
	}
	m, err := call.Wait(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", msgType, err)
	}
	if reply == nil {
		return nil
	}
	return m.Into(reply)
}

// Execute runs code as a notebook's cell would and returns the reply; what it shows goes to watch (see Send). The error is
// about the connection; a cell that failed is a reply with status "error".
func (c *Client) Execute(ctx context.Context, code string, watch func(*wire.Message)) (wire.ExecuteReply, error) {
	r := wire.NewExecuteRequest(code)
	r.AllowStdin = c.Input != nil
	return c.ExecuteRequest(ctx, r, watch)
}

// ExecuteRequest is Execute with all of the protocol's options.
func (c *Client) ExecuteRequest(ctx context.Context, r wire.ExecuteRequest, watch func(*wire.Message)) (wire.ExecuteReply, error) {
	var reply wire.ExecuteReply
	call, err := c.Send(Shell, "execute_request", r, watch)
	if err != nil {
		return reply, err
	}
	m, err := call.Wait(ctx)
	if err != nil {
		return reply, err
	}
	return reply, m.Into(&reply)
}

// Interrupt asks the kernel to stop the running cell.
func (c *Client) Interrupt(ctx context.Context) error {
	return c.Do(ctx, Control, "interrupt_request", struct{}{}, nil)
}
