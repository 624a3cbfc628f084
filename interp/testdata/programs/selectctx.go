package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

func gen(ctx context.Context, n int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for i := range n {
			select {
			case out <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
func square(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	return out
}

type key struct{}

func main() {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "val"))
	sum := 0
	for v := range square(gen(ctx, 5)) {
		sum += v
	}
	fmt.Println(sum, ctx.Value(key{}), ctx.Value("none"))
	for v := range gen(ctx, 1000000) {
		if v == 3 {
			cancel()
			break
		}
	}
	<-ctx.Done()
	fmt.Println(ctx.Err(), errors.Is(ctx.Err(), context.Canceled))
	tctx, stop := context.WithTimeoutCause(context.Background(), time.Millisecond, errors.New("slow"))
	defer stop()
	<-tctx.Done()
	fmt.Println(tctx.Err(), context.Cause(tctx))
	var wg sync.WaitGroup
	var mu sync.Mutex
	results := map[int]int{}
	jobs := make(chan int)
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				mu.Lock()
				results[j] = j*10 + w*0
				mu.Unlock()
			}
		}()
	}
	for i := range 20 {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	fmt.Println(len(results), results[19])
	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	get := sync.OnceValue(func() int { fmt.Println("computed"); return 7 })
	fmt.Println(get(), get())
	done := make(chan struct{})
	ticks := 0
	go func() { defer close(done); time.Sleep(time.Millisecond) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			ticks++
			time.Sleep(time.Microsecond)
		}
	}
	fmt.Println(ticks > 0)
	var nilc chan int
	select {
	case v := <-nilc:
		fmt.Println(v)
	case nilc <- 1:
	case <-time.After(time.Millisecond):
		fmt.Println("timeout")
	}
	sem := make(chan struct{}, 2)
	active, most := 0, 0
	for range 6 {
		wg.Go(func() {
			sem <- struct{}{}
			mu.Lock()
			active++
			most = max(most, active)
			mu.Unlock()
			time.Sleep(time.Microsecond)
			mu.Lock()
			active--
			mu.Unlock()
			<-sem
		})
	}
	wg.Wait()
	fmt.Println(most <= 2, active)
	cond := sync.NewCond(&mu)
	ready := false
	go func() { mu.Lock(); ready = true; mu.Unlock(); cond.Broadcast() }()
	mu.Lock()
	for !ready {
		cond.Wait()
	}
	mu.Unlock()
	fmt.Println(ready)
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	fmt.Println(len(ch), cap(ch))
	close(ch)
	a, ok1 := <-ch
	b, ok2 := <-ch
	c, ok3 := <-ch
	fmt.Println(a, ok1, b, ok2, c, ok3)
	var m sync.Map
	m.Store("a", 1)
	v, loaded := m.LoadOrStore("a", 2)
	fmt.Println(v, loaded)
	pool := sync.Pool{New: func() any { return new(int) }}
	p := pool.Get().(*int)
	*p = 3
	pool.Put(p)
	afterf := make(chan string)
	time.AfterFunc(time.Millisecond, func() { afterf <- "fired" })
	fmt.Println(<-afterf)
	ctx3, cancel3 := context.WithCancel(context.Background())
	got := make(chan bool)
	context.AfterFunc(ctx3, func() { got <- true })
	cancel3()
	fmt.Println(<-got)
}
