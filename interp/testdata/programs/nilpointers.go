package main

import "fmt"

type S struct {
	A int
	P *S
	M *map[string]int
	L [3]int
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
	fmt.Println(name, "no panic")
}

func take(x int) int    { return x }
func takeS(s S) S       { return s }
func takeAny(x any) any { return x }
func vari(x ...int) int { return len(x) }

func main() {
	var p *int
	var ps *S
	var pp **int
	var pstr *string
	var pb *bool
	var pm *map[string]int
	var psl *[]int
	var parr *[3]int
	m := map[string]int{"a": 1}
	ms := map[string]S{"a": {}}
	mp := map[S]int{}
	s := []int{1}
	try("map", func() { m["a"] = *p })
	fmt.Println(m)
	try("mapS", func() { ms["a"] = *ps })
	fmt.Println(len(ms))
	try("mapfield", func() { m["a"] = ps.A })
	fmt.Println(m)
	try("mapop", func() { m["a"] += *p })
	try("mapkey", func() { m[*pstr] = 1 })
	try("mapkey2", func() { fmt.Println(m[*pstr]) })
	try("mapkeyS", func() { mp[*ps] = 1 })
	try("slice", func() { s[0] = *p })
	try("sliceidx", func() { s[*p] = 1 })
	try("arg", func() { take(*p) })
	try("argS", func() { takeS(*ps) })
	try("argAny", func() { takeAny(*p) })
	try("argAnyS", func() { takeAny(*ps) })
	try("vari", func() { vari(*p, *p) })
	try("lit", func() { _ = []int{*p} })
	try("litS", func() { _ = S{A: *p} })
	try("litM", func() { _ = map[string]int{"a": *p} })
	try("litMS", func() { _ = map[string]S{"a": *ps} })
	try("append", func() { s = append(s, *p) })
	try("appendspread", func() { s = append(s, *psl...) })
	try("binary", func() { _ = *p + 1 })
	try("cmp", func() { _ = *p == 1 })
	try("cmpS", func() { _ = *ps == *ps })
	try("if", func() {
		if *pb {
			fmt.Println("x")
		}
	})
	try("not", func() { _ = !*pb })
	try("and", func() { _ = true && *pb })
	try("switch", func() {
		switch *p {
		case 0:
		}
	})
	try("rangeS", func() {
		for range *psl {
		}
	})
	try("rangeM", func() {
		for range *pm {
		}
	})
	try("rangeArr", func() {
		for _, x := range *parr {
			fmt.Print(x)
		}
	})
	try("rangeN", func() {
		for range *p {
		}
	})
	try("rangeStr", func() {
		for range *pstr {
		}
	})
	try("var", func() { var x = *p; _ = x })
	try("define", func() { x := *p; _ = x })
	try("assign", func() { var x int; x = *p; _ = x })
	try("blank", func() { _ = *p })
	try("two", func() { var x, y int; x, y = *p, 1; _, _ = x, y })
	try("pp", func() { _ = **pp })
	try("store", func() { *p = 1 })
	try("storeop", func() { *p += 1 })
	try("inc", func() { *p++ })
	try("field", func() { _ = ps.A })
	try("fieldset", func() { ps.A = 1 })
	try("deepfield", func() { _ = ps.P.A })
	try("fieldmap", func() { (*ps.M)["x"] = 1 })
	try("idx", func() { _ = parr[1] })
	try("idxset", func() { parr[1] = 1 })
	try("sliceof", func() { _ = parr[:] })
	try("addr", func() { _ = &ps.A })
	try("addridx", func() { _ = &parr[0] })
	try("len", func() { fmt.Println(len(*psl)) })
	try("lenM", func() { fmt.Println(len(*pm)) })
	try("lenArr", func() { fmt.Println(len(*parr), len(parr)) })
	try("conv", func() { _ = float64(*p) })
	try("return", func() { _ = func() int { return *p }() })
	try("return2", func() { _, _ = func() (int, S) { return 1, *ps }() })
	try("ret any", func() { _ = func() any { return *ps }() })
	try("send", func() { c := make(chan int, 1); c <- *p })
	try("sendS", func() { c := make(chan S, 1); c <- *ps })
	try("closure", func() { x := func() S { return *ps }; fmt.Println(x()) })
	try("indexof", func() { _ = (*psl)[0] })
	try("mapof", func() { _ = (*pm)["a"] })
	try("mapofset", func() { (*pm)["a"] = 1 })
	try("mapnil", func() { var m map[string]int; m["a"] = 1 })
	try("print", func() { fmt.Println(*p) })
	try("printS", func() { fmt.Println(*ps) })
	try("defer", func() { defer take(*p); fmt.Println("not reached") })
	try("go", func() { go take(*p); fmt.Println("not reached") })
	try("delete", func() { delete(m, *pstr) })
	try("copy", func() { copy(s, *psl) })
	try("min", func() { _ = min(1, *p) })
	try("concat", func() { _ = "a" + *pstr })
	try("strindex", func() { _ = (*pstr)[0] })
	try("structcopy", func() { var t S; t = *ps; _ = t })
	try("arrcopy", func() { var t [3]int; t = *parr; _ = t })
	try("mapnested", func() { mm := map[string][3]int{}; mm["x"] = *parr })
	try("mapptr", func() { mm := map[string]*int{"x": p}; m["b"] = *mm["x"] })
	try("mapiface", func() { mm := map[string]any{"x": 1}; mm["x"] = *p; fmt.Println(len(mm)) })
	try("mapfn", func() { mm := map[string]int{"x": 1}; mm["x"] = take(*p); fmt.Println(len(mm)) })
	try("nilmapfield", func() { mm := map[string]int{"x": 1}; mm["x"] = ps.P.P.L[1]; fmt.Println(len(mm)) })
}
