package main

import (
	"errors"
	"fmt"
)

type file struct {
	name string
	log  *[]string
}

func open(name string, log *[]string) (*file, error) {
	if name == "bad" {
		return nil, errors.New("cannot open bad")
	}
	*log = append(*log, "open "+name)
	return &file{name, log}, nil
}
func (f *file) Close() error {
	*f.log = append(*f.log, "close "+f.name)
	if f.name == "c" {
		return errors.New("close c failed")
	}
	return nil
}
func work(names ...string) (log []string, err error) {
	for _, n := range names {
		f, err := open(n, &log)
		if err != nil {
			return log, fmt.Errorf("work: %w", err)
		}
		defer func() {
			if cerr := f.Close(); cerr != nil && err == nil {
				err = cerr
			}
		}()
	}
	return log, nil
}
func tx(fail bool) (state string, err error) {
	state = "begin"
	defer func() {
		switch r := recover(); {
		case r != nil:
			state, err = "rolled back", fmt.Errorf("tx: %v", r)
		case err != nil:
			state = "aborted"
		default:
			state += "+commit"
		}
	}()
	state = "working"
	if fail {
		panic(errors.New("boom"))
	}
	return state, nil
}
func count() (n int) {
	for i := range 3 {
		defer func() { n += i * 10 }()
	}
	defer func() { n *= 2 }()
	return 1
}
func nested() (s string) {
	defer func() { s += fmt.Sprint(recover()) }()
	defer func() {
		defer func() { s += fmt.Sprint("[", recover(), "]") }()
		panic("second")
	}()
	panic("first")
}
func ret() (a, b int) {
	defer func() { a, b = b, a }()
	a = 1
	return a + 1, a + 2
}

type unlock func()

func lock(log *[]string) unlock {
	*log = append(*log, "lock")
	return func() { *log = append(*log, "unlock") }
}
func main() {
	fmt.Println(work("a", "b"))
	fmt.Println(work("a", "bad", "z"))
	fmt.Println(work("c"))
	fmt.Println(tx(false))
	fmt.Println(tx(true))
	fmt.Println(count(), nested())
	fmt.Println(ret())
	var log []string
	func() {
		defer lock(&log)()
		log = append(log, "critical")
	}()
	fmt.Println(log)
	for i := range 2 {
		func() {
			defer fmt.Println("end of turn", i)
			if i == 0 {
				return
			}
			fmt.Println("turn", i)
		}()
	}
	f := fmt.Sprint
	defer func(s string) { fmt.Println(s) }(f("evaluated ", len(log)))
	log = nil
	defer fmt.Println("last in, first out")
}
