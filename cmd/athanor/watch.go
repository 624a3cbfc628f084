package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/athanor-ml/athanor/train/track"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func runWatchCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "watch NAME", Short: "Follow a run to its end on one live line; leaving does not disturb it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			return e.watch(cmd, c.Run(args[0]), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each status as a line of JSON")
	return cmd
}

// watch follows a run to its end. A run that failed is an error.
func (e *env) watch(cmd *cobra.Command, h *runs.Handle, asJSON bool) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	var losses track.Trend
	go func() { _ = track.Tail(ctx, h.Metrics(), losses.AddRecord) }() // of a worker elsewhere there is nothing to read
	line := &liveLine{tty: term.IsTerminal(int(os.Stderr.Fd()))}
	s, err := h.Follow(ctx, 500*time.Millisecond, func(s *runs.Status) {
		if !asJSON {
			line.show(describe(s, losses.Sparkline(24)))
		}
	})
	line.end()
	switch {
	case errors.Is(err, ctx.Err()) && err != nil:
		fmt.Fprintf(cmd.ErrOrStderr(), "%s goes on; watch it again with: athanor run watch %s\n", h.Name, h.Name)
		return nil
	case err != nil:
		return err
	}
	if err := showStatus(cmd.OutOrStdout(), s, asJSON); err != nil {
		return err
	}
	if s.Error != "" && s.Status == "failed" {
		return fmt.Errorf("run %s failed: %s", s.Name, s.Error)
	}
	return nil
}

// describe is one line with the state of a run and its losses.
func describe(s *runs.Status, losses string) string {
	line := s.String()
	if s.TokensPerSec > 0 && s.Status == "running" {
		line += fmt.Sprintf(", %.0f tokens/s", s.TokensPerSec)
	}
	if losses != "" {
		line += "  " + losses
	}
	return line
}

// liveLine rewrites one line of a terminal; where there is none, it prints a new line now and then.
type liveLine struct {
	tty   bool
	shown string
	at    time.Time
}

func (l *liveLine) show(text string) {
	if text == l.shown {
		return
	}
	if l.tty {
		fmt.Fprint(os.Stderr, "\r\x1b[K", clip(text, terminalWidth()))
	} else if time.Since(l.at) < 5*time.Second {
		return
	} else {
		fmt.Fprintln(os.Stderr, text)
	}
	l.shown, l.at = text, time.Now()
}

func (l *liveLine) end() {
	if l.tty && l.shown != "" {
		fmt.Fprintln(os.Stderr)
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
