package ckpt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/store/local"
)

func TestAZombieCannotPublish(t *testing.T) {
	s, ctx := local.New(t.TempDir()), t.Context()
	old := acquire(t, s, 3)
	saveSample(t, old, 0, 0)
	saveSample(t, old, 1, 1)
	if same := acquire(t, s, 3); same.Check(ctx) != nil || old.Check(ctx) != nil {
		t.Error("the same attempt cannot acquire again")
	}
	newer := acquire(t, s, 4)
	parts, meta := sample(2, 2)
	if _, err := Save(ctx, old, parts, meta); !errors.Is(err, ErrFenced) {
		t.Errorf("Save of the old attempt: %v, want ErrFenced", err)
	}
	if err := old.Check(ctx); !errors.Is(err, ErrFenced) {
		t.Errorf("Check: %v, want ErrFenced", err)
	}
	if _, err := Acquire(ctx, s, dir, 3, "late"); !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), "token 4 is test's") {
		t.Errorf("Acquire(3): %v, want ErrFenced", err)
	}
	saveSample(t, newer, 2, 2)
	if _, err := Prune(ctx, old, 1); !errors.Is(err, ErrFenced) {
		t.Errorf("Prune of the old attempt: %v, want ErrFenced", err)
	}
	if l := acquire(t, s, 0); l.Token != 5 {
		t.Errorf("token 0 became %d, want 5", l.Token)
	}
	if got := steps(t, s); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("checkpoints %v, want 0, 1 and 2", got)
	}
}

// The newer attempt comes while the old one has written its files but not yet published them.
func TestFencedBetweenWritingAndPublishing(t *testing.T) {
	s := local.New(t.TempDir())
	old := acquire(t, s, 1)
	parts, meta := sample(1, 1)
	parts.Modules["value"].(*small).fail = func(string) error {
		_, err := Acquire(t.Context(), s, dir, 2, "newer")
		return err
	}
	if _, err := Save(t.Context(), old, parts, meta); !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), "newer's") {
		t.Errorf("Save: %v, want ErrFenced", err)
	}
	if got, left := steps(t, s), leftovers(t, s); got != nil || left != nil {
		t.Errorf("checkpoints %v, left over %q, want none", got, left)
	}
}

// What else an attempt publishes, its outputs for instance, it publishes under the same lease.
func TestOutputsUnderTheLease(t *testing.T) {
	s, ctx := local.New(t.TempDir()), t.Context()
	old := acquire(t, s, 1)
	result := func(l *Lease) error {
		return l.Explain(ctx, store.Put(ctx, s, "result.json", []byte("{}"), l.Guard()))
	}
	if err := result(old); err != nil {
		t.Fatal(err)
	}
	newer := acquire(t, s, 2)
	if err := result(old); !errors.Is(err, ErrFenced) {
		t.Errorf("a result of the old attempt: %v, want ErrFenced", err)
	}
	if err := result(newer); err != nil {
		t.Error(err)
	}
}

// Of many that ask at once for the next token, each gets another.
func TestTokensAreNeverGivenTwice(t *testing.T) {
	root := t.TempDir()
	tokens := make(chan int64, 20)
	var all sync.WaitGroup
	for i := range cap(tokens) {
		all.Go(func() {
			l, err := Acquire(t.Context(), local.New(root), dir, 0, fmt.Sprint(i))
			if err != nil {
				t.Error(err)
				return
			}
			tokens <- l.Token
		})
	}
	all.Wait()
	close(tokens)
	got := slices.Sorted(func(yield func(int64) bool) {
		for token := range tokens {
			yield(token)
		}
	})
	for i, token := range got {
		if token != int64(i+1) {
			t.Fatalf("tokens %v, want 1 to %d", got, cap(tokens))
		}
	}
}

func TestAbsurdTokensAreRefused(t *testing.T) {
	s, ctx := local.New(t.TempDir()), t.Context()
	for _, token := range []int64{-1, -1 << 63, MaxToken + 1, 1<<63 - 1} {
		if _, err := Acquire(ctx, s, dir, token, "x"); !errors.Is(err, ErrLease) || !strings.Contains(err.Error(), fmt.Sprint(token)) {
			t.Errorf("Acquire(%d): %v, want ErrLease that names it", token, err)
		}
	}
	acquire(t, s, MaxToken)
	if l, err := Acquire(ctx, s, dir, 0, "x"); !errors.Is(err, ErrLease) {
		t.Errorf("after the largest token comes %+v, %v; want ErrLease", l, err)
	}
}

func TestRemovedDirectoryIsNamed(t *testing.T) {
	s := local.New(t.TempDir())
	l := acquire(t, s, 0)
	if err := os.RemoveAll(s.Path(dir)); err != nil {
		t.Fatal(err)
	}
	parts, meta := sample(1, 1)
	if _, err := Save(t.Context(), l, parts, meta); !errors.Is(err, ErrLost) || errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Save: %v, want ErrLost that names the directory", err)
	}
	if _, err := os.Stat(s.Path(dir)); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("a checkpoint that was not saved has made the directory again: %v", err)
	}
}

func TestDamagedLeaseSaysWhatToDo(t *testing.T) {
	s := local.New(t.TempDir())
	l := acquire(t, s, 7)
	for _, text := range []string{
		"", "{", "null", `{"token": 1} {"token": 2}`, `{"token": "1"}`, `{"token": 0}`, `{"token": -5}`, `{"token": 1.5}`, `[]`,
		`{"token": 4611686018427387905}`, `{"token": 9223372036854775808}`, `{"token": 18446744073709551617}`, `{"token": 1e30}`,
	} {
		if err := os.WriteFile(s.Path(dir+"/lease.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{"Acquire": acquireError(t.Context(), s), "Check": l.Check(t.Context())} {
			if !errors.Is(err, ErrLease) || !strings.Contains(err.Error(), "delete it if") || !strings.Contains(err.Error(), dir) {
				t.Errorf("%s with a lease of %q: %v", what, text, err)
			}
		}
	}
}

func acquireError(ctx context.Context, s store.Store) error {
	_, err := Acquire(ctx, s, dir, 0, "x")
	return err
}
