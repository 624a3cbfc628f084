package ckpt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ErrFenced is wrapped by the errors of an attempt whose place a newer one has taken.
var ErrFenced = errors.New("a newer attempt has taken over")

const (
	leaseFile   = "lease.json"
	lockFile    = ".lock"
	tmpPrefix   = ".tmp-"   // half written
	asidePrefix = ".aside-" // whole, while another of its name takes its place
	lockWait    = 30 * time.Second
)

// Lease is the right to publish checkpoints in a directory. It ends when another attempt acquires the directory.
type Lease struct {
	Dir   string
	Token int64
}

// holder is the lease as it stands in the file.
type holder struct {
	Token int64     `json:"token"`
	Owner string    `json:"owner"`
	Since time.Time `json:"since"`
}

// Acquire takes the directory, which it makes when absent, for the attempt with this token, and clears away what a
// killed one was writing. A token of 0 is the last one plus one. A token smaller than the last is refused with
// ErrFenced; the last one itself is not: it is the same attempt. Owner is told to those who are refused.
func Acquire(dir string, token int64, owner string) (*Lease, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	l := &Lease{Dir: dir, Token: token}
	err := l.locked(func() error {
		h, err := l.holder()
		switch {
		case err != nil:
			return err
		case token == 0:
			l.Token = h.Token + 1
		case token < h.Token:
			return fmt.Errorf("%w: token %d is %s's since %s, ours is %d", ErrFenced, h.Token, h.Owner, h.Since.Format(time.RFC3339), token)
		}
		l.sweep()
		return l.write(holder{l.Token, owner, time.Now().UTC()})
	})
	if err != nil {
		return nil, fmt.Errorf("lease of %s: %w", dir, err)
	}
	return l, nil
}

// Check returns an error that wraps ErrFenced when the lease has been taken by another attempt.
func (l *Lease) Check() error {
	h, err := l.holder()
	if err == nil && h == (holder{}) {
		return fmt.Errorf("lease of %s: it is gone: the directory was removed or moved while the run went on", l.Dir)
	}
	if err == nil && h.Token != l.Token {
		err = fmt.Errorf("%w: token %d is %s's since %s, ours is %d", ErrFenced, h.Token, h.Owner, h.Since.Format(time.RFC3339), l.Token)
	}
	if err != nil {
		return fmt.Errorf("lease of %s: %w", l.Dir, err)
	}
	return nil
}

// publish runs f, which must be short, while nobody can take the lease.
func (l *Lease) publish(f func() error) error {
	return l.locked(func() error {
		if err := l.Check(); err != nil {
			return err
		}
		return f()
	})
}

// locked runs f under the directory's lock. The system drops the lock of a process that dies.
func (l *Lease) locked(f func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	lock := flock.New(filepath.Join(l.Dir, lockFile))
	if _, err := lock.TryLockContext(ctx, 2*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("another process has held %s for %v: end it", filepath.Join(l.Dir, lockFile), lockWait)
		}
		return err
	}
	defer lock.Close() // unlocks; an error to do so changes nothing for us
	return f()
}

// holder reads the lease; the zero holder when there is none.
func (l *Lease) holder() (holder, error) {
	var h holder
	b, err := os.ReadFile(filepath.Join(l.Dir, leaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return h, fmt.Errorf("%s is damaged (%w): delete it if no other process works on this run", leaseFile, err)
	}
	return h, nil
}

// write puts h in the file, whole even if the machine fails.
func (l *Lease) write(h holder) error {
	tmp := filepath.Join(l.Dir, tmpPrefix+leaseFile)
	_, err := writeFile(tmp, func(w io.Writer) error { return json.NewEncoder(w).Encode(h) })
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(l.Dir, leaseFile)); err != nil {
		return err
	}
	return syncDir(l.Dir)
}

// sweep removes what killed attempts left half written, and puts back what one had put aside and not yet replaced.
func (l *Lease) sweep() {
	entries, _ := os.ReadDir(l.Dir)
	for _, e := range entries {
		path := filepath.Join(l.Dir, e.Name())
		if name, ok := strings.CutPrefix(e.Name(), asidePrefix); ok && os.Rename(path, filepath.Join(l.Dir, name)) == nil {
			continue // nothing stood there: a directory that is not empty is not replaced
		}
		if strings.HasPrefix(e.Name(), tmpPrefix) || strings.HasPrefix(e.Name(), asidePrefix) {
			_ = os.RemoveAll(path) // it only takes room; the next attempt tries again
		}
	}
}
