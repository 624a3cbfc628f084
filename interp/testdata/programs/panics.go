package main

import (
	"errors"
	"fmt"
)

type MyErr struct{ code int }

func (m MyErr) Error() string { return fmt.Sprint("my ", m.code) }

func try(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = r
		case string:
			err = errors.New("string: " + r)
		default:
			err = fmt.Errorf("other: %v", r)
		}
	}()
	f()
	return nil
}

func nested() {
	defer fmt.Println("nested deferred")
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("got", r)
			panic(fmt.Sprint("again ", r))
		}
	}()
	panic("first")
}

func handler() { fmt.Println("handled:", recover()) }

func order() (s string) {
	for i := range 3 {
		defer func() { s += fmt.Sprint(i) }()
	}
	return "r"
}

func viaNamed() {
	defer handler()
	panic("named")
}

func main() {
	fmt.Println(try(func() {}))
	fmt.Println(try(func() { panic("s") }))
	fmt.Println(try(func() { panic(3) }))
	err := try(func() { panic(MyErr{4}) })
	var me MyErr
	fmt.Println(err, errors.As(err, &me), me.code)
	fmt.Println(try(nested))
	fmt.Println(order())
	viaNamed()
	var m map[string][]int
	fmt.Println(try(func() { m["a"] = nil }))
	var a any = "str"
	fmt.Println(try(func() { _ = a.(int) }))
	x := 0
	fmt.Println(try(func() { fmt.Println(1 / x) }))
	fmt.Println(try(func() { panic(fmt.Errorf("w: %w", MyErr{5})) }))
	fmt.Println(recover())
}
