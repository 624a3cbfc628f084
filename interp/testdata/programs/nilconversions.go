package main

import "fmt"

type list []int

type fault struct{}

func (*fault) Error() string { return "fault" }

func try(f func()) {
	defer func() { fmt.Printf("%v\n", recover()) }()
	f()
}

func main() {
	fmt.Println(any([]int(nil)) == nil, any(list(nil)) == nil, any((*int)(nil)) == nil, nil != any(map[string]int(nil)), any(nil) == nil)
	var f *fault
	fmt.Println(error(f) == nil, error(nil) == nil, any(error(nil)) == nil)
	var s fmt.Stringer
	var e error
	try(func() { _ = s.String })
	try(func() { _ = s.String() })
	try(func() { _ = e.Error() })
	try(func() { panic(nil) })
	try(func() { panic(e) })
	try(func() { defer panic(e) })
	n := -1
	try(func() { _ = make([]int, n) })
	try(func() { _ = make([]int, 2, 2+n) })
	try(func() { _ = make(chan int, n) })
	send, recv := make(chan<- int, 2), make(<-chan string)
	fmt.Printf("%d %d %T %T\n", cap(send), cap(recv), send, recv)
}
