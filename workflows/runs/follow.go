package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/workflows"
)

// A server that does not answer for so long while a run is followed is taken for gone.
const gone = time.Minute

// Wait returns when the run has ended, with its last status. A server that goes away is waited for, up to a minute.
func (h *Handle) Wait(ctx context.Context) (*Status, error) {
	return h.Follow(ctx, time.Second, func(*Status) {})
}

// Follow calls f with the status of the run, at least this often, until the run has ended, and returns the last status. When
// ctx ends it returns the last status known and the error of ctx.
//
// It asks beside waiting for the server's own notice of the end, which sometimes comes late.
func (h *Handle) Follow(ctx context.Context, every time.Duration, f func(*Status)) (*Status, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.client.sdk().GetWorkflow(ctx, h.Name, "").Get(ctx, nil) // how it ended is in the status
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last *Status
	var stuck lasting
	for seen := time.Now(); ; {
		s, err := h.Status(ctx)
		switch {
		case ctx.Err() != nil:
			return last, ctx.Err()
		case err == nil:
			last, seen = s, time.Now()
			s.Stuck = stuck.reason(s.Stuck, seen)
			f(s)
			if s.Ended() {
				return s, nil
			}
		case !errors.Is(err, ErrNoServer) || time.Since(seen) > gone:
			return last, err
		default:
			if last != nil {
				away := *last
				away.Stuck = fmt.Sprintf("%v for %v: %s", ErrNoServer, time.Since(seen).Round(time.Second), h.client.remedy())
				f(&away)
			}
			_ = h.client.redial(ctx) // the next round sees whether it helped
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-ended:
			ended = nil // look at once; from now on the ticker counts
		case <-tick.C:
		}
	}
}

// Settle waits until "pause", "resume" or "stop" has taken effect, at most half a minute, less when the run is stuck, and returns how the
// run then stands.
func (h *Handle) Settle(ctx context.Context, verb string) (*Status, error) {
	patient, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for moved := time.Now(); ; {
		s, err := h.Status(ctx)
		if err != nil {
			return nil, err
		}
		if settled(s, verb) {
			return s, nil
		}
		if s.Stuck == "" {
			moved = time.Now()
		} else if time.Since(moved) > patience {
			cancel()
		}
		select {
		case <-patient.Done():
			if ctx.Err() != nil {
				return s, ctx.Err()
			}
			return s, h.unsettled(s, verb)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// unsettled says why a run has not done what it was told, and what to do.
func (h *Handle) unsettled(s *Status, verb string) error {
	why := cmp.Or(s.Stuck, s.Error, "is a worker up? (\"athanor up\")")
	if force := "athanor run stop " + h.Name + " --force"; verb == workflows.SignalStop && !strings.Contains(why, force) {
		why += fmt.Sprintf("; \"%s\" ends it without its worker", force)
	}
	return fmt.Errorf("%s %s: sent, but the run is still %s at step %d: %s", verb, h.Name, s.Status, s.Step, why)
}

func settled(s *Status, verb string) bool {
	switch verb {
	case workflows.SignalPause:
		return s.Status != workflows.Running
	case workflows.SignalResume:
		return s.Status != workflows.Paused
	}
	return s.Ended()
}
