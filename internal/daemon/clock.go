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
	wall time.Time
	ran  time.Duration
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

// watchClock calls back when the clock has been set back, with the time that it must reach again, and logs when it was set, until ctx ends.
func watchClock(ctx context.Context, log func(string), back func(until time.Time)) {
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var c clock
	var until time.Time
	for {
		now := time.Now()
		set := c.look(now, now.Sub(began))
		if set < -noticeable || set > asleep {
			log(clockWasSet(now, set))
		}
		if latest := now.Add(-set).Round(0); set < -noticeable && latest.After(until) {
			until = latest
			back(until)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func clockWasSet(now time.Time, set time.Duration) string {
	if set > 0 {
		return fmt.Sprintf("the clock went forward by %v, or the machine slept: attempts that seem silent are made again", set.Round(time.Second))
	}
	return fmt.Sprintf("the clock was set back by %v: retries and timeouts wait until it has caught up, at %s",
		-set.Round(time.Second), now.Add(-set).Format("15:04:05"))
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
