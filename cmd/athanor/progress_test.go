package main

import (
	"strings"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/internal/nbrun"
)

// A running cell that only redraws a picture still says what is happening; its printed text and the live line do not mix.
func TestProgress(t *testing.T) {
	for _, tty := range []bool{false, true} {
		var out strings.Builder
		p := &progress{w: &out, tty: tty}
		p.take(nbrun.Event{State: nbrun.Running, Index: 2, Total: 3, Title: "train()"})
		p.take(nbrun.Event{State: nbrun.Shown, Index: 2, Text: "step 20  loss 3.1\nmore"})
		p.redraw()
		if strings.Contains(out.String(), "step 20") {
			t.Errorf("tty %t: a cell that has just started has a live line: %q", tty, out.String())
		}
		p.since, p.spoke = time.Now().Add(-12*time.Second), time.Now().Add(-12*time.Second)
		p.redraw()
		if !strings.Contains(out.String(), "… cell 2, 12s: step 20  loss 3.1") {
			t.Errorf("tty %t: no live line in %q", tty, out.String())
		}
		before := out.Len()
		p.redraw()
		if again := out.Len() > before; again != tty {
			t.Errorf("tty %t: drawn again at once: %t", tty, again)
		}
		p.take(nbrun.Event{State: nbrun.Output, Index: 2, Text: "half a line"})
		p.redraw()
		p.take(nbrun.Event{State: nbrun.Done, Index: 2, Elapsed: 12 * time.Second})
		end := "    | half a line\n    > step 20  loss 3.1\n    done in 12.0s\n"
		if tty {
			end = "\r\x1b[K" + end
		}
		if !strings.HasSuffix(out.String(), end) {
			t.Errorf("tty %t: %q, want it to end with %q", tty, out.String(), end)
		}
	}
}
