package track

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	pollEvery = 50 * time.Millisecond // how often Tail looks at the file
	chunk     = 1 << 20               // how much it reads at once: many lines
	maxMarks  = 2048                  // how many lines it remembers
)

// Tail calls f with each record of the file at path, those already there and those that come, until ctx ends; then it reads a
// last time and returns nil. The file need not exist yet; what was read is not read again. When the run resumes from an earlier step,
// the records that replace the cut ones are delivered in their turn, after some that stayed: a step that is not larger than the one
// before it voids what was delivered from it on.
func Tail(ctx context.Context, path string, f func(Record)) error {
	t := tail{path: path, seed: maphash.MakeSeed()}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := t.poll(f); err != nil {
			return fmt.Errorf("follow metrics: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return t.poll(f)
		}
	}
}

// tail remembers lines that it delivered by where they lie and a hash, and so notices when one was replaced: the latest ones all, of
// the others fewer the older they are. When a line that it has forgotten is the last that stands, it delivers from an earlier one on.
type tail struct {
	path string
	seed maphash.Seed
	seen []mark
	buf  []byte // of rewind
	text []byte // of poll
}

type mark struct {
	line
	hash uint64
}

func (t *tail) poll(f func(Record)) error {
	file, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		t.seen = nil
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := t.rewind(file); err != nil {
		return err
	}
	for more := true; more; {
		if more, err = t.read(file, f); err != nil {
			return err
		}
	}
	return nil
}

// read delivers the lines of the next chunk, and reports whether there were any.
func (t *tail) read(file *os.File, f func(Record)) (bool, error) {
	if t.text == nil {
		t.text = make([]byte, chunk)
	}
	at := t.end()
	n, err := file.ReadAt(t.text, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	any := false
	for l, r := range records(t.text[:n]) {
		t.remember(mark{line{at + l.begin, at + l.end}, maphash.Bytes(t.seed, t.text[l.begin:l.end])})
		f(r)
		any = true
	}
	return any, nil
}

// remember notes a line, and forgets every second one of the older half when there are too many.
func (t *tail) remember(m mark) {
	if len(t.seen) == maxMarks {
		kept := t.seen[:0]
		for i, old := range t.seen {
			if i%2 == 0 || i >= maxMarks/2 {
				kept = append(kept, old)
			}
		}
		t.seen = kept
	}
	t.seen = append(t.seen, m)
}

// rewind forgets the lines that are in the file no longer: all after the last that is. Lines are only ever replaced
// from some point on, so the ones before a line that still stands do too.
func (t *tail) rewind(file *os.File) error {
	for len(t.seen) > 0 {
		last := t.seen[len(t.seen)-1]
		n := int(last.end - last.begin)
		if cap(t.buf) < n {
			t.buf = make([]byte, n)
		}
		_, err := file.ReadAt(t.buf[:n], last.begin)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil && maphash.Bytes(t.seed, t.buf[:n]) == last.hash {
			return nil
		}
		t.seen = t.seen[:len(t.seen)-1]
	}
	return nil
}

func (t *tail) end() int64 {
	if len(t.seen) == 0 {
		return 0
	}
	return t.seen[len(t.seen)-1].end
}
