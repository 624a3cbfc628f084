package main

import "fmt"

func try(f func()) {
	defer func() {
		r := recover()
		_, isErr := r.(error)
		fmt.Println(r, isErr)
	}()
	f()
}

func again(yield func(int) bool)    { yield(1); yield(2) }
func swallows(yield func(int) bool) { defer func() { recover() }(); yield(1) }
func resumes(yield func(int) bool) {
	func() { defer func() { recover() }(); yield(1) }()
	yield(2)
}

func main() {
	try(func() {
		for range again {
			break
		}
	})
	try(func() {
		for range swallows {
			panic("body")
		}
	})
	try(func() {
		for range resumes {
			panic("body")
		}
	})
	var kept func(int) bool
	try(func() {
		for range func(yield func(int) bool) { kept = yield } {
		}
		kept(1)
	})
}
