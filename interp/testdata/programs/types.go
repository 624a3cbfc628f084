package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

type Shape interface {
	Area() float64
	Name() string
}

type base struct{ name string }

func (b base) Name() string      { return b.name }
func (b *base) SetName(s string) { b.name = s }

type Rect struct {
	base
	w, h float64
}

func (r Rect) Area() float64 { return r.w * r.h }

type Circle struct {
	*base
	r float64
}

func (c *Circle) Area() float64 { return 3 * c.r * c.r }

type byArea []Shape

func (b byArea) Len() int           { return len(b) }
func (b byArea) Less(i, j int) bool { return b[i].Area() < b[j].Area() }
func (b byArea) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type upper struct{ r *strings.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, strings.ToUpper(string(p[:n])))
	return n, err
}

type Rec struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"`
	n    int
	Sub  *Rec `json:"sub,omitempty"`
}

type Weekday int

const (
	Sunday Weekday = iota
	Monday
	Tuesday
)

func main() {
	r := Rect{base{"r"}, 2, 3}
	c := &Circle{&base{"c"}, 1}
	r.SetName("rect")
	c.SetName("circle")
	shapes := []Shape{r, c}
	sort.Sort(byArea(shapes))
	for _, s := range shapes {
		fmt.Println(s.Name(), s.Area())
		switch v := s.(type) {
		case Rect:
			fmt.Println("rect", v.w)
		case *Circle:
			fmt.Println("circle", v.r)
		}
	}
	_, ok := shapes[0].(*Circle)
	fmt.Println(ok)
	b, err := json.Marshal(Rec{Name: "a", n: 3, Sub: &Rec{Name: "b", Tags: []string{"t"}}})
	fmt.Println(string(b), err)
	var rec Rec
	fmt.Println(json.Unmarshal([]byte(`{"name":"zz","sub":{"name":"yy"}}`), &rec), rec.Name, rec.Sub.Name)
	var sb strings.Builder
	fmt.Fprintf(&sb, "%d-%s", 1, "x")
	fmt.Println(sb.String(), Tuesday, Monday == 1)
	m := map[Weekday][]int{Sunday: {1, 2}, Monday: nil}
	m[Sunday] = append(m[Sunday], 3)
	v, found := m[Tuesday]
	fmt.Println(m[Sunday], v == nil, found, len(m))
	type local struct{ a, b int }
	ls := []local{{1, 2}, {3, 4}}
	ls[0].a = 9
	fmt.Println(ls, ls[0] == local{9, 2})
	f := Rect.Area
	fmt.Println(f(r))
	arr := [3][2]int{{1, 2}, {3, 4}}
	arr2 := arr
	arr2[0][0] = 100
	fmt.Println(arr, arr2, arr == arr2)
	buf := make([]byte, 4)
	n, _ := upper{strings.NewReader("abcdef")}.Read(buf)
	fmt.Println(string(buf[:n]))
}
