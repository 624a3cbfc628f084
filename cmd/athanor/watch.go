package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/athanor-ml/athanor/display/spark"
	"github.com/athanor-ml/athanor/train/track"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func runWatchCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "watch NAME", Short: "Follow a run to its end on one live line; leaving does not disturb it", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			w := newWatch(cmd, false)
			if asJSON {
				w.changed = jsonLines(cmd.OutOrStdout())
			}
			return w.follow(cmd, c.Run(args[0]))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON whenever the status has changed")
	return cmd
}

// watch shows a run while it is followed: on one live line, what keeps it from moving on lines of their own.
type watch struct {
	err     io.Writer
	tty     bool               // err is a terminal: the live line is rewritten in it; elsewhere a new one is printed now and then
	asJSON  bool               // the last status is shown as JSON, and there is no live line
	must    bool               // to leave before the end is a failure
	changed func(*runs.Status) // takes all that is shown on the standard output; nil: the last status is shown there

	tail    func(ctx context.Context, s *runs.Status, f func(track.Record)) // calls f with the records of a run until ctx ends; nil: nobody does
	tailing context.Context
	traced  string       // the run whose records go into the trend
	untail  func()       // ends that
	trend   *spark.Trend // of the first metric of its headline; nil: none

	shown   string    // the live line
	at      time.Time // when it was shown
	trouble string    // what was told last, without its numbers
}

func newWatch(cmd *cobra.Command, asJSON bool) *watch {
	return &watch{err: cmd.ErrOrStderr(), tty: term.IsTerminal(int(os.Stderr.Fd())), asJSON: asJSON}
}

// follow watches a run to its end. A run that failed is an error.
func (w *watch) follow(cmd *cobra.Command, h *runs.Handle) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	w.tail = func(ctx context.Context, s *runs.Status, f func(track.Record)) {
		go func() { _ = track.Tail(ctx, filepath.Join(s.Dir, "metrics.jsonl"), f) }() // of a worker elsewhere there is nothing to read
	}
	w.tailing = ctx
	s, err := h.Follow(ctx, 500*time.Millisecond, w.show)
	w.end(err == nil)
	switch {
	case errors.Is(err, ctx.Err()) && err != nil:
		fmt.Fprintf(w.err, "%s goes on; watch it again with: athanor run watch %s\n", h.Name, h.Name)
		if w.must {
			return exitCode(130) // as a shell says of what Ctrl-C has ended
		}
		return nil
	case err != nil:
		return err
	}
	if w.changed == nil {
		err = showStatus(cmd.OutOrStdout(), s, w.asJSON)
	}
	if err == nil && s.Error != "" && s.Status == "failed" {
		err = fmt.Errorf("run %s failed: %s", s.Name, s.Error)
	}
	return err
}

// trace follows the first metric of the headline of the run whose steps are being done: of a pipeline, one stage after the other.
func (w *watch) trace(s *runs.Status) {
	if w.tail == nil || s == nil || s.Name == w.traced || len(s.Headline) == 0 {
		return
	}
	if w.untail != nil {
		w.untail()
	}
	ctx, stop := context.WithCancel(w.tailing)
	trend := new(spark.Trend)
	w.traced, w.untail, w.trend = s.Name, stop, trend
	w.tail(ctx, s, func(r track.Record) {
		if v, ok := r.Values[s.Headline[0]]; ok {
			trend.Add(r.Step, v)
		}
	})
}

func (w *watch) show(s *runs.Status) {
	told := w.tell(s)
	if w.changed != nil {
		w.changed(s)
	}
	if w.changed != nil || w.asJSON || s.Ended() { // the end is shown on the standard output
		return
	}
	w.trace(s.Active())
	line := describe(s)
	if room := w.room(line); room >= 6 && w.trend != nil {
		line = strings.TrimRight(line+"  "+w.trend.Line(room), " ")
	}
	if line == w.shown {
		return
	}
	if w.tty {
		fmt.Fprint(w.err, "\r\x1b[K", clip(line, terminalWidth()))
	} else if told || time.Since(w.at) < 5*time.Second {
		return
	} else {
		fmt.Fprintln(w.err, line)
	}
	w.shown, w.at = line, time.Now()
}

// tell says what is wrong with a run, once: the live line may be too short for it. It reports whether there was something new.
func (w *watch) tell(s *runs.Status) bool {
	var wrong []string
	if s.Error != "" {
		wrong = append(wrong, s.Error)
	}
	if s.Stuck != "" {
		wrong = append(wrong, "stuck: "+s.Stuck)
	}
	text := strings.Join(wrong, "; ")
	if s.Ended() {
		text = "" // the last status says it
	}
	kind := strings.Map(func(r rune) rune { // how long, how often
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
	if kind == w.trouble {
		return false
	}
	w.trouble = kind
	if text == "" {
		w.at = time.Time{} // say at once that it goes on
		return false
	}
	if w.tty && w.shown != "" {
		fmt.Fprint(w.err, "\r\x1b[K")
		w.shown = ""
	}
	fmt.Fprintf(w.err, "%s, step %d of %d: %s\n", s.Name, s.Step, s.Steps, text)
	return true
}

// room is how wide the trend may be behind the text of the live line.
func (w *watch) room(text string) int {
	const enough = 24
	if !w.tty {
		return enough
	}
	return min(enough, terminalWidth()-len([]rune(text))-2)
}

// describe is one line with the state of a run; what is wrong with it is told in full elsewhere.
func describe(s *runs.Status) string {
	brief := *s
	if s.Stuck != "" {
		brief.Error, brief.Stuck, brief.Waiting, brief.Status = "", "", false, s.Status+", stuck"
	}
	line := brief.String()
	if v, ok := s.Value("tokensPerSec"); ok && s.Status == "running" && s.Stuck == "" {
		line += fmt.Sprintf(", %.0f tokens/s", v)
	}
	return line
}

// end leaves the live line, or wipes it when the run has ended: what it said is not so any more.
func (w *watch) end(ended bool) {
	switch {
	case !w.tty || w.shown == "":
	case ended:
		fmt.Fprint(w.err, "\r\x1b[K")
	default:
		fmt.Fprintln(w.err)
	}
}

// jsonLines prints each status that differs from the one before as a line.
func jsonLines(out io.Writer) func(*runs.Status) {
	last := ""
	return func(s *runs.Status) {
		text, err := json.Marshal(s)
		if err == nil && string(text) != last {
			last = string(text)
			fmt.Fprintln(out, last)
		}
	}
}

func terminalWidth() int {
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && w > 20 {
		return w - 1
	}
	return 100
}

func clip(text string, width int) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}
