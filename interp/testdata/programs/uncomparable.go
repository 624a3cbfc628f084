package main

import (
	"errors"
	"fmt"
)

type bag struct{ items []int }

func (bag) Error() string { return "bag" }

type holder struct{ v any }
type funcs []func()

func try(f func() any) {
	defer func() {
		if r := recover(); r != nil {
			_, isErr := r.(error)
			fmt.Println(r, isErr)
		}
	}()
	fmt.Println(f())
}

func main() {
	var x, y any = bag{}, bag{}
	try(func() any { return x == y })
	try(func() any { return any(funcs{}) == any(funcs{}) })
	try(func() any { return holder{1} == holder{1} })
	try(func() any { return holder{[]int{}} == holder{[]int{}} })
	try(func() any { return any(holder{"a"}) == any(holder{"a"}) })
	try(func() any { return any(bag{}) == any(holder{}) })
	try(func() any { return errors.Is(bag{}, bag{}) })
	try(func() any { return errors.Is(fmt.Errorf("w: %w", bag{}), bag{}) })
}
