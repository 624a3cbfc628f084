package interp_test

import (
	"fmt"
	"strings"
)

// block writes up to n statements in a scope of their own.
func (c *coder) block(n int) {
	c.push()
	c.depth++
	for range 1 + c.r.IntN(n) {
		if c.budget <= 0 {
			break
		}
		c.budget--
		c.statement()
	}
	if c.chance(30) {
		if v, ok := c.anyVariable(); ok {
			c.printf("fmt.Println(%q, %s)\n", v.name, c.show(v))
		}
	}
	c.depth--
	c.pop()
}

func (c *coder) statement() {
	nested := c.depth < 4
	switch n := c.r.IntN(28); {
	case n >= 20:
		c.moreStatement(nested)
	case n < 4:
		c.varDecl()
	case n < 8:
		c.assignment()
	case n == 8 && nested:
		c.ifStatement()
	case n == 9 && nested, n == 10 && nested:
		c.loop()
	case n == 11 && nested:
		c.switchStatement()
	case n == 12 && nested:
		c.typeSwitch()
	case n == 13 && nested:
		c.closure()
	case n == 14:
		c.parallel()
	case n == 15 && nested:
		c.closuresOfLoop()
	case n == 16:
		c.several()
		c.grow()
	case n == 17 && c.loops > 0:
		c.printf("if %s { %s }\n", c.condition(1), c.jump())
	case n == 18 && c.result != nil && c.depth > 1:
		c.printf("if %s { return %s }\n", c.condition(1), c.args(c.result, 1))
	case n == 19 && nested:
		c.channel()
	default:
		c.printf("fmt.Println(%s, %s)\n", c.expr(c.pick(basicTypes...), 2), c.printed(2))
	}
}

func (c *coder) varDecl() {
	t := c.typ(2)
	name := c.name("v")
	switch c.r.IntN(4) {
	case 0:
		if t == "Shape" || t == "any" || t == "error" || t[0] == '*' {
			c.printf("var %s %s = %s\n", name, t, c.expr(t, 1))
		} else {
			c.printf("var %s %s\n", name, t)
		}
	case 1:
		c.printf("var %s %s = %s\n", name, t, c.expr(t, 2))
	default:
		c.printf("%s := %s(%s)\n", name, conversion(t), c.expr(t, 2))
	}
	c.printf("_ = %s\n", name)
	c.declare(name, t)
}

func conversion(t string) string {
	if strings.HasPrefix(t, "*") {
		return "(" + t + ")"
	}
	return t
}

// target is something to assign to.
func (c *coder) target() (text, typ string) {
	v, ok := c.anyVariable()
	if !ok {
		return "", ""
	}
	switch s, isStruct := c.structOf(strings.TrimPrefix(v.typ, "*")); {
	case isStruct && c.chance(70):
		f := s.fields[c.r.IntN(len(s.fields))]
		return v.name + "." + f.name, f.typ
	case strings.HasPrefix(v.typ, "map[") && c.chance(80):
		key, elem, _ := strings.Cut(v.typ[4:], "]")
		c.printf("if %s == nil { %s = %s{} }\n", v.name, v.name, v.typ)
		return v.name + "[" + c.expr(key, 1) + "]", elem
	case strings.HasPrefix(v.typ, "[]") && c.chance(80):
		c.printf("%s = append(%s, %s)\n", v.name, v.name, c.expr(v.typ[2:], 1))
		return v.name + "[len(" + v.name + ")-1]", v.typ[2:]
	case strings.HasPrefix(v.typ, "[") && v.typ[1] != ']' && c.chance(80):
		return v.name + "[0]", v.typ[strings.Index(v.typ, "]")+1:]
	case strings.HasPrefix(v.typ, "*") && !isStruct && c.chance(80):
		return "*" + v.name, v.typ[1:]
	}
	return v.name, v.typ
}

func (c *coder) assignment() {
	x, t := c.target()
	if x == "" {
		return
	}
	switch {
	case isInt(t) && c.chance(60):
		switch c.r.IntN(4) {
		case 0:
			c.printf("%s%s\n", x, c.pick("++", "--"))
		case 1:
			c.printf("%s %s %d\n", x, c.pick("<<=", ">>="), c.r.IntN(9))
		case 2:
			c.printf("%s %s (%s | 1)\n", x, c.pick("/=", "%="), c.expr(t, 1))
		default:
			c.printf("%s %s %s\n", x, c.pick("+=", "-=", "*=", "&=", "|=", "^=", "&^="), c.expr(t, 2))
		}
	case t == "string" && c.chance(60):
		c.printf("if len(%s) < 100 { %s += %s }\n", x, x, c.expr(t, 1))
	default:
		c.printf("%s = %s\n", x, c.expr(t, 2))
	}
}

func (c *coder) ifStatement() {
	c.printf("if %s {\n", c.condition(2))
	c.block(3)
	if c.chance(50) {
		name := c.name("x")
		c.printf("} else if %s := %s; %s > %s {\n", name, c.expr("int16", 1), name, c.literal("int8"))
		c.block(2)
	}
	if c.chance(50) {
		c.printf("} else {\n")
		c.block(2)
	}
	c.printf("}\n")
}

func (c *coder) loop() {
	label := ""
	if c.chance(40) {
		label = c.name("L")
		c.printf("%s:\n", label)
	}
	c.labels = append(c.labels, label)
	c.loops++
	c.push()
	i, v := c.name("i"), c.name("e")
	switch c.r.IntN(5) {
	case 0:
		c.printf("for %s := 0; %s < %d; %s++ {\n", i, i, 1+c.r.IntN(4), i)
		c.scopes[len(c.scopes)-1] = nil // the counter is left alone, so that the loop ends
	case 1:
		c.printf("for %s := range %d {\n", i, c.r.IntN(4))
		c.declare(i, "int")
	case 2:
		t := c.typ(1)
		c.printf("for %s, %s := range %s {\n_ = %s\n", i, v, c.limited("[]"+t), v)
		c.declare(i, "int")
		c.declare(v, t)
	case 3:
		c.printf("for %s, %s := range %s {\n_ = %s\n", i, v, c.literal("string"), v)
		c.declare(i, "int")
		c.declare(v, "rune")
	case 4:
		c.printf("for %s := range func(yield func(int8) bool) { _ = yield(%s) && yield(%s) } {\n", i, c.expr("int8", 1), c.expr("int8", 1))
		c.declare(i, "int8")
	}
	c.printf("_ = %s\n", i)
	if label != "" {
		c.printf("if false { continue %s }\n", label)
	}
	c.block(4)
	c.printf("}\n")
	c.pop()
	c.loops--
	c.labels = c.labels[:len(c.labels)-1]
}

// limited is a slice that is not long.
func (c *coder) limited(t string) string {
	return t + "{" + c.list(t[2:], c.r.IntN(4)) + "}"
}

// jump leaves or goes on with a loop around the statement.
func (c *coder) jump() string {
	if label := c.labels[c.r.IntN(len(c.labels))]; label != "" && c.chance(70) {
		return c.pick("break ", "continue ") + label
	}
	return c.pick("break", "continue")
}

func (c *coder) switchStatement() {
	t := c.pick("int", "uint8", "string", "Kind", "any")
	c.printf("switch %s {\n", c.expr(t, 1))
	seen := map[string]bool{}
	for range 1 + c.r.IntN(3) {
		lit := c.literal(t)
		if t == "any" {
			lit = c.literal("int")
		}
		if seen[lit] {
			continue
		}
		seen[lit] = true
		c.printf("case %s:\n", lit)
		c.inSwitch(2)
	}
	if c.chance(60) {
		c.printf("case %s:\n", c.expr(t, 1))
		c.inSwitch(2)
	}
	c.printf("default:\n")
	c.inSwitch(3)
	c.printf("}\n")
}

// inSwitch writes a clause, in which break means the switch.
func (c *coder) inSwitch(n int) { c.block(n) }

func (c *coder) typeSwitch() {
	x := c.name("t")
	c.printf("switch %s := %s.(type) {\n", x, c.expr("any", 1))
	done := map[string]bool{}
	for range 1 + c.r.IntN(4) {
		t := c.typ(1)
		same := strings.ReplaceAll(t, "rune", "int32")
		if done[same] || t == "any" || t == "Shape" || t == "error" {
			continue
		}
		done[same] = true
		c.printf("case %s:\n", t)
		c.push()
		c.declare(x, t)
		c.printf("fmt.Println(%q, %s)\n", t, c.show(local{x, t}))
		c.block(2)
		c.pop()
	}
	c.printf("case fmt.Stringer:\nfmt.Println(%s.String())\ncase nil, Shape:\nfmt.Println(\"nil or shape\", %s == nil)\ndefault:\n_ = %s\n", x, x, x)
	c.block(2)
	c.printf("}\n")
}

func (c *coder) closure() {
	name, p, t := c.name("f"), c.name("a"), c.typ(1)
	c.printf("%s := func(%s %s) %s {\n", name, p, t, t)
	c.push()
	c.declare(p, t)
	saved, loops, labels := c.result, c.loops, c.labels
	c.result, c.loops, c.labels = []string{t}, 0, nil
	c.block(3)
	c.printf("return %s\n}\n", c.expr(t, 1))
	c.result, c.loops, c.labels = saved, loops, labels
	c.pop()
	for range 1 + c.r.IntN(2) {
		x := c.name("v")
		c.printf("%s := %s(%s)\n_ = %s\n", x, name, c.expr(t, 1), x)
		c.declare(x, t)
	}
}

func (c *coder) closuresOfLoop() {
	fs, i := c.name("fs"), c.name("i")
	c.printf("var %s []func() int\nfor %s := 0; %s < 3; %s++ {\n", fs, i, i, i)
	c.push()
	c.printf("%s = append(%s, func() int { %s += %d; return %s + %s })\n", fs, fs, i, c.r.IntN(5), i, c.value("int"))
	if c.chance(50) {
		c.printf("if %s > 8 { break }\n", i)
	}
	c.pop()
	c.printf("}\nfor _, f := range %s { fmt.Print(f(), f(), \" \") }\nfmt.Println()\n", fs)
}

func (c *coder) parallel() {
	x, t := c.target()
	y, u := c.target()
	if x == "" || x == y {
		return
	}
	if t == u && c.chance(50) {
		c.printf("%s, %s = %s, %s\n", x, y, y, x)
		return
	}
	c.printf("%s, %s = %s, %s\n", x, y, c.expr(t, 1), c.expr(u, 1))
}

// several takes the results of a call.
func (c *coder) several() {
	if n := len(c.funcs); n > 0 && c.loops < 2 {
		if f := c.funcs[c.r.IntN(n)]; len(f.results) == 1 {
			a := c.name("v")
			c.printf("%s := %s(%s)\n_ = %s\n", a, f.name, c.args(f.params, 1), a)
			c.declare(a, f.results[0])
		}
	}
	for _, f := range c.funcs {
		if len(f.results) == 2 && c.loops < 2 {
			a, b := c.name("v"), c.name("v")
			c.printf("%s, %s := %s(%s)\n_, _ = %s, %s\n", a, b, f.name, c.args(f.params, 1), a, b)
			c.declare(a, f.results[0])
			c.declare(b, f.results[1])
			x, y := c.name("w"), c.name("w")
			c.printf("var %s, %s any = %s(%s)\nfmt.Println(%s != nil, %s != nil)\n", x, y, f.name, c.args(f.params, 1), x, y)
			return
		}
	}
	key := c.pick("int", "string")
	x := c.name("ok")
	c.printf("_, %s := %s[%s]\nfmt.Println(%s)\n", x, c.value("map["+key+"]int8"), c.expr(key, 1), x)
	c.declare(x, "bool")
}

// grow calls a method with a pointer receiver.
func (c *coder) grow() {
	s := c.structs[c.r.IntN(len(c.structs))]
	if x := c.variable(s.name); x != "" {
		c.printf("%s.Grow(%s)\n", x, c.expr("int", 1))
	}
	if x := c.variable("*" + s.name); x != "" {
		c.printf("%s = %s.Grow(%s).Grow(2)\n", x, x, c.expr("int", 1))
	}
}

func (c *coder) channel() {
	ch, t, n := c.name("ch"), c.typ(1), c.r.IntN(4)
	c.printf("%s := make(chan %s, %d)\ngo func() {\ndefer close(%s)\n", ch, t, c.r.IntN(3), ch)
	c.printf("for _, x := range %s { %s <- x }\n}()\n", "[]"+t+"{"+c.list(t, n)+"}", ch)
	x := c.name("x")
	c.printf("for %s := range %s {\n_ = %s\n", x, ch, x)
	c.push()
	c.declare(x, t)
	c.printf("fmt.Println(%s)\n", c.show(local{x, t}))
	c.pop()
	c.printf("}\n")
	ok := c.name("ok")
	c.printf("if _, %s := <-%s; %s { fmt.Println(\"open\") }\n", ok, ch, ok)
	_ = fmt.Sprint
}
