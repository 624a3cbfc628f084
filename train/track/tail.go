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

// pollEvery is how often Tail looks at the file.
const pollEvery = 50 * time.Millisecond

// Tail calls f with each record of the file at path, those already there and those that come, until ctx ends; then it reads a
// last time and returns nil. The file need not exist yet. When the run resumes from an earlier step, the records that replace
// the cut ones are delivered in their turn: a step that is not larger than the one before it voids what was delivered after it.
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

// tail remembers every line it delivered by where it ended and a hash, and so notices when one was replaced.
type tail struct {
	path string
	seed maphash.Seed
	seen []mark
	buf  []byte
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
	at := t.end()
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return err
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	for l, r := range records(b) {
		t.seen = append(t.seen, mark{line{at + l.begin, at + l.end}, maphash.Bytes(t.seed, b[l.begin:l.end])})
		f(r)
	}
	return nil
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
