package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

type Account struct {
	mu      sync.Mutex
	id      int
	balance int64
	history []Tx
}
type Tx struct {
	Kind   string
	Amount int64
}
type InsufficientError struct{ Need, Have int64 }

func (e *InsufficientError) Error() string { return fmt.Sprintf("need %d, have %d", e.Need, e.Have) }

var ErrSame = errors.New("same account")

func (a *Account) Deposit(n int64) *Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
	a.history = append(a.history, Tx{"dep", n})
	return a
}
func (a *Account) withdraw(n int64) error {
	if a.balance < n {
		return &InsufficientError{n, a.balance}
	}
	a.balance -= n
	a.history = append(a.history, Tx{Kind: "wd", Amount: n})
	return nil
}
func Transfer(from, to *Account, n int64) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("transfer %d->%d: %w", from.id, to.id, err)
		}
	}()
	if from == to {
		return ErrSame
	}
	a, b := from, to
	if a.id > b.id {
		a, b = b, a
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := from.withdraw(n); err != nil {
		return err
	}
	to.balance += n
	return nil
}
func (a *Account) String() string { return fmt.Sprintf("#%d:%d", a.id, a.balance) }
func main() {
	a, b := &Account{id: 1}, &Account{id: 2}
	a.Deposit(100).Deposit(50)
	fmt.Println(Transfer(a, b, 70), a, b)
	err := Transfer(a, b, 700)
	var ie *InsufficientError
	fmt.Println(err, errors.As(err, &ie), ie.Need-ie.Have, errors.Is(Transfer(a, a, 1), ErrSame))
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i%2 == 0 {
				_ = Transfer(a, b, 1)
			} else {
				_ = Transfer(b, a, 1)
			}
		}()
	}
	wg.Wait()
	fmt.Println(a.balance+b.balance, a.history[:2], strings.Repeat("-", 5))
	fmt.Println([]*Account{a, b}[0].id, map[int]*Account{1: a}[1].id)
}
