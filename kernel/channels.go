package kernel

import (
	"context"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

// receive hands every good message of a socket to handle, until ctx ends. A bad one is dropped and counted.
func (k *kernel) receive(ctx context.Context, s *zsock.Socket, handle func(context.Context, *wire.Message)) {
	for {
		frames, err := s.Recv(ctx)
		if err != nil {
			return
		}
		m, err := k.codec.Decode(frames)
		if err != nil {
			if n := k.dropped.Add(1); n&(n-1) == 0 { // log the 1st, 2nd, 4th, 8th…: a flood must not fill the log
				k.cfg.Logf("message dropped (%d so far): %v", n, err)
			}
			continue
		}
		handle(ctx, m)
	}
}

// onShell sorts what comes on shell: cells to their queue, the rest to the side goroutine.
func (k *kernel) onShell(ctx context.Context, m *wire.Message) {
	switch m.Header.Type {
	case "execute_request":
		k.cells.push(m)
	case "shutdown_request": // deprecated on this channel since 5.4, but still sent by old clients
		k.shutdown(k.shell, m)
	default:
		k.side.push(m)
	}
}

// onStdin takes the user's answer to an input_request. Only the latest counts.
func (k *kernel) onStdin(_ context.Context, m *wire.Message) {
	var r wire.InputReply
	if m.Header.Type != "input_reply" || m.Into(&r) != nil {
		return
	}
	select {
	case <-k.answers:
	default:
	}
	k.answers <- r.Value
}

// job is a request with the time it arrived.
type job struct {
	*wire.Message
	arrived time.Time
}

// queue is an unbounded first-in first-out queue: the sender is a socket goroutine that must not block.
type queue struct {
	mu   sync.Mutex
	jobs []job
	more chan struct{} // capacity 1: something was pushed
}

func newQueue() *queue { return &queue{more: make(chan struct{}, 1)} }

func (q *queue) push(m *wire.Message) {
	q.mu.Lock()
	q.jobs = append(q.jobs, job{m, time.Now()})
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// pop waits for the next job; false when ctx has ended.
func (q *queue) pop(ctx context.Context) (job, bool) {
	for {
		q.mu.Lock()
		if len(q.jobs) > 0 {
			j := q.jobs[0]
			q.jobs = q.jobs[1:]
			q.mu.Unlock()
			return j, ctx.Err() == nil
		}
		q.mu.Unlock()
		select {
		case <-ctx.Done():
			return job{}, false
		case <-q.more:
		}
	}
}
