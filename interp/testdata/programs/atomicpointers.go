package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

type config struct {
	name string
	n    int
}

type node struct {
	v    int
	next atomic.Pointer[node]
}

type stack struct {
	head atomic.Pointer[node]
	size atomic.Int64
}

func (s *stack) push(v int) {
	n := &node{v: v}
	for {
		old := s.head.Load()
		n.next.Store(old)
		if s.head.CompareAndSwap(old, n) {
			s.size.Add(1)
			return
		}
	}
}

type holder[T any] struct{ atomic.Pointer[T] }

func main() {
	var p atomic.Pointer[config]
	fmt.Println(p.Load() == nil, p.CompareAndSwap(nil, &config{"a", 1}), p.Load().name)
	old := p.Swap(&config{"b", 2})
	fmt.Println(*old, *p.Load(), p.CompareAndSwap(old, nil), p.Load().n)
	var s stack
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				s.push(i*10 + j)
			}
		})
	}
	wg.Wait()
	sum := 0
	for n := s.head.Load(); n != nil; n = n.next.Load() {
		sum += n.v
	}
	fmt.Println(sum, s.size.Load())
	var h holder[string]
	text := "held"
	h.Store(&text)
	load := h.Load
	ptr := &h.Pointer
	ptr.Store(new(string))
	fmt.Println(*load() == "", *(*atomic.Pointer[string]).Load(ptr) == "")
	var ip atomic.Pointer[int]
	n := 5
	ip.Store(&n)
	*ip.Load() += 2
	fmt.Println(n, ip.Load() == &n)
}
