package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func gen(ctx context.Context, n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			select {
			case c <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

func worker(id int, in <-chan int, out chan<- int, wg *sync.WaitGroup) {
	defer wg.Done()
	for x := range in {
		out <- x * x
	}
	_ = id
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := make(chan int, 100)
	var wg sync.WaitGroup
	in := gen(ctx, 20)
	for i := range 4 {
		wg.Add(1)
		go worker(i, in, out, &wg)
	}
	wg.Wait()
	close(out)
	sum := 0
	for v := range out {
		sum += v
	}
	fmt.Println(sum)
	var mu sync.Mutex
	var n atomic.Int64
	total := 0
	for i := range 10 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n.Add(int64(i))
			mu.Lock()
			defer mu.Unlock()
			total += i
		}()
	}
	wg.Wait()
	fmt.Println(n.Load(), total)
	select {
	case <-time.After(time.Millisecond):
		fmt.Println("timeout")
	}
	done := make(chan struct{})
	go func() { close(done) }()
	<-done
	v, ok := <-done
	fmt.Println(v, ok)
	once := sync.OnceValue(func() int { fmt.Println("once"); return 7 })
	fmt.Println(once(), once())
	var o sync.Once
	for range 3 {
		o.Do(func() { fmt.Println("do") })
	}
	t, cancel2 := context.WithTimeout(ctx, time.Millisecond)
	defer cancel2()
	<-t.Done()
	fmt.Println(t.Err())
	ch := make(chan int, 1)
	select {
	case x := <-ch:
		fmt.Println(x)
	default:
		fmt.Println("empty")
	}
	ch <- 5
	select {
	case x, ok := <-ch:
		fmt.Println(x, ok)
	}
}
