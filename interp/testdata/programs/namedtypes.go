package main

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

type ID string
type IDs []ID
type Count map[ID]int
type Handler func(ID) error
type Grid [2][2]rune
type Ch chan ID
type Ptr *int
type Dur time.Duration
type Alias = Count

func (i ID) Valid() bool         { return len(i) > 1 }
func (s IDs) Len() int           { return len(s) }
func (s IDs) Less(i, j int) bool { return s[i] < s[j] }
func (s IDs) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s IDs) Strings() (out []string) {
	for _, id := range s {
		out = append(out, string(id))
	}
	return
}
func (c Count) Add(id ID) Count { c[id]++; return c }
func (h Handler) Try(id ID) string {
	if err := h(id); err != nil {
		return "err:" + err.Error()
	}
	return "ok"
}
func (g Grid) String() string {
	var b strings.Builder
	for _, r := range g {
		b.WriteString(string(r[:]))
		b.WriteByte('|')
	}
	return b.String()
}
func (c Ch) Send(id ID)          { c <- id }
func (d Dur) Std() time.Duration { return time.Duration(d) }
func main() {
	ids := IDs{"bb", "a", "ccc"}
	sort.Sort(ids)
	fmt.Println(ids, ids.Strings(), ids[0].Valid(), ids[1].Valid(), ID("x")+"y", len(ID("héy")))
	c := Count{}.Add("a").Add("a").Add("b")
	var al Alias = c
	fmt.Println(c, al["a"], len(al))
	h := Handler(func(id ID) error {
		if !id.Valid() {
			return fmt.Errorf("bad id %q", id)
		}
		return nil
	})
	fmt.Println(h.Try("x"), h.Try("xy"))
	fmt.Println(Grid{{'a', 'b'}, {'c', 'd'}}, Grid{} == Grid{})
	ch := make(Ch, 1)
	ch.Send("sent")
	fmt.Println(<-ch, cap(ch), Dur(time.Second).Std(), Dur(5))
	n := 3
	var p Ptr = &n
	*p = 4
	fmt.Println(n, []ID(ids)[0], []string{string(ids[0])}, map[ID]int(c)["b"])
	for i, r := range ID("hi") {
		fmt.Print(i, string(r), " ")
	}
	fmt.Printf("%T %T %T %v %q\n", ids, c, h, ids[2], ids[2])
	type Local IDs
	fmt.Println(len(Local(ids)), IDs(Local(ids)).Len())
	switch any(ids[0]).(type) {
	case string:
		fmt.Println("string")
	case ID:
		fmt.Println("ID")
	}
	fmt.Println(ids[0] == "a", ids[0] < "b", strings.ToUpper(string(ids[1])), "pre-"+ids[0])
}
