package main

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
)

type Animal interface {
	Name() string
	Sound() string
}
type Walker interface{ Walk() string }
type AnimalWalker interface {
	Animal
	Walker
}
type base struct {
	name string
	legs int
}

func (b base) Name() string     { return b.name }
func (b *base) Rename(n string) { b.name = n }
func (b base) Walk() string     { return fmt.Sprint(b.name, " walks on ", b.legs) }
func (b base) describe() string { return "base " + b.name }

type Dog struct {
	base
	breed string
}

func (d Dog) Sound() string { return "woof" }

type Puppy struct {
	*Dog
	age int
}

func (p Puppy) Sound() string    { return "yip(" + p.Dog.Sound() + ")" }
func (p Puppy) describe() string { return "puppy of " + p.Dog.describe() }

type Robot struct {
	Animal
	fmt.Stringer
	model string
}
type label string

func (l label) String() string { return "<" + string(l) + ">" }

type A struct{ X, Y int }
type B struct{ X, Z int }
type C struct {
	A
	B
	Y string
}

func (A) Hello() string { return "A.Hello" }
func (B) Bye() string   { return "B.Bye" }

type Counter struct {
	sync.Mutex
	n map[string]int
}

func (c *Counter) Inc(k string) {
	c.Lock()
	defer c.Unlock()
	c.n[k]++
}

type Logger struct {
	io.Writer
	prefix string
}

func (l *Logger) Log(s string) { fmt.Fprintf(l, "%s%s\n", l.prefix, s) }

type ReverseSort struct{ sort.Interface }

func (r ReverseSort) Less(i, j int) bool { return r.Interface.Less(j, i) }

type upper struct{ io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	copy(p, strings.ToUpper(string(p[:n])))
	return n, err
}

type L1 struct{ L2 }
type L2 struct{ *L3 }
type L3 struct{ v int }

func (l *L3) Set(v int) { l.v = v }
func (l L3) Get() int   { return l.v }

type Opt[T any] struct {
	Box[T]
	set bool
}
type Box[T any] struct{ V T }

func (b Box[T]) Get() T   { return b.V }
func (b *Box[T]) Put(v T) { b.V = v }

func main() {
	d := Dog{base{"rex", 4}, "lab"}
	fmt.Println(d.Name(), d.Sound(), d.Walk(), d.legs, d.base.name)
	d.Rename("max")
	fmt.Println(d.name, d.describe())
	p := Puppy{&d, 1}
	p.Rename("tiny")
	fmt.Println(d.name, p.Name(), p.Sound(), p.describe(), p.legs)
	var aw AnimalWalker = p
	var an Animal = aw
	w, ok := an.(Walker)
	fmt.Println(aw.Sound(), an.Name(), ok, w.Walk())
	_, ok = an.(fmt.Stringer)
	fmt.Println(ok)
	r := Robot{Animal: d, Stringer: label("rb"), model: "m1"}
	fmt.Println(r.Name(), r.Sound(), r.String(), r)
	r.Animal = p
	fmt.Println(r.Sound())
	c := C{A{1, 2}, B{3, 4}, "why"}
	fmt.Println(c.A.X, c.B.X, c.Y, c.A.Y, c.Z, c.Hello(), c.Bye())
	fmt.Printf("%v %+v\n", c, c)
	cnt := Counter{n: map[string]int{}}
	var wg sync.WaitGroup
	for range 10 {
		wg.Add(1)
		go func() { defer wg.Done(); cnt.Inc("k") }()
	}
	wg.Wait()
	fmt.Println(cnt.n)
	var sb strings.Builder
	lg := &Logger{&sb, "> "}
	lg.Log("one")
	lg.Log("two")
	fmt.Fprint(lg, "direct")
	fmt.Println(sb.String())
	xs := []int{3, 1, 2}
	sort.Sort(ReverseSort{sort.IntSlice(xs)})
	fmt.Println(xs)
	b, err := io.ReadAll(upper{strings.NewReader("shout this")})
	fmt.Println(string(b), err)
	l := L1{L2{&L3{1}}}
	l.Set(5)
	l.v++
	cp := l
	cp.Set(9)
	fmt.Println(l.Get(), l.v, cp.L2.L3.v)
	o := Opt[string]{}
	o.Put("x")
	fmt.Println(o.Get(), o.V, o)
	f := d.Name
	g := Dog.Sound
	h := (*Dog).Rename
	h(&d, "renamed")
	fmt.Println(f(), g(d), d.name, (*Dog).Name(&d), Puppy.Name(p))
	m := map[string]Animal{"d": d, "p": p, "r": r}
	keys := []string{}
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Print(k, m[k].Name(), m[k].Sound(), " ")
	}
	fmt.Println()
	anon := struct {
		Dog
		extra int
	}{d, 3}
	fmt.Println(anon.Name(), anon.extra, anon.breed)
	var iface interface {
		Name() string
		Walk() string
	} = anon
	fmt.Println(iface.Walk())
	defer func() { fmt.Println("recovered:", recover() != nil) }()
	var np Puppy
	fmt.Println(np.Name())
}
