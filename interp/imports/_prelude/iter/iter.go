// Package iter is the interpreter's form of the standard iter.
package iter

// Seq is an iterator over values.
type Seq[V any] func(yield func(V) bool)

// Seq2 is an iterator over pairs.
type Seq2[K, V any] func(yield func(K, V) bool)

// A message of Pull's goroutine.
type step[V any] struct {
	v  V
	ok bool
}

// Pull turns seq into a next function. stop ends it.
func Pull[V any](seq Seq[V]) (next func() (V, bool), stop func()) {
	ask := make(chan bool)
	answer := make(chan step[V])
	done := false
	started := false
	run := func() {
		if more := <-ask; more {
			seq(func(v V) bool {
				answer <- step[V]{v, true}
				return <-ask
			})
		}
		close(answer)
	}
	next = func() (V, bool) {
		var zero V
		if done {
			return zero, false
		}
		if !started {
			started = true
			go run()
		}
		ask <- true
		s, open := <-answer
		if !open {
			done = true
			return zero, false
		}
		return s.v, s.ok
	}
	stop = func() {
		if !done {
			done = true
			if started {
				ask <- false
				<-answer
			}
		}
	}
	return next, stop
}
