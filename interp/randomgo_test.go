package interp_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A coder writes random programs: typed expressions and statements over everything that has a fixed meaning in Go. Go does
// not say whether an operand is read before or after a call in the same expression, so expressions change nothing outside.
// The same seed gives the same program.
type coder struct {
	r       *rand.Rand
	b       strings.Builder
	scopes  [][]local
	structs []structType
	funcs   []funcType
	names   int
	depth   int // of blocks
	loops   int
	labels  []string
	result  []string // types of the results of the function being written
	budget  int
	numbers [][2]string // named numbers, with what they are
	consts  []local
}

type local struct{ name, typ string }

type structType struct {
	name   string
	fields []local
}

type funcType struct {
	name            string
	params, results []string
}

var (
	intTypes   = []string{"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"}
	basicTypes = append([]string{"string", "bool", "float64", "float32", "rune", "Kind"}, intTypes...)
)

// prelude is what all random programs share.
const prelude = `package main

import "fmt"

type Kind int

func (k Kind) String() string { return fmt.Sprintf("Kind(%d)", int(k)) }

type Shape interface {
	Area() int
	Scale(by int) Shape
}

type Fault struct{ Code int }

func (f *Fault) Error() string { return fmt.Sprint("fault ", f.Code) }

func k[T any](v T) T { return v }

func at[T any](s []T, i int) (z T) {
	if len(s) > 0 {
		z = s[uint(i)%uint(len(s))]
	}
	return
}

func get[K comparable, V any](m map[K]V, k K) V { return m[k] }

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			_, isErr := r.(error)
			fmt.Println(name, "panicked", isErr)
		}
	}()
	f()
}

func apply[T any](n int, v T, f func(T) T) T {
	for range n {
		v = f(v)
	}
	return v
}

`

// randomProgram writes the program of a seed.
func randomProgram(seed uint64) string {
	c := &coder{r: rand.New(rand.NewPCG(seed, 1))}
	c.b.WriteString(prelude + morePrelude)
	for range 2 + c.r.IntN(2) {
		c.structDecl()
	}
	c.moreDecls()
	c.scopes = [][]local{nil}
	for range 2 {
		t := c.typ(1)
		name := c.name("g")
		c.printf("var %s %s = %s\n\n", name, t, c.expr(t, 1))
		c.declare(name, t)
	}
	for range 4 {
		c.funcDecl()
	}
	c.b.WriteString("func main() {\n")
	c.push()
	for i, f := range c.funcs {
		for range 2 {
			var names, shown []string
			for _, r := range f.results {
				name := c.name("res")
				names, shown = append(names, name), append(shown, c.show(local{name, r}))
			}
			c.printf("try(%q, func() { %s := %s(%s); fmt.Println(%s) })\n", fmt.Sprint("call", i), strings.Join(names, ", "), f.name, c.args(f.params, 1), strings.Join(shown, ", "))
		}
	}
	for range 8 {
		c.budget = 6
		c.printf("try(\"more\", func() {\n")
		c.push()
		c.varDecl()
		c.varDecl()
		c.moreStatement(true)
		c.pop()
		c.printf("})\n")
	}
	c.budget = 12
	c.printf("try(\"main\", func() {\n")
	c.block(6)
	c.printf("})\n")
	for _, v := range c.scopes[0] {
		c.printf("try(\"global\", func() { fmt.Println(%s) })\n", c.show(v))
	}
	c.pop()
	c.b.WriteString("}\n")
	return c.b.String()
}

func (c *coder) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }
func (c *coder) push()                             { c.scopes = append(c.scopes, nil) }
func (c *coder) pop()                              { c.scopes = c.scopes[:len(c.scopes)-1] }
func (c *coder) pick(list ...string) string        { return list[c.r.IntN(len(list))] }
func (c *coder) chance(percent int) bool           { return c.r.IntN(100) < percent }

func (c *coder) name(prefix string) string {
	c.names++
	return fmt.Sprintf("%s%d", prefix, c.names)
}

func (c *coder) declare(name, typ string) {
	top := len(c.scopes) - 1
	c.scopes[top] = append(c.scopes[top], local{name, typ})
}

// variable is a variable of the type in scope, or empty.
func (c *coder) variable(typ string) string {
	var found []string
	for _, s := range c.scopes {
		for _, v := range s {
			if v.typ == typ {
				found = append(found, v.name)
			}
		}
	}
	if found == nil {
		return ""
	}
	return c.pick(found...)
}

func (c *coder) anyVariable() (local, bool) {
	var all []local
	for _, s := range c.scopes {
		all = append(all, s...)
	}
	if len(all) == 0 {
		return local{}, false
	}
	return all[c.r.IntN(len(all))], true
}

func (c *coder) structDecl() {
	s := structType{name: c.name("S")}
	c.printf("type %s struct {\n", s.name)
	for range 2 + c.r.IntN(3) {
		f := local{c.name(c.pick("F", "f")), c.typ(1)}
		s.fields = append(s.fields, f)
		c.printf("\t%s %s\n", f.name, f.typ)
	}
	s.fields = append(s.fields, local{"N", "int"})
	c.printf("\tN int\n}\n\n")
	c.printf("func (s %s) Area() int { return s.N*%d + %d }\n", s.name, 1+c.r.IntN(9), c.r.IntN(9))
	c.printf("func (s %s) Scale(by int) Shape { s.N *= by; return s }\n", s.name)
	c.printf("func (s *%s) Grow(by int) *%s { s.N += by; return s }\n\n", s.name, s.name)
	c.structs = append(c.structs, s)
}

// typ is a random type, of parts no deeper than depth.
func (c *coder) typ(depth int) string {
	if depth == 0 || c.chance(45) {
		switch n := len(c.numbers); {
		case n > 0 && c.chance(15):
			return c.numbers[c.r.IntN(n)][0]
		case c.chance(8):
			return c.pick("complex128", "complex64", "Key", "Duo")
		}
		return c.pick(basicTypes...)
	}
	switch c.r.IntN(9) {
	case 0, 1:
		return "[]" + c.typ(depth-1)
	case 2:
		return fmt.Sprintf("[%d]%s", 1+c.r.IntN(3), c.typ(depth-1))
	case 3:
		return "map[" + c.pick("int", "string", "uint8", "Kind", "bool", "Key", "Duo", "any") + "]" + c.typ(depth-1)
	case 4:
		return "any"
	case 5:
		return "Shape"
	case 6:
		return "*" + c.pick("int", "string", "uint16")
	}
	if len(c.structs) == 0 {
		return "error"
	}
	s := c.structs[c.r.IntN(len(c.structs))].name
	return c.pick(s, s, "*"+s)
}

func (c *coder) structOf(typ string) (structType, bool) {
	for _, s := range c.structs {
		if s.name == typ {
			return s, true
		}
	}
	return structType{}, false
}

func isInt(t string) bool {
	return strings.HasPrefix(t, "int") || strings.HasPrefix(t, "uint") || t == "rune" || t == "Kind"
}
func isFloat(t string) bool { return strings.HasPrefix(t, "float") }

// comparable reports whether == compares values of the type without a panic.
func (c *coder) comparable(t string) bool {
	if strings.HasPrefix(t, "[]") || strings.HasPrefix(t, "map") || strings.HasPrefix(t, "func") || t == "any" || t == "Shape" || t == "error" {
		return false
	}
	if s, ok := c.structOf(t); ok {
		for _, f := range s.fields {
			if !c.comparable(f.typ) {
				return false
			}
		}
	}
	if strings.HasPrefix(t, "[") {
		return c.comparable(t[strings.Index(t, "]")+1:])
	}
	return true
}

// literal is a constant of a basic type.
func (c *coder) literal(t string) string {
	switch t = c.baseOf(t); {
	case t == "Key":
		return fmt.Sprintf("Key{%d, %s}", c.r.IntN(5), c.literal("string"))
	case t == "Duo":
		return fmt.Sprintf("Duo{%d, %d}", c.r.IntN(3), c.r.IntN(256))
	case t == "any":
		return c.literal(c.pick("int", "string", "Key", "bool"))
	case strings.HasPrefix(t, "complex"):
		return c.pick("2i", "1.5", "0.5-3i", "-1i")
	case t == "string":
		return c.pick(`"a"`, `"\xffé\xc0\xaf\xed"`, `"héé"`, `""`, `"x\x00y"`, `"世界"`, `"longer text"`)
	case t == "bool":
		return c.pick("true", "false")
	case isFloat(t):
		return c.pick("0.5", "1", "3.25", "-2.75", "1e3", "0.1")
	case t == "int8":
		return fmt.Sprint(c.r.IntN(256) - 128)
	case t == "uint8":
		return fmt.Sprint(c.r.IntN(256))
	case strings.HasPrefix(t, "uint"):
		return fmt.Sprint(c.r.IntN(1 << c.r.IntN(16)))
	case t == "int64" || t == "int":
		return fmt.Sprint(c.r.Int64() >> (1 + c.r.IntN(62)))
	}
	return fmt.Sprint(c.r.IntN(1<<c.r.IntN(15)) - c.r.IntN(100))
}

// value is an expression of the type that is no constant and needs nothing else.
func (c *coder) value(t string) string {
	if v := c.variable(t); v != "" && c.chance(80) {
		return v
	}
	for _, k := range c.consts {
		if k.typ == t && c.chance(30) {
			return "k(" + k.name + ")"
		}
	}
	switch {
	case strings.HasPrefix(t, "[]"):
		return t + "{" + c.list(t[2:], c.r.IntN(4)) + "}"
	case strings.HasPrefix(t, "["):
		return t + "{" + c.list(t[strings.Index(t, "]")+1:], 1) + "}"
	case strings.HasPrefix(t, "map["):
		key, elem, _ := strings.Cut(t[4:], "]")
		return t + "{" + c.literal(key) + ": " + c.expr(elem, 0) + "}"
	case t == "any":
		return "any(" + c.value(c.pick(basicTypes...)) + ")"
	case t == "Shape":
		s := c.structs[c.r.IntN(len(c.structs))]
		return "Shape(" + c.pick("", "&") + s.name + "{N: " + c.literal("uint8") + "})"
	case t == "error":
		return "error(&Fault{" + c.literal("int16") + "})"
	case strings.HasPrefix(t, "*"):
		if _, ok := c.structOf(t[1:]); ok {
			return "&" + c.value0(t[1:])
		}
		return "new(k[" + t[1:] + "](" + c.literal(t[1:]) + "))"
	}
	if _, ok := c.structOf(t); ok {
		return c.value0(t)
	}
	return "k[" + t + "](" + c.literal(t) + ")"
}

// value0 is a literal of a struct type.
func (c *coder) value0(t string) string {
	s, _ := c.structOf(t)
	var parts []string
	for _, f := range s.fields {
		if c.chance(60) {
			parts = append(parts, f.name+": "+c.expr(f.typ, 0))
		}
	}
	return t + "{" + strings.Join(parts, ", ") + "}"
}

func (c *coder) list(t string, n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = c.expr(t, 0)
	}
	return strings.Join(parts, ", ")
}

// expr is an expression of the type.
func (c *coder) expr(t string, depth int) string {
	if depth <= 0 || c.chance(15) {
		return c.value(t)
	}
	d := depth - 1
	switch c.r.IntN(10) {
	case 0, 1:
		return "at(" + c.expr("[]"+t, d) + ", " + c.expr("int", d) + ")"
	case 2:
		if v := c.fieldOf(t); v != "" {
			return v
		}
	case 3:
		x := c.name("x")
		return fmt.Sprintf("func() %s { %s := %s; %s++; return %s }()", t, x, c.value("int"), x, c.expr(t, d))
	case 4:
		return fmt.Sprintf("apply(%d, %s, func(x %s) %s { return %s })", c.r.IntN(3), c.expr(t, d), t, t, c.pick("x", c.value(t)))
	}
	switch {
	case isInt(t):
		return c.integer(t, d)
	case isFloat(t):
		return c.float(t, d)
	case strings.HasPrefix(t, "complex"):
		return c.mixed(t, d)
	case t == "string":
		return c.text(d)
	case t == "bool":
		return c.condition(d)
	case t == "any":
		return "any(" + c.expr(c.typ(1), d) + ")"
	case t == "Shape":
		return "(" + c.value(t) + ").Scale(" + c.expr("int", d) + ")"
	case strings.HasPrefix(t, "[]"):
		return c.slice(t, d)
	}
	return c.value(t)
}

func (c *coder) sideEffect(d int) string {
	if v := c.variable("int"); v != "" {
		return v + c.pick("++", " += "+c.literal("uint8"), " ^= "+c.expr("int", d))
	}
	return "_ = 0"
}

func (c *coder) fieldOf(t string) string {
	for _, s := range c.structs {
		for _, f := range s.fields {
			if f.typ == t {
				if v := c.variable(s.name); v != "" && c.chance(70) {
					return v + "." + f.name
				}
			}
		}
	}
	return ""
}

func (c *coder) args(types []string, depth int) string {
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = c.expr(t, depth)
	}
	return strings.Join(parts, ", ")
}

func (c *coder) integer(t string, d int) string {
	x := c.expr(t, d)
	switch c.r.IntN(10) {
	case 0:
		return "-" + c.value(t)
	case 1:
		return "^(" + x + ")"
	case 2:
		return "(" + x + c.pick(" << ", " >> ") + fmt.Sprint(c.r.IntN(20)) + ")"
	case 3:
		return "(" + x + c.pick(" << ", " >> ") + "(" + c.expr("uint8", d) + " % 70))"
	case 4:
		return "(" + x + c.pick(" / ", " % ") + "(" + c.expr(t, d) + " | 1))"
	case 5:
		if c.chance(20) {
			return t + "(clamp(" + c.expr("float64", d) + "))"
		}
		from := c.pick(intTypes...)
		return t + "(" + c.expr(from, d) + ")"
	case 6:
		if t == "int" {
			return c.pick("len("+c.expr("string", d)+")", "len("+c.expr("[]int8", d)+")", "("+c.value("Shape")+").Area()", "cap("+c.value("[2]bool")+")")
		}
	case 7:
		return c.pick("min", "max") + "(" + x + ", " + c.expr(t, d) + ")"
	}
	y := c.expr(t, d)
	if c.chance(30) {
		y = "(" + c.literal(t) + ")"
	}
	return "(" + x + c.pick(" + ", " - ", " * ", " & ", " | ", " ^ ", " &^ ") + y + ")"
}

func (c *coder) float(t string, d int) string {
	if c.chance(20) {
		return t + "(" + c.expr(c.pick(append([]string{"float64"}, intTypes...)...), d) + ")"
	}
	return "(" + c.expr(t, d) + c.pick(" + ", " - ", " * ", " / ") + c.expr(t, d) + ")"
}

func (c *coder) text(d int) string {
	switch c.r.IntN(5) {
	case 0:
		return "fmt.Sprint(" + c.printed(0) + ", " + c.expr(c.pick(basicTypes...), d) + ")"
	case 1:
		return "string([]byte(" + c.expr("string", d) + "))"
	case 2:
		return "string(" + c.expr("rune", d) + " & 0xfff)"
	case 3:
		return fmt.Sprintf("fmt.Sprintf(%q, %s)", c.pick("%v", "%T", "%+v", "<%5v>"), c.printed(d))
	}
	return "(" + c.expr("string", d) + " + " + c.expr("string", d) + ")"
}

// printed is a value whose text does not depend on addresses.
func (c *coder) printed(d int) string {
	return c.expr(c.pick("int", "string", "uint8", "Kind", "[]int", "[]Kind", "map[string]bool", "float32", "[2]uint8", "[]string", "map[uint8]float64"), d)
}

func (c *coder) condition(d int) string {
	switch c.r.IntN(4) {
	case 0:
		return "(" + c.expr("bool", d) + c.pick(" && ", " || ") + c.expr("bool", d) + ")"
	case 1:
		return "!" + c.value("bool")
	case 2:
		t := c.pick(append([]string{"string", "float64", "Kind"}, intTypes...)...)
		return "(" + c.expr(t, d) + c.pick(" < ", " <= ", " > ", " >= ", " == ", " != ") + c.expr(t, d) + ")"
	}
	for range 5 {
		if t := c.typ(2); c.comparable(t) {
			return "(" + c.value(t) + c.pick(" == ", " != ") + "(" + c.value(t) + "))"
		}
	}
	return "(" + c.expr("any", d) + " == any(" + c.value("int") + "))"
}

func (c *coder) slice(t string, d int) string {
	x := c.expr(t, d)
	switch c.r.IntN(4) {
	case 0:
		return "append(" + t + "(nil), " + x + "...)"
	case 1:
		return x + "[:0]"
	}
	return "append(" + x + ", " + c.expr(t[2:], d) + ")"
}

func (c *coder) funcDecl() {
	f := funcType{name: c.name("fn")}
	for range 1 + c.r.IntN(3) {
		f.params = append(f.params, c.typ(2))
	}
	for range 1 + c.r.IntN(2) {
		f.results = append(f.results, c.typ(1))
	}
	c.push()
	var ps, rs []string
	for _, p := range f.params {
		name := c.name("p")
		ps = append(ps, name+" "+p)
		c.declare(name, p)
	}
	named := c.chance(50)
	for _, r := range f.results {
		if named {
			name := c.name("r")
			rs = append(rs, name+" "+r)
			c.declare(name, r)
		} else {
			rs = append(rs, r)
		}
	}
	c.printf("func %s(%s) (%s) {\n", f.name, strings.Join(ps, ", "), strings.Join(rs, ", "))
	if c.chance(40) {
		c.printf("defer func() { %s }()\n", c.sideEffect(1))
	}
	c.result, c.budget = f.results, 14
	c.block(4)
	c.printf("return %s\n}\n\n", c.args(f.results, 2))
	c.result = nil
	c.pop()
	c.funcs = append(c.funcs, f)
}

// show is the text that prints a variable, without addresses.
func (c *coder) show(v local) string {
	return c.showExpr(v.name, v.typ, 3)
}

func (c *coder) showExpr(x, t string, depth int) string {
	switch s, isStruct := c.structOf(strings.TrimPrefix(t, "*")); {
	case depth == 0:
		return "0"
	case isStruct && t[0] == '*':
		return x + ".N"
	case isStruct:
		parts := []string{x + ".N"}
		for _, f := range s.fields {
			parts = append(parts, c.showExpr(x+"."+f.name, f.typ, depth-1))
		}
		return strings.Join(parts, ", ")
	case t[0] == '*':
		return "*" + x
	case t == "Shape":
		return x + ".Area()"
	case t == "any" || t == "error", strings.HasPrefix(t, "func"):
		return x + " != nil"
	case c.hasAddress(t):
		return "len(" + x + ")"
	}
	return x
}

// hasAddress reports whether printing a value of the type could print an address.
func (c *coder) hasAddress(t string) bool {
	for _, s := range c.structs {
		if strings.Contains(t, s.name) {
			return true
		}
	}
	return strings.ContainsAny(t, "*") || strings.Contains(t, "any") || strings.Contains(t, "Shape") || strings.Contains(t, "error")
}
