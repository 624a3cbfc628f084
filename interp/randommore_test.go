package interp_test

import (
	"fmt"
	"strings"
)

// morePrelude is the part of the prelude that the statements of this file need.
const morePrelude = `type Key struct {
	A int8
	B string
}

type Duo [2]uint8

type Box[T any] struct {
	V    T
	More []T
	N    int
}

func (b Box[T]) Area() int             { return b.N*len(b.More) + 1 }
func (b Box[T]) Scale(by int) Shape    { b.N -= by; b.More = append(b.More[:len(b.More):len(b.More)], b.V); return b }
func (b *Box[T]) Grow(by int) *Box[T]  { b.N ^= by; b.More = append(b.More, b.V); return b }

func each[T any](xs ...T) func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		for i, x := range xs {
			if !yield(i, x) {
				return
			}
		}
	}
}

func clamp(f float64) float64 {
	if f > 0 && f < 100 {
		return f
	}
	return 7.5
}

func help() any { return recover() }

// fault says what f panics with; what Go says of indexes has numbers that cells do not know.
func fault(name string, f func()) {
	defer func() {
		r := recover()
		_, isErr := r.(error)
		text := fmt.Sprint(r)
		if len(text) > 20 && text[15:20] == "index" || len(text) > 20 && text[15:20] == "slice" {
			text = "bounds"
		}
		fmt.Println(name, text, isErr)
	}()
	f()
}

`

// moreDecls declares named numbers, constants, embedding structs and instances of generic types.
func (c *coder) moreDecls() {
	base := c.pick(intTypes...)
	name := c.name(base + "x")
	c.printf("type %s %s\n\n", name, base)
	if c.chance(50) {
		c.printf("func (x %s) String() string { return fmt.Sprintf(\"<%%d>\", %s(x)) }\n\n", name, base)
	}
	c.numbers = append(c.numbers, [2]string{name, base})
	c.printf("const (\n")
	for i, expr := range []string{c.pick("iota", "iota + 1", "1 << iota", "iota * iota"), "", "", "2*iota - 1"} {
		n := c.name("C")
		switch {
		case expr != "":
			c.printf("\t%s %s = %s\n", n, name, expr)
		case i == 2 && c.chance(50):
			c.printf("\t_\n")
			continue
		default:
			c.printf("\t%s\n", n)
		}
		c.consts = append(c.consts, local{n, name})
	}
	c.printf(")\n\n")
	for range 1 + c.r.IntN(2) {
		t := c.pick("int8", "string", "Kind", "Key", name)
		c.structs = append(c.structs, structType{name: "Box[" + t + "]", fields: []local{{"V", t}, {"More", "[]" + t}, {"N", "int"}}})
	}
	in := c.structs[c.r.IntN(len(c.structs))].name
	if !strings.HasPrefix(in, "Box") {
		s := structType{name: c.name("E"), fields: []local{{in, in}, {c.name("f"), c.typ(1)}, {"N", "int"}}}
		c.printf("type %s struct {\n\t%s\n\t%s %s\n\tN int\n}\n\n", s.name, in, s.fields[1].name, s.fields[1].typ)
		if c.chance(50) {
			c.printf("func (s %s) Area() int { return s.N - s.%s.Area() }\n", s.name, in)
		}
		c.printf("func (s *%s) Grow(by int) *%s { s.N += by; s.%s.Grow(by + 1); return s }\n\n", s.name, s.name, in)
		c.structs = append(c.structs, s)
	}
}

func (c *coder) baseOf(t string) string {
	for _, n := range c.numbers {
		if n[0] == t {
			return n[1]
		}
	}
	return t
}

// moreStatement writes a statement of one of the kinds of this file.
func (c *coder) moreStatement(nested bool) {
	kinds := []func(){c.copied, c.aliased, c.methodValues, c.diags, c.shadow, c.printAll, c.rotate, c.mapLoop}
	if nested {
		kinds = append(kinds, c.selectStatement, c.fallsThrough, c.deferred, c.manyTypes, c.arrayLoop, c.eachLoop, c.gotoLoop)
	}
	kinds[c.r.IntN(len(kinds))]()
}

// copied changes a copy.
func (c *coder) copied() {
	v, ok := c.anyVariable()
	if !ok {
		return
	}
	x := c.name("v")
	c.printf("%s := %s\n_ = %s\n", x, v.name, x)
	c.push()
	c.declare(x, v.typ)
	c.assignment()
	c.printf("fmt.Println(%s)\nfmt.Println(%s)\n", c.show(local{x, v.typ}), c.show(v))
	c.pop()
	c.declare(x, v.typ)
}

// aliased appends to parts of a slice.
func (c *coder) aliased() {
	t := c.pick("int", "string", "uint8", "Kind", "Key", "[2]int8")
	s, p := c.name("s"), c.name("s")
	c.printf("%s := []%s{%s}\n", s, t, c.list(t, 4))
	c.printf("%s := %s%s\n", p, s, c.pick("[1:2]", "[:2:2]", "[:0]", "[1:3:4]", "[2:]", "[:]"))
	switch c.r.IntN(4) {
	case 0:
		c.printf("%s = append(%s, %s)\n", p, p, c.expr(t, 1))
	case 1:
		c.printf("%s = append(%s, %s[1:]...)\n", p, p, s)
	case 2:
		c.printf("fmt.Println(copy(%s[1:], %s), copy(%s, %s[2:]))\n", s, s, p, s)
	case 3:
		c.printf("for i, x := range %s { %s = append(%s, x); %s[i] = %s }\n", s, s, s, s, c.expr(t, 1))
	}
	c.printf("clear(%s[:1])\nfmt.Println(%s, %s, len(%s), cap(%s) >= len(%s))\n", s, s, p, p, p, p)
	c.declare(s, "[]"+t)
}

// methodValues calls methods through values and expressions, before and after a change.
func (c *coder) methodValues() {
	s := c.structs[c.r.IntN(len(c.structs))]
	x, area, grow := c.name("v"), c.name("f"), c.name("f")
	c.printf("%s := %s\n", x, c.value0(s.name))
	c.printf("%s, %s := %s.Area, %s.Grow\n", area, grow, x, x)
	c.printf("%s.N = %s\n%s(3)\n", x, c.expr("int", 1), grow)
	c.printf("fmt.Println(%s(), %s.Area(), %s.Area(%s), (*%s).Area(&%s), (*%s).Grow(&%s, 2).N, Shape.Area(%s), Shape(&%s).Scale(2).Area())\n", area, x, s.name, x, s.name, x, s.name, x, x, x)
	c.declare(x, s.name)
}

// faults panics in one of the ways of the language.
func (c *coder) diags() {
	name := c.name("fault")
	body := ""
	switch c.r.IntN(14) {
	case 0:
		body = "var m map[" + c.pick("int", "Key", "string") + "]int8; for k := range m { m[k] = 1 }; " + "var n map[int]int; n[" + c.expr("int", 1) + "] = 1"
	case 1:
		t := c.pick(intTypes...)
		body = "z := " + t + "(0); fmt.Println(" + c.expr(t, 1) + c.pick(" / ", " % ") + "z)"
	case 2:
		s := c.structs[c.r.IntN(len(c.structs))].name
		body = "var p *" + s + "; " + c.pick("p.N++", "fmt.Println(p.N)", "fmt.Println(p.Area())", "p.Grow(1)", "_ = *p", "f := p.Area; fmt.Println(f())")
	case 3:
		body = "var x any = " + c.expr(c.pick(basicTypes...), 1) + "; fmt.Println(x.(" + c.pick("int", "string", "Kind", "Shape", "error", "[]int", "Key", "fmt.Stringer", "interface{ Area() string }") + "))"
	case 4:
		body = "var x Shape; x = nil; fmt.Println(x.(" + c.structs[0].name + "))"
	case 5:
		body = "var x Shape; fmt.Println(x.Area())"
	case 6:
		body = "panic(" + c.expr(c.pick("int", "string", "Kind", "bool", "Key"), 1) + ")"
	case 7:
		body = "panic(&Fault{" + c.literal("int8") + "})"
	case 8:
		body = "defer func() { panic(fmt.Sprint(\"again \", " + c.pick("recover()", "help()", "1") + ")) }(); panic(" + c.expr("string", 1) + ")"
	case 9:
		body = "defer func() { fmt.Println(\"helped\", help()) }(); panic(1)"
	case 10:
		body = "a := []int{1, 2}; fmt.Println(a[len(a)+" + c.pick("0", "2") + "])"
	case 11:
		body = "n := -1; fmt.Println(" + c.pick("make([]int, n)", "1 << n", "[]int{1}[:n]", "\"abc\"[n:]") + ")"
	case 12:
		body = "a, b := any([]int{}), any(map[int]int{}); fmt.Println(a == b, a == a)"
	case 13:
		body = "var f func(int) int; fmt.Println(f(" + c.expr("int", 1) + "))"
	}
	c.printf("fault(%q, func() { %s })\n", name, body)
}

// shadow declares a name again in a block.
func (c *coder) shadow() {
	v, ok := c.anyVariable()
	if !ok {
		return
	}
	c.printf("{\n%s := %s\n_ = %s\n", v.name, c.pick(v.name, conversion(v.typ)+"("+c.expr(v.typ, 1)+")"), v.name)
	c.assignment()
	c.printf("fmt.Println(%s)\n}\nfmt.Println(%s)\n", c.show(v), c.show(v))
}

// pure reports whether a value of the type prints the same in every run, however deep.
func (c *coder) pure(t string) bool {
	if s, ok := c.structOf(t); ok {
		for _, f := range s.fields {
			if !c.pure(f.typ) {
				return false
			}
		}
		return true
	}
	switch {
	case strings.HasPrefix(t, "map["):
		key, elem, _ := strings.Cut(t[4:], "]")
		return key != "any" && c.pure(elem)
	case strings.HasPrefix(t, "["):
		return c.pure(t[strings.Index(t, "]")+1:])
	}
	return !strings.HasPrefix(t, "*") && t != "any" && t != "Shape" && t != "error"
}

// printAll prints a value in all ways.
func (c *coder) printAll() {
	for range 5 {
		if t := c.typ(3); c.pure(t) {
			verb := c.pick("%v", "%+v", "%#v", "%T", "%d", "%x", "%q", "%6v", "%s")
			c.printf("fmt.Printf(\"%%v %%+v %%T %s\\n\", %s, %s, %s, any(%s))\n", verb, c.value(t), c.value(t), c.value(t), c.value(t))
			return
		}
	}
}

// rotate assigns in parallel to what depends on what is assigned.
func (c *coder) rotate() {
	t := c.typ(1)
	a, i := c.name("a"), c.name("i")
	c.printf("%s := %s%s{%s}\n%s := %d\n", a, c.pick("[3]", "[]"), t, c.list(t, 3), i, c.r.IntN(2))
	switch c.r.IntN(4) {
	case 0:
		c.printf("%s[0], %s[1], %s[2] = %s[1], %s[2], %s[0]\n", a, a, a, a, a, a)
	case 1:
		c.printf("%s, %s[%s] = 2, %s\n", i, a, i, c.expr(t, 1))
	case 2:
		c.printf("%s[%s], %s = %s[2-%s], %s+1\n", a, i, i, a, i, i)
	case 3:
		c.printf("for %s, %s[%s] = range []%s{%s} {}\n", i, a, i, t, c.list(t, 2))
	}
	c.printf("_ = %s[0]\nfmt.Println(%s, %s)\n", a, i, c.show(local{a, "[]" + t}))
}

// mapLoop ranges over a map in a way that does not depend on its order.
func (c *coder) mapLoop() {
	t := c.pick("int", "uint8", "int16", "Kind")
	m, n := c.name("m"), c.name("n")
	c.printf("%s := map[%s]%s{}\n", m, c.pick("any", "Key", "Duo", "float64", "[2]bool", "int8"), t)
	key := map[bool]string{true: "k", false: "zero"}
	_ = key
	c.printf("var %s %s\nfor k, v := range %s { %s ^= v; delete(%s, k) }\nfmt.Println(%s, len(%s))\n", n, t, m, n, m, n, m)
	x := c.name("m")
	c.printf("%s := map[any]%s{%s: 1, %q: 2, Key{1, \"a\"}: %s, Duo{1}: 4, %s: 5}\n", x, t, c.pick("1", "int8(1)", "Kind(1)", "1.5"), "s", c.expr(t, 1), c.pick("[1]string{\"a\"}", "true", "nil", "uint16(7)"))
	c.printf("%s[Key{1, \"a\"}]++\n%s[%s] += 2\nfor _, v := range %s { %s += v }\nfmt.Println(len(%s), %s, %s[Duo{1}], %s[\"none\"])\n", x, x, c.pick("1", "Kind(1)", "nil", "'x'"), x, n, x, n, x, x)
}

func (c *coder) selectStatement() {
	ch, t := c.name("ch"), c.typ(1)
	x := c.name("x")
	c.printf("%s := make(chan %s, 1)\n", ch, t)
	if c.chance(60) {
		c.printf("%s <- %s\n", ch, c.expr(t, 1))
	}
	c.printf("select {\ncase %s, ok := <-%s:\n_ = %s\n", x, ch, x)
	c.push()
	c.declare(x, t)
	c.printf("fmt.Println(ok, %s)\n", c.show(local{x, t}))
	c.block(3)
	c.pop()
	c.printf("default:\n%s <- %s\n", ch, c.expr(t, 1))
	c.block(2)
	c.printf("}\nfmt.Println(len(%s))\n", ch)
}

func (c *coder) fallsThrough() {
	t := c.pick("int", "uint8", "Kind")
	c.printf("switch x := %s; x & 3 {\n", c.expr(t, 1))
	for i, n := range c.r.Perm(4) {
		if i == 2 && c.chance(40) {
			c.printf("default:\n")
		} else {
			c.printf("case %d:\n", n)
		}
		c.block(2)
		if i < 3 && c.chance(40) {
			c.printf("fallthrough\n")
		}
	}
	c.printf("}\n")
}

// deferred writes a function that defers, with results that have names.
func (c *coder) deferred() {
	f, r, s := c.name("f"), c.name("r"), c.name("r")
	t := c.typ(1)
	c.printf("%s := func() (%s int, %s %s) {\n", f, r, s, t)
	c.push()
	c.declare(r, "int")
	c.declare(s, t)
	saved, loops, labels := c.result, c.loops, c.labels
	c.result, c.loops, c.labels = []string{"int", t}, 0, nil
	c.printf("for i := range %d {\ndefer func(a int) { %s += a*10 + i }(%s)\n}\n", c.r.IntN(3), r, c.expr("int", 1))
	if c.chance(50) {
		c.printf("defer func() { if x := recover(); x != nil { %s--; fmt.Println(\"recovered\", x) } }()\n", r)
	}
	c.block(3)
	c.printf("if %s { panic(%s) }\n", c.condition(1), c.expr("string", 1))
	if c.chance(50) {
		c.printf("return\n}\n")
	} else {
		c.printf("return %s\n}\n", c.args(c.result, 1))
	}
	c.result, c.loops, c.labels = saved, loops, labels
	c.pop()
	x, y := c.name("v"), c.name("v")
	c.printf("try(%q, func() {\n%s, %s := %s()\nfmt.Println(%s, %s)\n})\n", f, x, y, f, x, c.show(local{y, t}))
}

// manyTypes is a type switch with several types in a case.
func (c *coder) manyTypes() {
	x := c.name("t")
	c.printf("for _, %s := range []any{%s, %s, %s, %s, nil} {\nswitch %s := %s.(type) {\n", x, c.expr(c.pick(basicTypes...), 1), c.expr("Shape", 1), c.expr("[]int", 1), c.expr("any", 1), x, x)
	c.printf("case int8, string, Kind:\nfmt.Printf(\"a %%v %%T\\n\", %s, %s)\ncase %s, *%s:\nfmt.Println(\"struct\", %s.(Shape).Area())\n", x, x, c.structs[0].name, c.structs[0].name, x)
	c.printf("case Shape, error:\nfmt.Println(\"shape\", %s != nil)\ncase []int, nil:\nfmt.Println(%s == nil)\n", x, x)
	c.printf("case interface{ String() string }:\nfmt.Println(%s.String())\ndefault:\nfmt.Printf(\"%%T\\n\", %s)\n}\n}\n", x, x)
}

// arrayLoop ranges over an array, or the array that a pointer points to, and changes it.
func (c *coder) arrayLoop() {
	t := c.typ(1)
	a, i, e := c.name("a"), c.name("i"), c.name("e")
	c.printf("%s := [3]%s{%s}\nfor %s, %s := range %s%s {\n_, _ = %s, %s\n", a, t, c.list(t, 3), i, e, c.pick("", "&"), a, i, e)
	c.push()
	c.loops++
	c.labels = append(c.labels, "")
	c.declare(i, "int")
	c.declare(e, t)
	c.printf("%s[2-%s%%3&1] = %s\nfmt.Println(%s)\n", a, i, c.expr(t, 1), c.show(local{e, t}))
	c.block(3)
	c.pop()
	c.loops--
	c.labels = c.labels[:len(c.labels)-1]
	c.printf("}\nfmt.Println(%s)\n", c.show(local{a, "[]" + t}))
}

// eachLoop ranges over a function of two values.
func (c *coder) eachLoop() {
	t, label := c.typ(1), c.name("L")
	i, e := c.name("i"), c.name("e")
	c.printf("%s:\nfor %s, %s := range each[%s](%s) {\n_, _ = %s, %s\nif false { continue %s }\n", label, i, e, t, c.list(t, 3), i, e, label)
	c.push()
	c.loops++
	c.labels = append(c.labels, label)
	c.declare(i, "int")
	c.declare(e, t)
	c.block(4)
	c.pop()
	c.loops--
	c.labels = c.labels[:len(c.labels)-1]
	c.printf("}\n")
}

// gotoLoop is a loop made with goto.
func (c *coder) gotoLoop() {
	if c.loops > 0 {
		return
	}
	n, label := c.name("n"), c.name("G")
	first := c.pick("%[1]s++", "for range 2 { %[1]s++ }", "switch x := 1; { case x > 0: %[1]s++ }", "switch any(%[1]s).(type) { case int: %[1]s++ }", "if x := %[1]s; x >= 0 { %[1]s++ }", "{ var x int; %[1]s++; _ = x }", "select { default: %[1]s++ }")
	c.printf("{\n%s := 0\n%s:\n%s\n{\n", n, label, fmt.Sprintf(first, n))
	saved := c.scopes
	c.block(2)
	c.scopes = saved
	c.printf("}\nif %s < 3 { goto %s }\n}\n", n, label)
}

// mixed is an expression of a complex type.
func (c *coder) mixed(t string, d int) string {
	part := map[string]string{"complex128": "float64", "complex64": "float32"}[t]
	switch c.r.IntN(3) {
	case 0:
		return fmt.Sprintf("complex(%s, %s)", c.expr(part, d), c.expr(part, d))
	case 1:
		return "-" + c.value(t)
	}
	return "(" + c.expr(t, d) + c.pick(" + ", " - ", " * ") + c.expr(t, d) + ")"
}
