package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

type MyInt int

func (m MyInt) String() string { return fmt.Sprintf("MyInt(%d)", int(m)) }

func Sum[T Number](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func Filter[S ~[]E, E any](s S, keep func(E) bool) S {
	var out S
	for _, e := range s {
		if keep(e) {
			out = append(out, e)
		}
	}
	return out
}

func Reduce[T, A any](xs []T, init A, f func(A, T) A) A {
	for _, x := range xs {
		init = f(init, x)
	}
	return init
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (p Pair[K, V]) String() string { return fmt.Sprintf("%v=>%v", p.Key, p.Val) }
func (p *Pair[K, V]) Set(v V)       { p.Val = v }
func MakePair[K comparable, V any](k K, v V) Pair[K, V] {
	return Pair[K, V]{k, v}
}

type List[T any] struct {
	head *node[T]
	n    int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Push(v T) { l.head = &node[T]{v, l.head}; l.n++ }
func (l *List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.v) {
				return
			}
			i++
		}
	}
}

type Tree[K cmp.Ordered, V any] struct {
	root *tnode[K, V]
}
type tnode[K cmp.Ordered, V any] struct {
	Pair[K, V]
	left, right *tnode[K, V]
}

func (t *Tree[K, V]) Put(k K, v V) {
	p := &t.root
	for *p != nil {
		switch c := cmp.Compare(k, (*p).Key); {
		case c < 0:
			p = &(*p).left
		case c > 0:
			p = &(*p).right
		default:
			(*p).Set(v)
			return
		}
	}
	*p = &tnode[K, V]{Pair: MakePair(k, v)}
}

func (t *Tree[K, V]) Walk(f func(Pair[K, V])) { t.root.walk(f) }
func (n *tnode[K, V]) walk(f func(Pair[K, V])) {
	if n == nil {
		return
	}
	n.left.walk(f)
	f(n.Pair)
	n.right.walk(f)
}

type Stringish interface {
	~string
	Len() int
}
type Name string

func (n Name) Len() int { return len(n) }
func Total[S Stringish](xs ...S) (n int) {
	for _, x := range xs {
		n += x.Len() + len(string(x))
	}
	return
}

type Setter[T any] interface {
	*T
	Set(string)
}
type Conf struct{ v string }

func (c *Conf) Set(s string) { c.v = "<" + s + ">" }
func FromStrings[T any, PT Setter[T]](ss []string) []T {
	out := make([]T, len(ss))
	for i, s := range ss {
		PT(&out[i]).Set(s)
	}
	return out
}

type Set[T comparable] map[T]struct{}

func (s Set[T]) Add(vs ...T) Set[T] {
	for _, v := range vs {
		s[v] = struct{}{}
	}
	return s
}
func (s Set[T]) Has(v T) bool { _, ok := s[v]; return ok }
func Union[T comparable](a, b Set[T]) Set[T] {
	out := Set[T]{}
	for v := range a {
		out.Add(v)
	}
	for v := range b {
		out.Add(v)
	}
	return out
}

func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) []K { return slices.Sorted(maps.Keys(m)) }
func Ptr[T any](v T) *T                              { return &v }
func Zero[T any]() T                                 { var z T; return z }
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
func TypeName[T any](v T) string {
	switch any(v).(type) {
	case int:
		return "int"
	case string:
		return "string"
	case fmt.Stringer:
		return "stringer"
	case []T:
		return "slice of T"
	}
	return fmt.Sprintf("%T", v)
}

type Num[T Number] struct{ v T }

func (n Num[T]) Add(m Num[T]) Num[T] { return Num[T]{n.v + m.v} }

type Opt[T any] func(*T)

func Apply[T any](t T, opts ...Opt[T]) T {
	for _, o := range opts {
		o(&t)
	}
	return t
}

type Cache[K comparable, V any] struct {
	data map[K]V
	miss func(K) (V, error)
	hits int
}

func NewCache[K comparable, V any](miss func(K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{data: make(map[K]V), miss: miss}
}
func (c *Cache[K, V]) Get(k K) (V, error) {
	if v, ok := c.data[k]; ok {
		c.hits++
		return v, nil
	}
	v, err := c.miss(k)
	if err != nil {
		return Zero[V](), fmt.Errorf("key %v: %w", k, err)
	}
	c.data[k] = v
	return v, nil
}

type Vec[T Number] []T

func (v Vec[T]) Dot(w Vec[T]) (d T) {
	for i := range v {
		d += v[i] * w[i]
	}
	return
}

type Alias = Pair[string, []int]

func Chan[T any](vs ...T) <-chan T {
	c := make(chan T, len(vs))
	for _, v := range vs {
		c <- v
	}
	close(c)
	return c
}

func SortBy[T any, K cmp.Ordered](xs []T, key func(T) K) []T {
	sort.Slice(xs, func(i, j int) bool { return key(xs[i]) < key(xs[j]) })
	return xs
}

func main() {
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2.5), Sum[MyInt](1, 2), Sum[int8](100, 100))
	fmt.Println(Map([]int{1, 2, 3}, func(i int) string { return strings.Repeat("x", i) }))
	fmt.Println(Filter([]MyInt{1, 2, 3, 4}, func(m MyInt) bool { return m%2 == 0 }))
	fmt.Println(Reduce([]string{"a", "b"}, 0, func(n int, s string) int { return n + len(s) }))
	p := MakePair("k", 1)
	p.Set(5)
	fmt.Println(p, &p, []Pair[string, int]{p})
	fmt.Printf("%T %v %+v\n", p, p, Pair[MyInt, *int]{Key: 3})
	var l List[Pair[int, string]]
	l.Push(MakePair(1, "one"))
	l.Push(MakePair(2, "two"))
	for i, v := range l.All() {
		fmt.Print(i, ":", v, " ")
	}
	fmt.Println(l.n)
	var t Tree[string, int]
	for i, w := range strings.Fields("the quick brown fox jumps over the lazy dog") {
		t.Put(w, i)
	}
	t.Walk(func(p Pair[string, int]) { fmt.Print(p, " ") })
	fmt.Println()
	fmt.Println(Total(Name("ab"), Name("c")))
	fmt.Println(FromStrings[Conf]([]string{"x", "y"}))
	s := Union(Set[int]{}.Add(1, 2), Set[int]{}.Add(2, 3))
	fmt.Println(len(s), s.Has(3), s.Has(9), Keys(s))
	fmt.Println(*Ptr(3), *Ptr("s"), Zero[string]() == "", Zero[*int]() == nil, Zero[[2]int]())
	fmt.Println(Must(fmt.Sprint("ok"), error(nil)))
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		Must(0, errors.New("bad"))
	}()
	fmt.Println(TypeName(1), TypeName("a"), TypeName(MyInt(1)), TypeName(2.5), TypeName([]int{}))
	fmt.Println(Num[float64]{1.5}.Add(Num[float64]{2}))
	fmt.Println(Apply(Conf{"a"}, func(c *Conf) { c.v += "b" }, func(c *Conf) { c.Set(c.v) }))
	c := NewCache(func(k int) (string, error) {
		if k < 0 {
			return "", errors.New("negative")
		}
		return fmt.Sprint("v", k), nil
	})
	for _, k := range []int{1, 1, -1, 2, 1} {
		fmt.Print(c.Get(k))
		fmt.Print("; ")
	}
	fmt.Println(c.hits)
	fmt.Println(Vec[int]{1, 2, 3}.Dot(Vec[int]{4, 5, 6}), Vec[MyInt]{2}.Dot([]MyInt{3}))
	var a Alias = Alias{"z", []int{1}}
	fmt.Println(a)
	for v := range Chan(1, 2, 3) {
		fmt.Print(v, " ")
	}
	f := Map[MyInt, string]
	fmt.Println(f([]MyInt{7}, MyInt.String))
	fmt.Println(SortBy([]string{"ccc", "a", "bb"}, func(s string) int { return len(s) }))
	type local[T any] struct{ x, y T }
	fmt.Printf("%v %+v\n", local[int]{1, 2}, local[string]{"a", "b"})
	fmt.Println(slices.MaxFunc([]Pair[string, int]{{"a", 1}, {"b", 3}}, func(a, b Pair[string, int]) int { return cmp.Compare(a.Val, b.Val) }))
}
