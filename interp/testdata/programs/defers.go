package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

func order() {
	for i := range 3 {
		defer fmt.Print("a", i, " ")
	}
	for i := 0; i < 3; i++ {
		defer func() { fmt.Print("b", i, " ") }()
	}
	defer func(n int) { fmt.Print("c", n, " ") }(len("four"))
}

func named() (n int, err error) {
	defer func() {
		n *= 2
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	n = 21
	panic("boom")
}

func override() (s string) {
	defer func() { s += "!" }()
	return "returned"
}

func unnamed() int {
	x := 1
	defer func() { x = 100 }()
	return x
}

func evalOrder() {
	f := func(s string) func() {
		fmt.Print("make-", s, " ")
		return func() { fmt.Print("run-", s, " ") }
	}
	defer f("one")()
	defer f("two")()
	fmt.Print("body ")
}

type res struct{ name string }

func (r res) close()           { fmt.Print("close-", r.name, " ") }
func (r *res) rename(n string) { r.name = n }

func methods() {
	r := res{"x"}
	defer r.close()
	p := &r
	defer p.rename("never seen")
	r.name = "y"
	defer r.close()
	c := r.close
	r.name = "z"
	defer c()
}

func rethrow() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	defer func() {
		r := recover()
		panic(fmt.Errorf("second after %v", r))
	}()
	panic("first")
}

func replaced() {
	defer func() { fmt.Println("got", recover()) }()
	defer func() { panic("inner") }()
	panic("outer")
}

func noPanic() {
	defer func() { fmt.Println(recover()) }()
}

func nestedRecover() (s string) {
	defer func() {
		s = fmt.Sprint(recover())
	}()
	func() {
		defer func() {
			defer func() { fmt.Println("innermost", recover()) }()
			panic(fmt.Sprint("again ", recover()))
		}()
		panic("deep")
	}()
	fmt.Println("continues")
	panic("last")
}

type stack []string

func (s *stack) push(x string) func() {
	*s = append(*s, x)
	return func() { *s = append(*s, "/"+x) }
}

func trace() stack {
	var s stack
	func() {
		defer s.push("a")()
		func() {
			defer s.push("b")()
		}()
		defer s.push("c")()
	}()
	return s
}

func runtimeErrors() {
	try := func(name string, f func()) {
		defer func() {
			r := recover()
			_, isErr := r.(error)
			fmt.Println(name, isErr, r)
		}()
		f()
	}
	var m map[string]int
	var p *res
	zero := 0
	var i any = "str"
	try("map", func() { m["x"] = 1 })
	try("nil", func() { fmt.Println(p.name) })
	try("div", func() { fmt.Println(1 / zero) })
	try("mod", func() { fmt.Println(1 % zero) })
	try("custom", func() { panic(errors.New("an error")) })
	try("value", func() { panic(res{"val"}) })
	try("assert", func() { fmt.Println(i.(int)) })
	try("closed", func() { c := make(chan int); close(c); close(c) })
	try("send", func() { c := make(chan int); close(c); c <- 1 })
	try("nilfunc", func() { var f func(); f() })
	try("fine", func() {})
	try("sprintf", func() { panic(fmt.Sprintf("%d", 7)) })
}

func loopDefer() (out string) {
	var b strings.Builder
	func() {
		for i := range 3 {
			defer func() {
				for range i {
					b.WriteString(fmt.Sprint(i))
				}
				b.WriteByte(';')
			}()
			if i == 1 {
				continue
			}
			defer b.WriteString("x")
		}
	}()
	return b.String()
}

func multi() (a, b int, err error) {
	defer func() { a, b = b, a }()
	return 1, 2, os.ErrNotExist
}

func recursive(n int) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprint(r, "<", n)
			if n < 2 {
				panic(s)
			}
		}
	}()
	if n == 0 {
		panic("bottom")
	}
	return recursive(n - 1)
}

func main() {
	order()
	fmt.Println()
	fmt.Println(named())
	fmt.Println(override(), unnamed())
	evalOrder()
	fmt.Println()
	methods()
	fmt.Println()
	fmt.Println(rethrow())
	replaced()
	noPanic()
	fmt.Println(nestedRecover())
	fmt.Println(trace())
	runtimeErrors()
	fmt.Println(loopDefer())
	fmt.Println(multi())
	fmt.Println(recursive(4))
}
