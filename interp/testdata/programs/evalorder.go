package main

import "fmt"

var log []string

func t(s string, v int) int        { log = append(log, s); return v }
func p(s string) *int              { log = append(log, s); return new(7) }
func m(s string) map[int]int       { log = append(log, s); return map[int]int{1: 1} }
func flush()                       { fmt.Println(log); log = nil }
func three(a, b, c int) (int, int) { log = append(log, "three"); return a + b, c }
func main() {
	m("m")[t("k", 1)] = t("v", 2)
	flush()
	*p("p") = t("x", 1)
	flush()
	a, b := three(t("1", 1), t("2", 2)+t("2b", 0), t("3", 3))
	flush()
	arr := [3]int{t("a0", 0), t("a1", 1), t("a2", 2)}
	_ = map[int]int{t("mk", 1): t("mv", 2)}
	flush()
	arr[t("i", 0)], arr[t("j", 1)] = t("y", 8), t("z", 9)
	flush()
	_ = t("l", 0) > 0 && t("never", 1) > 0 || t("or", 1) > 0
	flush()
	switch t("tag", 3) {
	case t("c1", 1), t("c2", 2):
	case t("c3", 3):
		t("body", 0)
	case t("c4", 4):
	}
	flush()
	for i := t("init", 0); i < t("cond", 2); i += t("post", 1) {
	}
	flush()
	defer func(n int) { flush() }(t("darg", 1))
	t("after", 0)
	flush()
	c := make(chan int, t("cap", 2))
	c <- t("send", 1)
	select {
	case c <- t("sel", 2):
	}
	flush()
	fmt.Println(a, b, arr, <-c)
	s := []int{1, 2, 3}[t("lo", 0):t("hi", 2)]
	flush()
	s = append(s, t("e1", 1), t("e2", 2))
	fmt.Println(len(s), t("arg", 1), func() int { return t("lit", 5) }())
}
