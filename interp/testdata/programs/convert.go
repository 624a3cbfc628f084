package main

import (
	"errors"
	"fmt"
	"sort"
)

type myErr struct{ code int }

func (e myErr) Error() string { return fmt.Sprint("myErr ", e.code) }

type ptrErr struct{ op string }

func (e *ptrErr) Error() string { return "ptrErr " + e.op }

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type named int

func (n named) String() string { return fmt.Sprintf("named<%d>", int(n)) }

func two() (int, myErr)                       { return 4, myErr{1} }
func ptr() (string, *ptrErr)                  { return "s", &ptrErr{"open"} }
func squares() (square, square)               { return square{2}, square{3} }
func forward() (any, error)                   { return two() }
func forwardShapes() (shape, shape)           { return squares() }
func named3() (named, named, error)           { return 1, 2, nil }
func mixed() (n any, s fmt.Stringer, e error) { return named3() }
func deferred() (v any, err error) {
	defer func() { v = fmt.Sprint(v, "!") }()
	return two()
}

func take(a any, e error)           { fmt.Println("take", a, e) }
func takeShapes(a, b shape)         { fmt.Println("shapes", a.area(), b.area()) }
func takeMany(xs ...shape)          { fmt.Println("many", len(xs), xs[len(xs)-1].area()) }
func takeFirst(a any, rest ...any)  { fmt.Println("first", a, rest) }
func takeErrs(n int, errs ...error) { fmt.Println("errs", n, errs) }

type box struct{ v any }

func (b *box) set(v any, e error)            { b.v = v; fmt.Println("set", v, e) }
func (b box) all(prefix string, vs ...shape) { fmt.Println(prefix, len(vs)) }
func pair() (string, square)                 { return "p:", square{9} }

func assigns() {
	var x int
	var err error
	x, err = two()
	fmt.Println(x, err)
	var s any
	s, err = ptr()
	fmt.Printf("%v %v %T\n", s, err, err)
	var pe *ptrErr
	fmt.Println(errors.As(err, &pe), pe.op)
	var a, b shape = squares()
	fmt.Println(a.area(), b.area())
	y, err := two()
	fmt.Println(y, err)
	m := map[string]any{}
	m["k"], err = two()
	fmt.Println(m, err)
	arr := []any{nil, nil}
	arr[0], arr[1] = squares()
	fmt.Println(arr[0].(square).side, arr[1] == any(square{3}))
	bx := box{}
	bx.v, err = two()
	fmt.Println(bx.v, err)
	p := &bx
	p.v, _ = squares()
	fmt.Println(p.v.(shape).area())
}

func calls() {
	take(two())
	take(ptr())
	takeShapes(squares())
	takeMany(squares())
	takeFirst(two())
	takeFirst(named3())
	b := &box{}
	b.set(two())
	box{}.all(pair())
	fmt.Println(two())
	fmt.Println(ptr())
	fmt.Println(named3())
	defer take(two())
	defer takeFirst(named3())
	f := take
	f(ptr())
	func(v any, e error) { fmt.Println("lit", v, e) }(two())
	func(vs ...any) { fmt.Println("lit", len(vs), vs) }(two())
	fmt.Println(forward())
	fmt.Println(mixed())
	fmt.Println(deferred())
	s1, s2 := forwardShapes()
	fmt.Println(s1.area(), s2.area())
	done := make(chan bool)
	go func(v any, e error) { fmt.Println("go", v, e); done <- true }(two())
	<-done
}

func commaOk() {
	m := map[string]square{"a": {5}}
	var s shape
	var ok any
	s, ok = m["a"]
	fmt.Println(s.area(), ok)
	var flag bool
	s, flag = m["zz"]
	fmt.Println(s.area(), flag)
	var v any = square{6}
	s, flag = v.(square)
	fmt.Println(s.area(), flag)
	s, flag = v.(shape)
	fmt.Println(s.area(), flag)
	c := make(chan square, 3)
	c <- square{7}
	c <- square{8}
	s, flag = <-c
	fmt.Println(s.area(), flag)
	select {
	case s, ok = <-c:
		fmt.Println(s.area(), ok)
	}
	close(c)
	s, flag = <-c
	fmt.Println(s.area(), flag)
	ce := make(chan myErr, 1)
	ce <- myErr{3}
	var err error
	select {
	case err = <-ce:
		fmt.Println(err)
	}
	type B bool
	var nb B
	_, nb = m["a"]
	fmt.Printf("%v %T\n", nb, bool(nb))
	var am any
	am, flag = m["a"]
	_, isSq := am.(square)
	fmt.Println(isSq, flag)
}

func ranges() {
	var x any
	var s shape
	c := make(chan square, 2)
	c <- square{1}
	c <- square{2}
	close(c)
	for x = range c {
		fmt.Print(x.(square).side, " ")
	}
	var k any
	for k, s = range []square{{3}, {4}} {
		fmt.Print(k, s.area(), " ")
	}
	for k, s = range [2]square{{5}, {6}} {
		fmt.Print(k, s.area(), " ")
	}
	for k, x = range "hé" {
		fmt.Print(k, x, " ")
	}
	for k = range 3 {
		fmt.Print(k, " ")
	}
	for k, s = range map[named]square{7: {8}} {
		fmt.Print(k, s.area(), " ")
	}
	for k, s = range func(yield func(named, square) bool) { _ = yield(1, square{2}) && yield(3, square{4}) } {
		fmt.Print(k, s.area(), " ")
	}
	fmt.Printf("%T\n", k)
	arr := [2]shape{}
	for _, arr[1] = range []square{{9}} {
	}
	fmt.Println(arr[1].area(), arr[0])
}

func single() {
	shapes := []shape{square{1}, &square{2}}
	shapes = append(shapes, square{3}, square{4})
	total := 0
	for _, s := range shapes {
		total += s.area()
	}
	fmt.Println(total)
	m := map[any]shape{named(1): square{1}, "k": square{2}, square{3}: square{3}}
	m[square{4}] = square{4}
	fmt.Println(m[named(1)].area(), m["k"].area(), m[square{3}].area(), m[square{4}].area(), m[1], len(m))
	delete(m, square{3})
	fmt.Println(len(m))
	ch := make(chan shape, 1)
	ch <- square{5}
	fmt.Println((<-ch).area())
	select {
	case ch <- square{6}:
	}
	fmt.Println((<-ch) == square{6}, any(named(3)) == named(3), any(3) == any(named(3)), shape(square{1}) != square{1})
	var e error = myErr{4}
	switch e {
	case myErr{3}:
		fmt.Println("three")
	case myErr{4}:
		fmt.Println("four")
	}
	sq := square{7}
	var i shape = square{7}
	switch sq {
	case i:
		fmt.Println("same")
	}
	f := func() shape { return square{8} }
	fmt.Println(f().area())
	g := shape.area
	h := square.area
	bound := i.area
	fmt.Println(g(square{2}), h(square{3}), bound())
	arr := [...]any{2: square{1}, 0: named(2)}
	fmt.Println(arr)
	st := struct {
		e error
		s []shape
	}{myErr{5}, []shape{square{1}}}
	fmt.Println(st.e, st.s[0].area())
	var nilErr *ptrErr
	e = nilErr
	fmt.Println(e == nil, e != nil, nilErr == nil)
	var ns fmt.Stringer = named(5)
	fmt.Println(ns, fmt.Sprint(ns), any(ns) == any(named(5)))
	pp := new(any)
	*pp = square{9}
	fmt.Println((*pp).(shape).area())
	by := sort.Interface(byLen{"aaa", "b", "cc"})
	sort.Sort(by)
	fmt.Println(by)
	e1, e2 := error(myErr{1}), error(&ptrErr{"x"})
	e1, e2 = e2, e1
	fmt.Println(e1, e2)
	s, n := shape(square{1}), 2
	s, n = square{n}, s.area()
	fmt.Println(s.area(), n)
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	assigns()
	calls()
	commaOk()
	ranges()
	single()
}
