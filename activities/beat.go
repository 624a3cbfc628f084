package activities

// Heartbeats tell the server two things: the worker lives, and the training moves. The first must be said about once a second,
// so that a killed worker is found in seconds; a step, an evaluation or a checkpoint may take longer than that. So a
// heart repeats the last progress each second, but only while the last step is younger than a limit. Without that it would
// beat on over a device that hangs.

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

const (
	beatEvery = time.Second
	stall     = 10 * time.Minute // longer than any step, evaluation or checkpoint we expect
	patience  = time.Hour        // longer than the preparation of any corpus we expect
)

// heart sends heartbeats until its context ends.
type heart struct {
	mu    sync.Mutex
	last  any
	moved time.Time
	limit time.Duration
}

// startHeart starts a heart that beats with first until progress comes, and falls silent when none comes for limit. Call the
// returned function to end it.
func startHeart(ctx context.Context, limit time.Duration, first any) (*heart, func()) {
	activity.RecordHeartbeat(ctx, first)
	h := &heart{last: first, moved: time.Now(), limit: limit}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.run(ctx)
	}()
	return h, func() { stop(); <-done }
}

func (h *heart) run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if last, ok := h.alive(time.Now()); ok {
				activity.RecordHeartbeat(ctx, last)
			}
		}
	}
}

// alive returns what to say at a moment, and false when nothing has moved for too long.
func (h *heart) alive(now time.Time) (any, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, now.Sub(h.moved) < h.limit
}

// step notes progress; the next beat tells it. It is cheap: the training loop calls it after each step.
func (h *heart) step(p any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.moved = p, time.Now()
}
