package daemon

// The server keeps its timers (retries, timeouts) by the wall clock and lets none of them go off before the latest time that it has
// seen. So after the clock was set back they wait until it has caught up; what is under way goes on. The daemon notices and says so.

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	noticeable = 2 * time.Second // a clock that was set by less is not worth a word
	asleep     = time.Minute     // nor one that went forward by less
)

// clock compares the wall clock with one that only runs.
type clock struct {
	wall  time.Time
	ran   time.Duration
	until time.Time // the latest time from which the wall clock was set back
}

// look returns by how much the wall clock was set since the last look, given what both clocks say now.
func (c *clock) look(wall time.Time, ran time.Duration) (set time.Duration) {
	wall = wall.Round(0) // without Go's own monotonic reading
	if !c.wall.IsZero() {
		set = wall.Sub(c.wall) - (ran - c.ran)
	}
	c.wall, c.ran = wall, ran
	return set
}

// notice says what a set of the clock means; nothing when it was not set, or by little. It reports whether c.until has changed.
func (c *clock) notice(set time.Duration) (what string, changed bool) {
	switch {
	case set > asleep:
		return fmt.Sprintf("the clock went forward by %v, or the machine slept: attempts that seem silent are made again", set.Round(time.Second)), false
	case set > -noticeable:
		return "", false
	}
	if was := c.wall.Add(-set); was.After(c.until) {
		c.until, changed = was, true
	}
	return fmt.Sprintf("the clock was set back by %v: retries and timeouts wait until it has caught up, at %s",
		-set.Round(time.Second), c.until.Format("15:04:05")), changed
}

// watchClock looks at the clock each second until ctx ends, logs when it was set, and calls back when the time has changed that it must
// reach again.
func watchClock(ctx context.Context, log func(string), back func(until time.Time)) {
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var c clock
	for {
		now := time.Now()
		what, changed := c.notice(c.look(now, now.Sub(began)))
		if what != "" {
			log(what)
		}
		if changed {
			back(c.until)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ahead is the latest time at which one of the files was written, if that lies in the future: the clock was set back while no daemon ran.
func ahead(now time.Time, files ...string) (latest time.Time) {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.ModTime().Sub(now) > noticeable && info.ModTime().After(latest) {
			latest = info.ModTime()
		}
	}
	return latest
}
