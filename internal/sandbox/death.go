package sandbox

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/athanor-ml/athanor/kernel"
)

// A dying Go program prints its reason on fd 2. crash holds such text back, so that it becomes the error of the cell instead of
// a screenful of goroutines; if the child lives on, it was only text and is shown.

// crash filters standard error.
type crash struct {
	forward func(text string)
	mu      sync.Mutex
	held    strings.Builder
	timer   *time.Timer
	midline bool // the text so far does not end with a newline
}

const (
	holdFor  = 500 * time.Millisecond // a panic's dump is followed by the end much sooner
	holdLong = 20 * time.Second       // the dump of a large stack takes seconds
	holdMost = 256 << 10
)

var crashWords = []string{
	"panic: ", "fatal error: ", "runtime: goroutine stack exceeds", "unexpected fault address", "SIGSEGV: ", "SIGABRT: ", "SIGQUIT: ",
	"WARNING: DATA RACE",
}

func (c *crash) write(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.Len() > 0 {
		if c.held.Len() < holdMost {
			c.held.WriteString(text)
		}
		return
	}
	at := c.find(text)
	if before := text[:at]; before != "" {
		c.midline = !strings.HasSuffix(before, "\n")
		c.forward(before)
	}
	if at < len(text) {
		c.held.WriteString(text[at:])
		hold := holdFor
		if strings.HasPrefix(text[at:], "runtime: ") || strings.HasPrefix(text[at:], "fatal error: ") {
			hold = holdLong
		}
		c.timer = time.AfterFunc(hold, c.release)
	}
}

// find returns where a crash begins in text, at the beginning of a line; its length when nowhere.
func (c *crash) find(text string) int {
	first := len(text)
	for _, word := range crashWords {
		if !c.midline && strings.HasPrefix(text, word) {
			return 0
		}
		if i := strings.Index(text[:first], "\n"+word); i >= 0 {
			first = i + 1
		}
	}
	return first
}

// release shows what was held back: the child is alive.
func (c *crash) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.Len() == 0 {
		return
	}
	c.timer.Stop()
	c.forward(c.held.String())
	c.midline = !strings.HasSuffix(c.held.String(), "\n")
	c.held.Reset()
}

// dump takes what was held back: the child is dead.
func (c *crash) dump() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	text := c.held.String()
	c.held.Reset()
	return text
}

const lost = "All variables are lost. A fresh sandbox is starting: run the cells that define what you need again."

// obituary is the error of the cell whose sandbox has died.
func (p *process) obituary() *kernel.Error {
	const most = 40 // lines of the dump: the panic and its goroutine
	dump := p.crash.dump()
	reason := p.reason(dump)
	lines := []string{"SandboxDied: " + reason}
	if dump != "" {
		shown := strings.Split(strings.TrimRight(dump, "\n"), "\n")
		if len(shown) > most {
			shown = append(shown[:most:most], fmt.Sprintf("… %d more lines", len(shown)-most))
		}
		lines = append(lines, shown...)
	}
	return &kernel.Error{Name: "SandboxDied", Value: reason + ". " + lost, Traceback: append(lines, lost)}
}

// reason says in one line why the child ended.
func (p *process) reason(dump string) string {
	if why := p.why.Load(); why != nil {
		return *why
	}
	for line := range strings.Lines(dump) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return "the sandbox process crashed: " + strings.TrimSpace(line)
		}
	}
	switch {
	case strings.HasPrefix(p.state, "exit status"):
		return fmt.Sprintf("the sandbox process ended with %s, as after os.Exit or log.Fatal", p.state)
	case p.state == "signal: killed":
		return "the sandbox process was killed from outside (kill -9, or the system ran out of memory)"
	default:
		return "the sandbox process ended: " + p.state
	}
}
