package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"
)

type S struct{ b bytes.Buffer }

func apply(f func(string) bool, s string) bool { return f(s) }

func conv[C complex64 | complex128]() C { return C(3.25) }

func shl(x int) int { return x << 1. }

func str[T fmt.Stringer](v T) func() string { f := v.String; return f }

func main() {
	re := regexp.MustCompile("a+")
	m := re.MatchString
	fmt.Println(m("caat"), m("x"), apply(re.MatchString, "a"))
	re = regexp.MustCompile("x")
	fmt.Println(m("x"), apply(re.MatchString, "x"))
	n := strings.NewReader("abc").Len
	fmt.Println(n())
	var b bytes.Buffer
	w := b.WriteString
	w("one ")
	fmt.Println(w("two"))
	fmt.Println(b.String())
	s := &S{}
	p := s.b.WriteByte
	_ = p('x')
	fmt.Println(s.b.String())
	d := 90 * time.Second
	f := d.String
	d = time.Second
	fmt.Println(f(), d.Minutes())
	var r io.Reader = strings.NewReader("hello")
	read := r.Read
	buf := make([]byte, 3)
	fmt.Println(read(buf))
	fmt.Println(string(buf))
	var once sync.Once
	do := once.Do
	do(func() { fmt.Println("once") })
	do(func() { fmt.Println("twice") })
	rep := strings.NewReplacer("a", "b").Replace
	fmt.Println(strings.Map(func(r rune) rune { return r + 1 }, rep("aa")))
	fs := []func(string) bool{re.MatchString, m}
	fmt.Println(fs[0]("a"), fs[1]("a"))
	func() {
		defer func() { fmt.Println(recover() != nil) }()
		var r io.Reader
		g := r.Read
		fmt.Println("not reached", g != nil)
	}()
	fmt.Println(conv[complex128](), conv[complex64](), shl(3), str(time.Second)())
}
