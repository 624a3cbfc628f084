package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
)

type point struct{ x int }

func try(f func()) {
	defer func() {
		r := recover()
		re, isRuntime := r.(runtime.Error)
		_, isError := r.(error)
		fmt.Printf("%T %t %t %t\n", r, isRuntime, isError, re != nil)
	}()
	f()
}

func main() {
	zero, neg := 0, -1
	var m map[string]int
	var p *point
	var x any = "s"
	var s []int
	var c chan int
	try(func() { _ = 1 / zero })
	try(func() { _ = 1 << neg })
	try(func() { m["a"] = 1 })
	try(func() { p.x = 1 })
	try(func() { _ = x.(int) })
	try(func() { _ = x.(fmt.Stringer) })
	try(func() { _ = x.(interface{ Foo() }) })
	try(func() { _ = s[zero] })
	try(func() { _ = s[:zero+3] })
	try(func() { _ = [2]int(s) })
	try(func() { _ = make([]int, neg) })
	try(func() { close(c) })
	try(func() { panic(point{1}) })
	try(func() { panic(&point{1}) })
	try(func() { panic(errors.New("e")) })
	try(func() { panic(fmt.Errorf("w %w", io.EOF)) })
	try(func() { var f func(); f() })
	try(func() { var e error; panic(e) })
	try(func() { panic("text") })
	try(func() { var a, b any = s, s; _ = a == b })
}
