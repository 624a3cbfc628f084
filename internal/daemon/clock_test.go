package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClockNoticesThatItWasSet(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	var c clock
	for _, l := range []struct {
		wall, ran, set time.Duration
		what           string
		until          time.Duration // after noon; 0: as before
	}{
		{0, 5 * time.Second, 0, "", 0}, // the first look
		{time.Second, 6 * time.Second, 0, "", 0},
		{1500 * time.Millisecond, 8 * time.Second, -1500 * time.Millisecond, "", 0}, // a small step
		{-time.Hour, 9 * time.Second, -time.Hour - 2500*time.Millisecond, "set back by 1h0m3s: retries and timeouts wait until it has caught up, at 12:00:02", 2500 * time.Millisecond},
		{-time.Hour + time.Second, 10 * time.Second, 0, "", 0},
		{-2 * time.Hour, 11 * time.Second, -time.Hour - 2*time.Second, "at 12:00:02", 0}, // further back: still to the same time
		{8 * time.Hour, 12 * time.Second, 10*time.Hour - time.Second, "the clock went forward by 9h59m59s, or the machine slept", 0},
	} {
		before := c.until
		set := c.look(noon.Add(l.wall), l.ran)
		if set != l.set {
			t.Errorf("at noon %+v, %v after the start, the clock seems set by %v, want %v", l.wall, l.ran, set, l.set)
		}
		what, changed := c.notice(set)
		if !strings.Contains(what, l.what) || (what == "") != (l.what == "") {
			t.Errorf("of a clock set by %v it says %q, want %q", set, what, l.what)
		}
		if want := noon.Add(l.until); changed != (l.until != 0) || changed && !c.until.Equal(want) || !changed && c.until != before {
			t.Errorf("after a set by %v it waits until %v (changed: %t), want %v", set, c.until, changed, want)
		}
	}
}

func TestAheadFindsFilesOfTheFuture(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	file := func(name string, at time.Time) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	past, future := file("past", now.Add(-time.Hour)), file("future", now.Add(time.Hour))
	if got := ahead(now, past, filepath.Join(dir, "none")); !got.IsZero() {
		t.Errorf("of a file of the past: %v", got)
	}
	if got := ahead(now, past, future); got.Sub(now).Round(time.Second) != time.Hour {
		t.Errorf("of a file an hour ahead: %v, now %v", got, now)
	}
}
