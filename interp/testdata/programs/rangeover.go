package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Print("[done]")
		for i := range n {
			if !yield(i) {
				fmt.Print("[stopped]")
				return
			}
		}
	}
}

func pairs[K, V any](ks []K, vs []V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for i, k := range ks {
			if !yield(k, vs[i]) {
				return
			}
		}
	}
}

func breaks() {
	for i := range count(10) {
		if i == 1 {
			continue
		}
		if i == 3 {
			break
		}
		fmt.Print(i, " ")
	}
	fmt.Println()
outer:
	for i := range count(3) {
		for j := range count(3) {
			switch {
			case j == 1 && i == 0:
				continue outer
			case i == 2:
				break outer
			}
			fmt.Print(i, j, " ")
		}
	}
	fmt.Println()
}

func returns() (s string, err error) {
	defer func() { s += "+deferred" }()
	for i := range count(5) {
		for k, v := range pairs([]string{"a", "b"}, []int{1, 2}) {
			if i == 1 && v == 2 {
				return fmt.Sprint(k, i, v), fmt.Errorf("found %d", v)
			}
		}
	}
	return "none", nil
}

func returnMany(n int) (int, string, any) {
	for i := range count(n) {
		if i == 2 {
			return i, "two", []int{i}
		}
	}
	return -1, "", nil
}

func deferInBody() {
	for i := range count(3) {
		defer fmt.Print("d", i, " ")
	}
	fmt.Print("end ")
}

func panics() {
	defer func() { fmt.Println("recovered", recover()) }()
	for i := range count(3) {
		if i == 1 {
			panic("in body")
		}
	}
}

func closures() {
	var fs []func() int
	for i := range count(3) {
		fs = append(fs, func() int { i *= 2; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
}

func ints() {
	for i := range 3 {
		i += 10
		fmt.Print(i, " ")
	}
	var n8 int8 = 3
	for i := range n8 {
		fmt.Printf("%T%d ", i, i)
	}
	const c = 2
	for i := range c {
		fmt.Print(i, " ")
	}
	for range 2 {
		fmt.Print("x")
	}
	for i := range -5 {
		fmt.Print("never", i)
	}
	n := 3
	for i := range n {
		n = 100
		fmt.Print(i, n, " ")
	}
	fmt.Println()
}

func stringsAndArrays() {
	for i, r := range "aé\xff世" {
		fmt.Print(i, ":", r, string(r), " ")
	}
	arr := [3]int{1, 2, 3}
	for i, v := range arr {
		arr[2] = 100
		fmt.Print(i, v, " ")
	}
	for i, v := range &arr {
		arr[2] = 200
		fmt.Print(i, v, " ")
	}
	s := []int{1, 2, 3}
	for i, v := range s {
		s[2] = 9
		s = append(s, v)
		fmt.Print(i, v, " ")
	}
	fmt.Println(s)
	var p *[4]int
	for i := range p {
		fmt.Print(i)
	}
	fmt.Println(len(p))
	type pt struct{ x, y int }
	pts := []pt{{1, 2}, {3, 4}}
	for _, p := range pts {
		p.x = 100
	}
	for i := range pts {
		pts[i].y *= 2
	}
	fmt.Println(pts)
	var nilMap map[string]int
	for range nilMap {
		fmt.Print("never")
	}
	m := map[int]bool{1: true, 2: true, 3: true}
	for k := range m {
		delete(m, k)
	}
	fmt.Println(len(m))
	for i, b := range []byte("hi") {
		fmt.Print(i, b, " ")
	}
	for i, r := range []rune("hé") {
		fmt.Print(i, r, " ")
	}
	fmt.Println()
}

func pulls() {
	next, stop := iter.Pull(count(3))
	fmt.Println(next())
	fmt.Println(next())
	stop()
	fmt.Println(next())
}

func std() {
	fmt.Println(slices.Sorted(maps.Keys(map[string]int{"b": 1, "a": 2})))
	for i, v := range slices.Backward([]string{"x", "y"}) {
		fmt.Print(i, v, " ")
	}
	fmt.Println(slices.Collect(maps.Values(map[int]int{1: 7})))
	for c := range slices.Chunk([]int{1, 2, 3, 4, 5}, 2) {
		fmt.Print(c)
	}
	fmt.Println()
}

type tree struct {
	l, r *tree
	v    int
}

func (t *tree) all(yield func(int) bool) bool {
	return t == nil || t.l.all(yield) && yield(t.v) && t.r.all(yield)
}
func (t *tree) each() iter.Seq[int] { return func(y func(int) bool) { t.all(y) } }

func main() {
	breaks()
	fmt.Println(returns())
	fmt.Println(returnMany(5))
	fmt.Println(returnMany(2))
	deferInBody()
	fmt.Println()
	panics()
	closures()
	ints()
	stringsAndArrays()
	pulls()
	std()
	t := &tree{&tree{nil, nil, 1}, &tree{nil, nil, 3}, 2}
	for v := range t.each() {
		if v == 3 {
			break
		}
		fmt.Print(v, " ")
	}
	fmt.Println()
	for range func(yield func() bool) { _ = yield() && yield() } {
		fmt.Print("tick ")
	}
	fmt.Println()
}
