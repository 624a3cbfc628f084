package main

import (
	"fmt"
	"time"
)

func worker(jobs <-chan int, quit <-chan struct{}, out chan<- string) {
	n := 0
loop:
	for {
		select {
		case j, ok := <-jobs:
			if !ok {
				break loop
			}
			switch {
			case j < 0:
				continue loop
			case j == 99:
				break loop
			}
			n += j
		case <-quit:
			out <- fmt.Sprint("quit at ", n)
			return
		}
	}
	out <- fmt.Sprint("done with ", n)
}
func main() {
	for _, last := range []int{99, 0} {
		jobs, quit, out := make(chan int), make(chan struct{}), make(chan string, 1)
		go worker(jobs, quit, out)
		for _, j := range []int{1, -5, 2, 3} {
			jobs <- j
		}
		if last == 99 {
			jobs <- last
		} else {
			close(quit)
		}
		fmt.Println(<-out)
	}
	a, b := make(chan int, 3), make(chan string, 3)
	for i := range 3 {
		a <- i
		b <- fmt.Sprint("s", i)
	}
	close(a)
	close(b)
	na, nb := 0, 0
	for a != nil || b != nil {
		select {
		case _, ok := <-a:
			if !ok {
				a = nil
				continue
			}
			na++
		case _, ok := <-b:
			if !ok {
				b = nil
				continue
			}
			nb++
		}
	}
	fmt.Println(na, nb)
	tick := time.NewTicker(time.Millisecond)
	n := 0
	for range tick.C {
		if n++; n == 3 {
			tick.Stop()
			break
		}
	}
	fmt.Println(n)
	var arr [3]int
	i := 0
	src := make(chan int, 3)
	src <- 10
	src <- 20
	select {
	case arr[i+1] = <-src:
	}
	var ok bool
	m := map[string]int{}
	select {
	case m["k"], ok = <-src:
	}
	fmt.Println(arr, m, ok)
	timeout := time.After(time.Hour)
	res := make(chan error, 1)
	go func() { res <- fmt.Errorf("failed") }()
	select {
	case err := <-res:
		fmt.Println(err)
	case <-timeout:
		fmt.Println("timeout")
	}
	sel := 0
	full := make(chan int, 1)
	full <- 1
	select {
	case full <- 2:
		sel = 1
	default:
		sel = 2
	}
	fmt.Println(sel, len(full))
}
