package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

func Map[A, B any](s iter.Seq[A], f func(A) B) iter.Seq[B] {
	return func(yield func(B) bool) {
		for a := range s {
			if !yield(f(a)) {
				return
			}
		}
	}
}
func Take[T any](s iter.Seq[T], n int) iter.Seq[T] {
	return func(yield func(T) bool) {
		if n <= 0 {
			return
		}
		i := 0
		for v := range s {
			if i++; !yield(v) || i == n {
				return
			}
		}
	}
}
func Nat(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}
func Fold[T, A any](s iter.Seq[T], a A, f func(A, T) A) A {
	for v := range s {
		a = f(a, v)
	}
	return a
}
func Enum[T any](s iter.Seq[T]) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for v := range s {
			if !yield(i, v) {
				return
			}
			i++
		}
	}
}
func main() {
	sq := Map(Nat, func(i int) int { return i * i })
	fmt.Println(slices.Collect(Take(sq, 5)), Fold(Take(Nat, 5), "", func(s string, i int) string { return s + fmt.Sprint(i) }))
	for i, v := range Enum(Take(sq, 3)) {
		fmt.Print(i, v, " ")
	}
	next, stop := iter.Pull(sq)
	defer stop()
	a, _ := next()
	b, _ := next()
	c, ok := next()
	fmt.Println(a, b, c, ok, slices.Collect(Take(Nat, 0)) == nil)
	m := maps.Collect(Enum(slices.Values([]string{"x", "y"})))
	fmt.Println(m, slices.Sorted(maps.Values(m)))
	for v := range Take(Nat, 10) {
		for w := range Nat {
			if w > v {
				break
			}
			if w == 2 {
				fmt.Print("two ")
				break
			}
		}
		fmt.Print(v, " ")
	}
	fmt.Println()
}
