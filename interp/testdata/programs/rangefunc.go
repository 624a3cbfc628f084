package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Println("count done")
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func find(n int) (int, string) {
	for i := range count(10) {
		if i == n {
			return i, "found"
		}
	}
	return -1, "none"
}

func nested() string {
outer:
	for i := range count(5) {
		for j := range count(5) {
			switch {
			case j == 1:
				continue outer
			case i == 2:
				break outer
			}
			fmt.Println(i, j)
		}
	}
	for i := range count(3) {
		for j := range count(3) {
			if i+j == 3 {
				return fmt.Sprint("returned ", i, j)
			}
		}
	}
	return "end"
}

func named() (n int, err error) {
	for i := range count(4) {
		n += i
		if i == 2 {
			return n * 10, nil
		}
	}
	return
}

func main() {
	for i := range count(3) {
		if i == 1 {
			continue
		}
		fmt.Println(i)
	}
	fmt.Println(find(4))
	fmt.Println(find(40))
	fmt.Println(nested())
	fmt.Println(named())
	m := map[string]int{"a": 1, "b": 2}
	fmt.Println(slices.Sorted(maps.Keys(m)))
	fmt.Println(slices.Collect(count(3)))
	for range count(2) {
		fmt.Println("tick")
	}
	next, stop := iter.Pull(count(3))
	fmt.Println(next())
	fmt.Println(next())
	stop()
	for i, v := range slices.Backward([]string{"a", "b"}) {
		fmt.Println(i, v)
	}
}
