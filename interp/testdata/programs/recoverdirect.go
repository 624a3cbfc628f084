package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

type T struct{ name string }

func (t T) Rec()                  { fmt.Println(t.name, "rec", recover()) }
func (t *T) RecP(args ...int)     { fmt.Println(t.name, "recp", args, recover()) }
func (t T) Plain()                { fmt.Println(t.name, "plain", help()) }
func (t T) Close() error          { fmt.Println("close", recover()); return nil }
func help() any                   { return recover() }
func help2() any                  { return help() }
func rec()                        { fmt.Println("rec", recover()) }
func recTwice()                   { fmt.Println("rec2", recover(), recover()) }
func viaHelp()                    { fmt.Println("viaHelp", help()) }
func withArgs(s string, n ...any) { fmt.Println(s, n, recover()) }
func Gen[T any](x T)              { fmt.Println("gen", x, recover()) }
func returns() (int, string)      { return 1, "r" }
func takes(n int, s string)       { fmt.Println("takes", n, s, recover()) }
func maker(s string) func()       { return func() { fmt.Println("made", s, recover()) } }
func nested() {
	defer func() { fmt.Println("nested inner", recover()) }()
	fmt.Println("nested body", recover())
}
func inLoop() {
	for i := range 2 {
		f := func() int { return i }
		fmt.Println("loop", f(), recover())
	}
}
func inRange() {
	for x := range func(yield func(int) bool) { _ = yield(1) && yield(2) } {
		fmt.Println("range", x)
	}
	fmt.Println("after", recover())
}

type I interface{ Rec() }
type E struct{ I }

func run(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "escaped:", r)
		}
	}()
	f()
}

func main() {
	t := &T{"t"}
	run("1", func() { defer t.Rec(); panic(1) })
	run("2", func() { defer t.RecP(1, 2); panic(2) })
	run("3", func() { defer t.Plain(); panic(3) })
	run("4", func() { defer help(); panic(4) })
	run("5", func() { defer help2(); panic(5) })
	run("6", func() { defer rec(); panic(6) })
	run("7", func() { defer recTwice(); panic(7) })
	run("8", func() { defer viaHelp(); panic(8) })
	run("9", func() { defer withArgs("s", 1, nil, "x"); panic(9) })
	run("10", func() { defer Gen("g"); panic(10) })
	run("11", func() { defer takes(returns()); panic(11) })
	run("12", func() { defer maker("m")(); panic(12) })
	run("13", func() { defer nested(); panic(13) })
	run("14", func() { defer inLoop(); panic(14) })
	run("15", func() { defer inRange(); panic(15) })
	run("16", func() { f := t.Rec; defer f(); panic(16) })
	run("17", func() { f := T.Rec; defer f(*t); panic(17) })
	run("18", func() { f := (*T).RecP; defer f(t, 3); panic(18) })
	run("19", func() { var i I = t; defer i.Rec(); panic(19) })
	run("20", func() { var i I = t; f := i.Rec; defer f(); panic(20) })
	run("21", func() { f := I.Rec; defer f(*t); panic(21) })
	run("22", func() { e := E{t}; defer e.Rec(); panic(22) })
	run("23", func() { var c io.Closer = t; defer c.Close(); panic(23) })
	run("24", func() { var i I = E{E{t}}; defer i.Rec(); panic(24) })
	run("25", func() { var once sync.Once; defer once.Do(func() { fmt.Println("once", recover()) }); panic(25) })
	run("26", func() { f := rec; defer f(); panic(26) })
	run("27", func() { defer func() { rec() }(); panic(27) })
	run("28", func() { defer func() { defer rec() }(); panic(28) })
	run("29", func() { defer func() { t.Rec() }(); panic(29) })
	run("30", func() {
		defer func() {
			defer func() { fmt.Println("in", recover()) }()
			panic("in30")
		}()
		panic(30)
	})
	run("31", func() {
		defer func() { fmt.Println(recover()) }()
		defer func() {
			defer func() { fmt.Println("x", recover()) }()
			help()
			panic(fmt.Sprint("again ", recover()))
		}()
		panic(31)
	})
	run("32", func() {
		defer rec()
		defer rec()
		panic(32)
	})
	run("33", func() {
		defer rec()
		defer func() { panic("33b") }()
		defer rec()
		panic(33)
	})
	run("34", func() { rec(); defer rec(); help(); panic(34) })
	run("35", func() {
		fs := []func(){rec, t.Rec, maker("z"), func() { fmt.Println("lit", recover()) }}
		for _, f := range fs {
			run("f", func() { defer f(); panic("p") })
		}
	})
	run("36", func() {
		done := make(chan bool)
		defer func() { fmt.Println("36", recover()) }()
		defer func() {
			go func() { fmt.Println("other goroutine", recover()); done <- true }()
			<-done
		}()
		panic(36)
	})
	run("37", func() {
		defer func() {
			f := func() any { return recover() }
			fmt.Println("lit in deferred", f())
			for i := range 2 {
				func() { fmt.Println(i, recover()) }()
			}
			if r := recover(); r != nil {
				fmt.Println("then", r)
			}
		}()
		panic(37)
	})
	run("38", func() {
		defer func() {
			for i := range 3 {
				defer func() { fmt.Println("d", i, recover()) }()
				if i == 1 {
					fmt.Println("loop rec", recover())
				}
			}
		}()
		panic(38)
	})
	run("39", func() {
		defer func() {
			switch r := recover().(type) {
			case error:
				fmt.Println("error", r, errors.Is(r, io.EOF))
			default:
				fmt.Println("other", r)
			}
		}()
		panic(fmt.Errorf("w %w", io.EOF))
	})
	func() (err error) {
		defer func() {
			if e, ok := recover().(error); ok {
				err = e
			}
			fmt.Println(err)
		}()
		var a []int
		_ = a[len(a):][0:0]
		var p *T
		return errors.New(p.name)
	}()
	run("40", func() {
		defer func(f func() any) { fmt.Println("arg", f()) }(func() any { return recover() })
		panic(40)
	})
	run("41", func() { defer panic("from defer"); panic(41) })
	run("42", func() { var e error; defer func() { fmt.Printf("%T\n", recover()) }(); panic(e) })
	run("43", func() { defer rec(); var m map[string]int; m["a"]++ })
	run("44", func() {
		defer func() func() {
			fmt.Println("outer call")
			return func() { fmt.Println("returned", recover()) }
		}()()
		panic(44)
	})
	run("45", func() {
		type st struct{ f func() }
		s := st{rec}
		defer s.f()
		m := map[string]func(){"a": t.Rec}
		defer m["a"]()
		panic(45)
	})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer rec()
		panic("in goroutine")
	}()
	wg.Wait()
	fmt.Println(fact(3))
}

func fact(n int) (r int) {
	defer func() {
		if e := recover(); e != nil {
			r = -1
			if n < 3 {
				panic(fmt.Sprint(e, n))
			}
			fmt.Println(e)
		}
	}()
	if n == 0 {
		panic("base")
	}
	return n * fact(n-1)
}
