package ckpt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/athanor-ml/athanor/store"
)

var (
	// ErrFenced is wrapped by the errors of an attempt whose place a newer one has taken.
	ErrFenced = errors.New("a newer attempt has taken over")
	// ErrLost is wrapped by the errors of an attempt whose lease, and with it probably its directory, is gone.
	ErrLost = errors.New("the lease is gone: the directory was removed or moved while the run went on")
	// ErrLease is wrapped by the errors of a lease that is damaged or would be: trying again does not help.
	ErrLease = errors.New("the lease cannot be used")
)

// MaxToken is the largest fencing token. It leaves room for arithmetic on tokens.
const MaxToken = 1 << 62

// Lease is the right to publish checkpoints under a key. It ends when another attempt acquires it. It is used by one
// goroutine at a time.
type Lease struct {
	Store store.Store
	Dir   string // the key of the checkpoints
	Token int64

	guard  store.Guard       // the lease as it stands
	newest int               // the step that was saved last; -1: none
	whole  map[int]string    // checkpoints found whole, and what their files looked like
	told   map[string]Passed // what Prune has reported, by path
}

// holder is the lease as it stands in the store.
type holder struct {
	Token int64     `json:"token"`
	Owner string    `json:"owner"`
	Since time.Time `json:"since"`
}

// Acquire takes the checkpoints under the key dir for the attempt with this token. A token of 0 is the last one plus one.
// A token smaller than the last is refused with ErrFenced; the last one itself is not: it is the same attempt. Owner is
// told to those who are refused.
func Acquire(ctx context.Context, s store.Store, dir string, token int64, owner string) (*Lease, error) {
	l := &Lease{Store: s, Dir: dir, newest: -1, whole: map[int]string{}, told: map[string]Passed{}}
	for {
		err := l.acquire(ctx, token, owner)
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, store.ErrChanged) { // else another was faster: look again
			return nil, fmt.Errorf("lease of %s: %w", dir, err)
		}
	}
}

func (l *Lease) acquire(ctx context.Context, token int64, owner string) error {
	key := l.Dir + "/" + leaseFile
	is, err := store.ReadIf(ctx, l.Store, key)
	if err != nil {
		return err
	}
	var h holder
	if is != nil {
		if h, err = parseLease(is); err != nil {
			return err
		}
	}
	if token == 0 {
		token = h.Token + 1
	}
	switch {
	case token < 0 || token > MaxToken:
		return fmt.Errorf("%w: the fencing token %d is not from 1 to %d", ErrLease, token, int64(MaxToken))
	case token < h.Token:
		return h.fences(token)
	case token == h.Token:
		l.Token, l.guard = token, store.Guard{Key: key, Value: is}
		return nil
	}
	next, err := json.Marshal(holder{token, owner, time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := l.Store.Swap(ctx, key, is, next); err != nil {
		return err
	}
	l.Token, l.guard = token, store.Guard{Key: key, Value: next}
	return nil
}

// parseLease reads a lease. It refuses what no attempt can have written.
func parseLease(text []byte) (holder, error) {
	var h holder
	d := json.NewDecoder(bytes.NewReader(text))
	err := d.Decode(&h)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err == nil && (h.Token < 1 || h.Token > MaxToken) {
		err = fmt.Errorf("the fencing token %d is not from 1 to %d", h.Token, int64(MaxToken))
	}
	if err != nil {
		return holder{}, fmt.Errorf("%w: %s is damaged (%w): delete it if no other process works on this run", ErrLease, leaseFile, err)
	}
	return h, nil
}

// fences is the error of an attempt that came too late.
func (h holder) fences(token int64) error {
	return fmt.Errorf("%w: token %d is %s's since %s, ours is %d", ErrFenced, h.Token, h.Owner, h.Since.Format(time.RFC3339), token)
}

// Check returns an error that wraps ErrFenced when another attempt has the lease, and ErrLost when it is gone.
func (l *Lease) Check(ctx context.Context) error {
	is, err := store.ReadIf(ctx, l.Store, l.guard.Key)
	var h holder
	switch {
	case err != nil:
	case is == nil:
		err = ErrLost
	default:
		if h, err = parseLease(is); err == nil && h.Token != l.Token {
			err = h.fences(l.Token)
		}
	}
	if err != nil {
		return fmt.Errorf("lease of %s: %w", l.Dir, err)
	}
	return nil
}

// Guard is the condition that this attempt still has the lease, for whatever else it publishes in the same store.
func (l *Lease) Guard() store.Guard { return l.guard }

// Explain says, of an error of something that was published under the Guard, what became of the lease.
func (l *Lease) Explain(ctx context.Context, err error) error {
	if errors.Is(err, store.ErrChanged) {
		if why := l.Check(ctx); why != nil {
			return why
		}
	}
	return err
}
