package kernel

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// The history file has one JSON object a line and is only ever appended to, so several kernels may share it. A kernel takes
// the next session number by appending a line without a cell, under a lock. Lines that cannot be read are skipped.

// entry is one cell.
type entry struct {
	Session int    `json:"session"`
	Line    int    `json:"line"` // 0: the session begins
	In      string `json:"in,omitempty"`
	Out     string `json:"out,omitempty"`
}

// history holds the cells of all sessions, oldest first.
type history struct {
	mu      sync.Mutex
	session int
	entries []entry
	file    *os.File // nil: in memory only
}

// openHistory reads the file and begins a session. With an error it still returns a history, which lives in memory.
func openHistory(path string) (*history, error) {
	h := &history{session: 1}
	if path == "" {
		return h, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h, fmt.Errorf("history: %w", err)
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return h, fmt.Errorf("history: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the lock goes with the descriptor
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return h, fmt.Errorf("history: %w", err)
	}
	h.file = file
	return h, h.load()
}

func (h *history) load() error {
	lines := bufio.NewScanner(h.file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		h.session = max(h.session, e.Session+1)
		if e.Line > 0 {
			h.entries = append(h.entries, e)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("history %s: %w", h.file.Name(), err)
	}
	tail := make([]byte, 1)
	if end, err := h.file.Seek(0, io.SeekEnd); err == nil && end > 0 {
		if _, err := h.file.ReadAt(tail, end-1); err == nil && tail[0] != '\n' {
			_, _ = h.file.WriteString("\n") // a kernel was killed while it wrote: do not glue our line to the torn one
		}
	}
	h.write(entry{Session: h.session})
	return nil
}

// write appends one line, in a single system call.
func (h *history) write(e entry) {
	if h.file == nil {
		return
	}
	if line, err := json.Marshal(e); err == nil {
		_, _ = h.file.Write(append(line, '\n')) // a full disk must not fail the cell
	}
}

// add records a cell of this session.
func (h *history) add(line int, in, out string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	const most = 10 << 10 // a result is kept to be recognised, not to be restored
	if len(out) > most {
		out = strings.ToValidUTF8(out[:most], "") + "…"
	}
	e := entry{h.session, line, in, out}
	h.entries = append(h.entries, e)
	h.write(e)
}

func (h *history) close() {
	if h.file != nil {
		h.file.Close()
	}
}

// query answers a history_request: (session, line, input) or (session, line, (input, output)) for each cell.
func (h *history) query(r wire.HistoryRequest) [][]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := [][]any{}
	for _, e := range h.find(r) {
		row := []any{e.Session, e.Line, e.In}
		if r.Output {
			var out any // null when the cell had no result
			if e.Out != "" {
				out = e.Out
			}
			row[2] = []any{e.In, out}
		}
		found = append(found, row)
	}
	return found
}

func (h *history) find(r wire.HistoryRequest) []entry {
	switch r.Access {
	case "range":
		return h.inRange(r.Session, r.Start, r.Stop)
	case "search":
		return last(h.matching(r.Pattern, r.Unique), r.N)
	default: // "tail"
		return last(h.entries, r.N)
	}
}

// inRange returns lines [start, stop) of a session; 0 is this one and -1 the one before. stop 0 is the end.
func (h *history) inRange(session, start, stop int) []entry {
	if session <= 0 {
		session += h.session
	}
	var found []entry
	for _, e := range h.entries {
		if e.Session == session && e.Line >= start && (stop <= 0 || e.Line < stop) {
			found = append(found, e)
		}
	}
	return found
}

// matching returns the cells that match a glob pattern with * and ?; unique keeps the latest of equal ones.
func (h *history) matching(pattern string, unique bool) []entry {
	var found []entry
	seen := map[string]bool{}
	for _, e := range slices.Backward(h.entries) {
		if !glob(pattern, e.In) || unique && seen[e.In] {
			continue
		}
		seen[e.In] = true
		found = append(found, e)
	}
	slices.Reverse(found)
	return found
}

// last returns the last n entries; all when n is 0 or less.
func last(entries []entry, n int) []entry {
	if n <= 0 || n > len(entries) {
		n = len(entries)
	}
	return entries[len(entries)-n:]
}

// glob reports whether * (any text) and ? (any one character) in pattern make it equal to text.
func glob(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark := -1, 0 // the last * seen, and where its text ends so far
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
