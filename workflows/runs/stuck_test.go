package runs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Times of the server that lie far ahead are from before the clock was set back.
func TestTimesOfAClockThatWasSet(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		from       time.Duration
		old, waits bool // an event then is old; an attempt then is waited for
	}{
		{-time.Hour, true, false},
		{-time.Second, false, false},
		{time.Second, false, true},
		{10 * time.Second, true, true},
		{time.Hour, true, false},
	} {
		at := timestamppb.New(now.Add(c.from))
		if got := older(at, now); got != c.old {
			t.Errorf("an event at %v from now is old: %t, want %t", c.from, got, c.old)
		}
		if got := backingOff(&workflowpb.PendingActivityInfo{NextAttemptScheduleTime: at}, now); got != c.waits {
			t.Errorf("an attempt at %v from now is waited for: %t, want %t", c.from, got, c.waits)
		}
	}
}

// A reason that is there for one look only, such as a heartbeat that seems to be missing just after the clock was set, is not told.
func TestOnlyALastingReasonIsTold(t *testing.T) {
	var l lasting
	at := time.Now()
	for _, c := range []struct {
		after     time.Duration
		why, want string
	}{
		{0, "silent", ""},
		{500 * time.Millisecond, "", ""},
		{500 * time.Millisecond, "silent", ""},
		{lasts - time.Millisecond, "silent", ""},
		{time.Millisecond, "still silent", "still silent"},
		{time.Second, "no worker", "no worker"},
		{time.Second, "", ""},
		{time.Second, "silent", ""},
	} {
		at = at.Add(c.after)
		if got := l.reason(c.why, at); got != c.want {
			t.Errorf("%q after %v more: told %q, want %q", c.why, c.after, got, c.want)
		}
	}
}

func TestARunThatWaitsForTheClockSaysSo(t *testing.T) {
	home := t.TempDir()
	now := time.Now()
	c := &Client{o: Options{Home: home}}
	for ahead, want := range map[time.Duration]bool{time.Hour: true, -time.Hour: false} {
		text, err := json.Marshal(Server{Behind: now.Add(ahead)})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ServerFile(home), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := c.behind(now); strings.Contains(got, "set back") != want {
			t.Errorf("the clock was %v ahead before: %q", ahead, got)
		}
	}
	if got := (&Client{o: Options{Home: home, Address: "elsewhere:1"}}).behind(now); got != "" {
		t.Errorf("of another's server: %q", got)
	}
}

// What a worker has logged of another run, or of anything else, is no refusal of this one; the newest line counts.
func TestRefusal(t *testing.T) {
	home := t.TempDir()
	if got := refusal(home, "r1"); got != "" {
		t.Errorf("without a log: %q", got)
	}
	log := `time=2026-11-25T23:52:53Z level=ERROR msg="Workflow panic" Namespace=default WorkflowID=a RunID=r1 Attempt=2 Error="the first" StackTrace="x"
time=2026-11-25T23:52:55Z level=ERROR msg="Workflow panic" Namespace=default WorkflowID=a RunID=r1 Attempt=3 Error="[TMPRL1100] a \"Timer\" was expected\nand more" StackTrace="y"
time=2026-11-25T23:52:56Z level=WARN msg="Failed to process workflow task." Namespace=default WorkflowID=a RunID=r1 Attempt=3 Error="the last"
time=2026-11-25T23:52:57Z level=ERROR msg="Workflow panic" Namespace=default WorkflowID=b RunID=r12 Attempt=3 Error="another's" StackTrace="y"
level=ERROR msg="Workflow panic" RunID=r3 Error="cut of`
	if err := os.WriteFile(filepath.Join(home, "worker.log"), []byte(log), 0o644); err != nil {
		t.Fatal(err)
	}
	for run, want := range map[string]string{"r1": `[TMPRL1100] a "Timer" was expected`, "r12": "another's", "r2": "", "r3": ""} {
		if got := refusal(home, run); got != want {
			t.Errorf("run %s: %q, want %q", run, got, want)
		}
	}
}
