package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/athanor-ml/athanor/internal/nbrun"
)

// progress shows a notebook's execution in a terminal: a line for each cell, what the cell prints, and one live line with the
// running cell, its time and the plain form of what it shows last. Where there is no terminal to rewrite a line in, the live
// line is printed anew when it has changed, at most every quietFor.
type progress struct {
	w    io.Writer
	tty  bool
	done chan struct{}

	mu    sync.Mutex
	cell  nbrun.Event // the running cell; its Index is 0 when none runs
	since time.Time   // when it started
	shown string      // the plain form of what it shows
	open  bool        // the last printed line has not ended
	live  bool        // the live line is on the screen
	spoke time.Time   // when something was printed last
}

// quietFor is how long a log goes without a line while a cell runs.
const quietFor = 5 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, done: make(chan struct{}), spoke: time.Now()}
	if f, ok := w.(*os.File); ok {
		p.tty = term.IsTerminal(int(f.Fd()))
	}
	go p.tick()
	return p
}

// tick keeps the live line going.
func (p *progress) tick() {
	t := time.NewTicker(250 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-t.C:
			p.mu.Lock()
			p.redraw()
			p.mu.Unlock()
		}
	}
}

func (p *progress) end() {
	close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

// take handles one event.
func (p *progress) take(e nbrun.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.State {
	case nbrun.Shown:
		p.shown, _, _ = strings.Cut(e.Text, "\n")
		return
	case nbrun.Output:
		p.wipe()
		p.print(e.Text)
		return
	case nbrun.Starting:
		p.say("starting the kernel")
	case nbrun.Running:
		p.cell, p.since, p.shown = e, time.Now(), ""
		p.say("cell %d of %d: %s", e.Index, e.Total, e.Title)
	case nbrun.Done, nbrun.Failed:
		p.conclude(e)
	}
}

// conclude says how long a cell took, if that was long, and what it showed in the end.
func (p *progress) conclude(e nbrun.Event) {
	p.cell.Index = 0
	if e.State == nbrun.Failed {
		p.say("    failed after %.1fs", e.Elapsed.Seconds())
		return
	}
	if p.shown != "" {
		p.say("    > %s", clip(p.shown, terminalWidth()-6))
	}
	if e.Elapsed > time.Second {
		p.say("    done in %.1fs", e.Elapsed.Seconds())
	}
}

// say prints a line of ours, after ending one that a cell has left open.
func (p *progress) say(format string, args ...any) {
	p.wipe()
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
	fmt.Fprintf(p.w, format+"\n", args...)
	p.spoke = time.Now()
}

// print prints a cell's text with a bar before each line.
func (p *progress) print(text string) {
	for line := range strings.Lines(text) {
		if !p.open {
			fmt.Fprint(p.w, "    | ")
		}
		fmt.Fprint(p.w, line)
		p.open = !strings.HasSuffix(line, "\n")
	}
	p.spoke = time.Now()
}

// wipe takes the live line off the screen.
func (p *progress) wipe() {
	if p.live {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.live = false
	}
}

// redraw shows the live line: in a terminal over the last one, elsewhere when nothing was said for a while.
func (p *progress) redraw() {
	took := time.Since(p.since)
	if p.cell.Index == 0 || p.open || took < time.Second {
		return
	}
	line := fmt.Sprintf("    … cell %d, %.0fs", p.cell.Index, took.Seconds())
	if p.shown != "" {
		line += ": " + p.shown
	}
	if p.tty {
		fmt.Fprint(p.w, "\r\x1b[K", clip(line, terminalWidth()))
		p.live = true
		return
	}
	if time.Since(p.spoke) >= quietFor {
		p.say("%s", line)
	}
}
