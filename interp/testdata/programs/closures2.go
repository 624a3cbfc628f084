package main

import "fmt"

type acc struct{ add func(int) acc }

func counter() (inc, get func() int) {
	n := 0
	inc = func() int { n++; return n }
	get = func() int { return n }
	return
}
func compose[A, B, C any](f func(A) B, g func(B) C) func(A) C { return func(a A) C { return g(f(a)) } }
func memo(f func(int) int) func(int) int {
	seen := map[int]int{}
	return func(n int) int {
		if v, ok := seen[n]; ok {
			return v
		}
		v := f(n)
		seen[n] = v
		return v
	}
}
func deferredLoop() (out []int) {
	for i := range 3 {
		defer func() { out = append(out, i) }()
	}
	return nil
}

type opt func(*cfg)
type cfg struct {
	name string
	n    int
}

func with(n int) opt { return func(c *cfg) { c.n = n } }
func build(opts ...opt) (c cfg) {
	for _, o := range opts {
		o(&c)
	}
	return
}
func y(f func(func(int) int) func(int) int) func(int) int {
	return f(func(n int) int { return y(f)(n) })
}
func main() {
	inc, get := counter()
	inc()
	inc()
	inc2, _ := counter()
	fmt.Println(get(), inc2())
	var fs [3]func() int
	for i := 0; i < 3; i++ {
		j := i * i
		fs[i] = func() int { j++; i += 10; return i + j }
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	calls := 0
	var fib func(int) int
	fib = memo(func(n int) int {
		calls++
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	})
	fmt.Println(fib(30), calls)
	fmt.Println(compose(func(i int) string { return fmt.Sprint(i) }, func(s string) int { return len(s) })(12345))
	fmt.Println(deferredLoop(), build(with(3), func(c *cfg) { c.name = "z" }))
	fmt.Println(y(func(self func(int) int) func(int) int {
		return func(n int) int {
			if n == 0 {
				return 1
			}
			return n * self(n-1)
		}
	})(5))
	x := 1
	set := func(v int) { x = v }
	read := func() int { return x }
	set(9)
	x++
	fmt.Println(read(), x)
	p := &x
	func() { *p++; x *= 2 }()
	fmt.Println(*p)
	var a acc
	sum := 0
	a = acc{func(i int) acc { sum += i; return a }}
	a.add(1).add(2).add(3)
	fmt.Println(sum)
	m := map[string]func(...int) int{"sum": func(xs ...int) (t int) {
		for _, v := range xs {
			t += v
		}
		return
	}}
	fmt.Println(m["sum"](1, 2, 3), m["none"] == nil)
	type node struct {
		f    func() int
		next *node
	}
	var head *node
	for i := range 3 {
		head = &node{func() int { return i }, head}
	}
	for n := head; n != nil; n = n.next {
		fmt.Print(n.f(), " ")
	}
	ch := make(chan func() string, 2)
	for _, w := range []string{"a", "b"} {
		ch <- func() string { w += "!"; return w }
	}
	f, g := <-ch, <-ch
	fmt.Println(f(), f(), g())
	outer := func() func() func() int {
		a := 1
		return func() func() int {
			b := a * 10
			a++
			return func() int { b++; return a*100 + b }
		}
	}()
	k1, k2 := outer(), outer()
	fmt.Println(k1(), k1(), k2(), k1())
	if v := func() int { return 3 }(); v > 2 {
		fmt.Println("iife", v)
	}
	for i, f := range []func(int) int{func(x int) int { return x + 1 }, func(x int) int { return x * 2 }} {
		fmt.Print(i, f(10), " ")
	}
	fmt.Println()
}
