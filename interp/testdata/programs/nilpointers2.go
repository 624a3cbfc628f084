package main

import (
	"fmt"
	"strings"
)

type S struct {
	A  string
	B  bool
	F  float64
	I  any
	E  error
	Fn func()
	Sl []int
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
	fmt.Println(name, "no panic")
}

func main() {
	var p *string
	var ps *S
	var pf *float64
	var pi *any
	var pe *error
	var pc *chan int
	var pby *[]byte
	type str string
	var pst *str
	try("eq", func() { fmt.Println(*p == "a") })
	try("ne", func() { fmt.Println("a" != *p) })
	try("lt", func() { fmt.Println(*p < "a") })
	try("concat2", func() { fmt.Println(*p + *p) })
	try("concat3", func() { fmt.Println("a" + ps.A + "b") })
	try("concat4", func() { x := "q"; x += *p; fmt.Println(x) })
	try("concat5", func() { x := "q"; x += ps.A; fmt.Println(x) })
	try("conv", func() { fmt.Println([]byte(*p)) })
	try("conv2", func() { fmt.Println(string(*pby)) })
	try("conv3", func() { fmt.Println(string(*pst)) })
	try("conv4", func() { fmt.Println(str(*p)) })
	try("len", func() { fmt.Println(len(*p)) })
	try("switch", func() {
		switch *p {
		case "a":
		}
	})
	try("slice", func() { fmt.Println((*p)[0:]) })
	try("call", func() { fmt.Println(strings.ToUpper(*p)) })
	try("float", func() { fmt.Println(*pf * 2) })
	try("neg", func() { fmt.Println(-*pf) })
	try("floatcmp", func() { fmt.Println(*pf > 2) })
	try("any", func() { fmt.Println(*pi) })
	try("any2", func() { var x any = *pi; fmt.Println(x) })
	try("any3", func() { x, ok := (*pi).(int); fmt.Println(x, ok) })
	try("any4", func() { fmt.Println(*pi == nil) })
	try("any5", func() {
		switch (*pi).(type) {
		case nil:
			fmt.Println("nil")
		}
	})
	try("any6", func() { fmt.Println(ps.I == 3) })
	try("err", func() { fmt.Println(*pe) })
	try("err2", func() { fmt.Println(*pe != nil) })
	try("err3", func() { fmt.Println((*pe).Error()) })
	try("err4", func() { fmt.Println(ps.E) })
	try("err5", func() { var e error = ps.E; fmt.Println(e) })
	try("fn", func() { ps.Fn() })
	try("fn2", func() { f := ps.Fn; fmt.Println(f == nil) })
	try("chan", func() { fmt.Println(len(*pc)) })
	try("chan2", func() { <-*pc })
	try("chan3", func() { close(*pc) })
	try("sl", func() { ps.Sl = append(ps.Sl, 1) })
	try("sl2", func() { fmt.Println(ps.Sl == nil) })
	try("mapset", func() { m := map[any]any{}; m[1] = ps.I; fmt.Println(len(m)) })
	try("maplit", func() { m := map[any]any{1: *pi}; fmt.Println(len(m)) })
	try("maplit2", func() { m := map[any]any{*pi: 1}; fmt.Println(len(m)) })
	try("maplit3", func() { m := map[string]int{ps.A: 1}; fmt.Println(len(m)) })
	try("maplit4", func() { m := map[string]bool{"a": ps.B}; fmt.Println(len(m)) })
	try("litany", func() { m := []any{*pi}; fmt.Println(len(m)) })
	try("litany2", func() { m := []any{ps.I}; fmt.Println(len(m)) })
	try("ret", func() { fmt.Println(func() any { return *pi }()) })
	try("ret2", func() { fmt.Println(func() (string, any) { return *p, *pi }()) })
	try("ret3", func() { fmt.Println(func() (s string, err error) { s = *p; return }()) })
	try("ret4", func() { fmt.Println(func() (s string, err error) { return ps.A, nil }()) })
	try("cond", func() {
		if ps.B && ps.A == "" {
			fmt.Println("x")
		}
	})
	try("for", func() {
		for ps.B {
			break
		}
	})
	try("for2", func() {
		for i := 0; i < len(ps.Sl); i++ {
			break
		}
	})
	try("mapidx", func() { m := map[string][]int{}; fmt.Println(m[ps.A]) })
	try("mapcommaok", func() { m := map[string][]int{}; _, ok := m[ps.A]; fmt.Println(ok) })
	try("shadow", func() {
		if x := *p; x == "" {
			fmt.Println("x")
		}
	})
}
