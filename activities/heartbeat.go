package activities

// Heartbeats tell the server two things: the worker lives, and the training moves. The first must be said about once a second,
// so that a killed worker is found in seconds; a step, an evaluation or a checkpoint may take longer than that. So the
// last progress is repeated each second, but only while the last step is younger than a limit. Without that a device that
// hangs would never be found.

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

const (
	heartbeatEvery = time.Second
	stall          = 10 * time.Minute // longer than any step, evaluation or checkpoint we expect
	patience       = time.Hour        // longer than the preparation of any corpus we expect
)

// heartbeat says something each second until its context ends.
type heartbeat struct {
	say   func() any
	limit time.Duration

	mu    sync.Mutex
	moved time.Time
}

// startHeartbeat begins to say what say returns, and falls silent when nothing has moved for limit. Call the returned function to end it.
func startHeartbeat(ctx context.Context, limit time.Duration, say func() any) (*heartbeat, func()) {
	activity.RecordHeartbeat(ctx, say())
	h := &heartbeat{say: say, limit: limit, moved: time.Now()}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.run(ctx)
	}()
	return h, func() { stop(); <-done }
}

func (h *heartbeat) run(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if h.alive(time.Now()) {
				activity.RecordHeartbeat(ctx, h.say())
			}
		}
	}
}

// alive reports whether something has moved not too long ago.
func (h *heartbeat) alive(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Sub(h.moved) < h.limit
}

// moves notes that there was progress. It is cheap: the training loop calls it after each step.
func (h *heartbeat) moves() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved = time.Now()
}
