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
		wall, ran, want time.Duration
	}{
		{0, 5 * time.Second, 0}, // the first look
		{time.Second, 6 * time.Second, 0},
		{-time.Hour, 7 * time.Second, -time.Hour - 2*time.Second},
		{-time.Hour + time.Second, 8 * time.Second, 0},
		{8 * time.Hour, 9 * time.Second, 9*time.Hour - 2*time.Second},
	} {
		if set := c.look(noon.Add(l.wall), l.ran); set != l.want {
			t.Errorf("at noon %+v, %v after the start, the clock seems set by %v, want %v", l.wall, l.ran, set, l.want)
		}
	}
	if text := clockWasSet(noon, -time.Hour); !strings.Contains(text, "set back by 1h0m0s") || !strings.Contains(text, "at 13:00:00") {
		t.Errorf("set back by an hour: %q", text)
	}
}

func TestAheadFindsFilesOfTheFuture(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	file := func(name string, at time.Time) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
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
