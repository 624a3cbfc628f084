package main

import (
	"errors"
	"fmt"
	"strings"
	"text/scanner"
)

type tok struct {
	kind rune
	text string
}
type parser struct {
	toks []tok
	pos  int
}
type node interface {
	eval(env *env) (float64, error)
}
type env struct {
	vars  map[string]float64
	outer *env
}
type (
	lit    float64
	ref    string
	assign struct {
		name string
		val  node
	}
	binop struct {
		op   string
		l, r node
	}
	neg struct{ node }
)

func (e *env) get(n string) (float64, bool) {
	for ; e != nil; e = e.outer {
		if v, ok := e.vars[n]; ok {
			return v, true
		}
	}
	return 0, false
}

var errDiv = errors.New("division by zero")

func (l lit) eval(*env) (float64, error) { return float64(l), nil }
func (r ref) eval(e *env) (float64, error) {
	if v, ok := e.get(string(r)); ok {
		return v, nil
	}
	return 0, fmt.Errorf("undefined %q", string(r))
}
func (a assign) eval(e *env) (v float64, err error) {
	if v, err = a.val.eval(e); err == nil {
		e.vars[a.name] = v
	}
	return
}
func (n neg) eval(e *env) (float64, error) {
	v, err := n.node.eval(e)
	return -v, err
}
func (b binop) eval(e *env) (float64, error) {
	l, err := b.l.eval(e)
	if err != nil {
		return 0, err
	}
	r, err := b.r.eval(e)
	switch {
	case err != nil:
		return 0, err
	case b.op == "/" && r == 0:
		return 0, fmt.Errorf("%v/%v: %w", l, r, errDiv)
	}
	return map[string]func(a, b float64) float64{
		"+": func(a, b float64) float64 { return a + b },
		"-": func(a, b float64) float64 { return a - b },
		"*": func(a, b float64) float64 { return a * b },
		"/": func(a, b float64) float64 { return a / b },
	}[b.op](l, r), nil
}
func lexAll(s string) (out []tok) {
	var sc scanner.Scanner
	sc.Init(strings.NewReader(s))
	for r := sc.Scan(); r != scanner.EOF; r = sc.Scan() {
		out = append(out, tok{r, sc.TokenText()})
	}
	return
}
func (p *parser) peek() string {
	if p.pos < len(p.toks) {
		return p.toks[p.pos].text
	}
	return ""
}
func (p *parser) next() tok {
	if p.pos == len(p.toks) {
		panic("unexpected end")
	}
	p.pos++
	return p.toks[p.pos-1]
}

var prec = map[string]int{"=": 1, "+": 2, "-": 2, "*": 3, "/": 3}

func (p *parser) expr(min int) node {
	left := p.primary()
	for prec[p.peek()] >= min && prec[p.peek()] > 0 {
		op := p.next().text
		if op == "=" {
			left = assign{string(left.(ref)), p.expr(1)}
			continue
		}
		left = binop{op, left, p.expr(prec[op] + 1)}
	}
	return left
}
func (p *parser) primary() node {
	switch t := p.next(); t.kind {
	case scanner.Int, scanner.Float:
		var f float64
		fmt.Sscan(t.text, &f)
		return lit(f)
	case scanner.Ident:
		return ref(t.text)
	case '(':
		n := p.expr(1)
		if p.next().kind != ')' {
			panic("want )")
		}
		return n
	case '-':
		return neg{p.primary()}
	default:
		panic(fmt.Sprintf("unexpected %q", t.text))
	}
}
func run(e *env, src string) (v float64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parse %q: %v", src, r)
		}
	}()
	return (&parser{toks: lexAll(src)}).expr(1).eval(e)
}
func main() {
	e := &env{map[string]float64{"y": 2}, &env{vars: map[string]float64{"pi": 3.14}}}
	for _, s := range []string{"1+2*3", "(1+2)*3", "x = y = 4", "x*y-2", "-x+pi", "1/0", "q+1", "2*(3", ")", "10-3-2", "8/4/2"} {
		v, err := run(e, s)
		fmt.Println(s, "=>", v, err, errors.Is(err, errDiv))
	}
	fmt.Println(e.vars)
	fmt.Printf("%T %v %+v\n", binop{}, binop{"+", lit(1), ref("x")}, assign{"a", neg{lit(2)}})
}
