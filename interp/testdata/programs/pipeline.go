package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func stage[A, B any](in <-chan A, f func(A) B) <-chan B {
	out := make(chan B)
	go func() {
		defer close(out)
		for v := range in {
			out <- f(v)
		}
	}()
	return out
}
func source[T any](vs ...T) <-chan T {
	out := make(chan T)
	go func() {
		defer close(out)
		for _, v := range vs {
			out <- v
		}
	}()
	return out
}
func merge[T any](cs ...<-chan T) <-chan T {
	out := make(chan T)
	var wg sync.WaitGroup
	for _, c := range cs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for v := range c {
				out <- v
			}
		}()
	}
	go func() { wg.Wait(); close(out) }()
	return out
}

type result struct {
	id  int
	val string
	err error
}

func sieve(n int) (primes []int) {
	ch := make(chan int)
	go func(out chan<- int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(ch)
	for range n {
		p := <-ch
		primes = append(primes, p)
		next := make(chan int)
		go func(in <-chan int, out chan<- int) {
			for {
				if v := <-in; v%p != 0 {
					out <- v
				}
			}
		}(ch, next)
		ch = next
	}
	return
}
func main() {
	for s := range stage(stage(source(1, 2, 3), func(i int) int { return i * i }), func(i int) string { return fmt.Sprint("<", i, ">") }) {
		fmt.Print(s, " ")
	}
	fmt.Println()
	sum := 0
	for v := range merge(source(1, 2), source(10, 20), source(100)) {
		sum += v
	}
	fmt.Println(sum, sieve(8))
	var n atomic.Int64
	var flag atomic.Bool
	var ptr atomic.Value
	var old int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n.Add(int64(i))
			atomic.AddInt32(&old, 1)
			flag.Store(true)
			ptr.CompareAndSwap(nil, "first")
		}()
	}
	wg.Wait()
	fmt.Println(n.Load(), old, flag.Load(), ptr.Load())
	results := make(chan result, 3)
	for i := range 3 {
		go func() {
			var err error
			if i == 1 {
				err = fmt.Errorf("job %d failed", i)
			}
			results <- result{i, fmt.Sprint("r", i), err}
		}()
	}
	got := map[int]result{}
	for range 3 {
		r := <-results
		got[r.id] = r
	}
	fmt.Println(got[0].val, got[1].err, got[2].val, len(got))
	var rw sync.RWMutex
	m := map[int]int{}
	for i := range 10 {
		wg.Go(func() {
			rw.Lock()
			defer rw.Unlock()
			m[i%3]++
		})
	}
	wg.Wait()
	rw.RLock()
	fmt.Println(m)
	rw.RUnlock()
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	v := 0
	for range 5 {
		ping <- v
		v = <-pong
	}
	close(ping)
	_, ok := <-pong
	fmt.Println(v, ok)
	chans := make(chan chan int, 1)
	go func() { c := <-chans; c <- 42 }()
	c := make(chan int)
	chans <- c
	fmt.Println(<-c)
}
