package interp

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Completion lists texts that may replace the code points [Start, End) of the code.
type Completion struct {
	Matches    []string
	Types      map[string]string // match -> "function", "variable", "type", "module", "field", "keyword", "constant"
	Start, End int
}

// Complete proposes what may stand at cursor, which counts code points. It works on code that does not parse yet, and
// while a cell runs.
func (s *Session) Complete(code string, cursor int) Completion {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := byteOffset(code, cursor)
	from := identStart(code, at)
	prefix := code[from:at]
	c := Completion{Types: map[string]string{}, Start: utf8.RuneCountInString(code[:from]), End: utf8.RuneCountInString(code[:at])}
	add := func(name, kind string) {
		if strings.HasPrefix(name, prefix) && c.Types[name] == "" && !strings.ContainsAny(name, "ꞏ") && name != "_" {
			c.Matches = append(c.Matches, name)
			c.Types[name] = kind
		}
	}
	func() {
		defer func() { _ = recover() }() // half a program may be anything
		if from > 0 && code[from-1] == '.' {
			start := operandStart(code, from-1)
			s.completeMember(code, start, from-1, add)
			return
		}
		s.completeName(code, from, add)
	}()
	slices.Sort(c.Matches)
	return c
}

func byteOffset(code string, cursor int) int {
	for i := range code {
		if cursor <= 0 {
			return i
		}
		cursor--
	}
	return len(code)
}

func identStart(code string, at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(code[:at])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		at -= n
	}
	return at
}

// operandStart is where the operand that ends at end begins: a chain of names, calls and indexes.
func operandStart(code string, end int) int {
	at := end
	for at > 0 {
		switch ch := code[at-1]; {
		case ch == ')' || ch == ']':
			depth := 0
			for at > 0 {
				at--
				if strings.IndexByte(")]}", code[at]) >= 0 {
					depth++
				} else if strings.IndexByte("([{", code[at]) >= 0 {
					if depth--; depth == 0 {
						break
					}
				}
			}
		case ch == '.':
			at--
		default:
			start := identStart(code, at)
			if start == at {
				return at
			}
			at = start
			if at == 0 || code[at-1] != '.' {
				return at
			}
		}
	}
	return at
}

// probe checks the code before from, with "_ = operand" in place of the statement that from stands in, and is the
// assignment and what the checker knows.
func (s *Session) probe(code string, from int, operand string) (*pass, *ast.AssignStmt) {
	start := strings.LastIndexAny(code[:from], "\n;{}") + 1
	open, cut := openBlocks(code[:start])
	if cut >= 0 {
		start = strings.LastIndexAny(code[:cut], "\n;{}") + 1
		open, _ = openBlocks(code[:start])
	}
	text := code[:start] + "_ = " + operand + "\n" + strings.Repeat("}", open)
	src, _ := parse(s.fset, 0, text)
	c := &cellBuild{s: s, src: src, st: s.st.clone(), changed: map[string]bool{}, skip: map[string]bool{}}
	c.collect()
	p := s.check(plan{st: c.st, decls: c.consts, skip: c.skip, stmts: src.body, bodies: func(d *decl) bool { return d.cell == 0 }})
	var last *ast.AssignStmt
	find := func(n ast.Node) bool {
		if as, ok := n.(*ast.AssignStmt); ok && as.Tok == token.ASSIGN && len(as.Lhs) == 1 && (last == nil || as.Pos() > last.Pos()) {
			if id, ok := as.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
				last = as
			}
		}
		return true
	}
	ast.Inspect(src.body, find)
	for _, d := range src.decls {
		ast.Inspect(d, find)
	}
	return p, last
}

// openBlocks counts the braces left open in code; cut is the offset of the first parenthesis left open, or -1.
func openBlocks(code string) (open, cut int) {
	toks, _ := lex(code)
	var stack []lexeme
	for _, t := range toks {
		switch t.tok {
		case token.LBRACE, token.LPAREN, token.LBRACK:
			stack = append(stack, t)
		case token.RBRACE, token.RPAREN, token.RBRACK:
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	cut = -1
	for _, t := range stack {
		if t.tok == token.LBRACE {
			open++
		} else if cut < 0 {
			cut = t.off
		}
	}
	return open, cut
}

func (s *Session) completeMember(code string, start, end int, add func(name, kind string)) {
	operand := code[start:end]
	if pkg := s.packageNamed(operand); pkg != nil {
		for _, name := range pkg.Scope().Names() {
			if token.IsExported(name) {
				add(name, kindOfObject(pkg.Scope().Lookup(name)))
			}
		}
	}
	p, as := s.probe(code, start, operand)
	if as == nil {
		return
	}
	tv := p.info.Types[as.Rhs[0]]
	if tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return
	}
	members(tv.Type, p.pkg, add)
}

// packageNamed is the package that an operand names, if it does.
func (s *Session) packageNamed(name string) *types.Package {
	if s.st.has(name) {
		return nil
	}
	path := s.st.imports[name]
	if path == "" {
		path = s.auto[name]
	}
	if path == "" {
		return nil
	}
	pkg, err := s.im.Import(path)
	if err != nil {
		return nil
	}
	return pkg
}

// members calls add for the fields and methods of t, promoted ones too.
func members(t types.Type, from *types.Package, add func(name, kind string)) {
	visible := func(o types.Object) bool { return o.Exported() || o.Pkg() == nil || o.Pkg().Path() == from.Path() }
	ptr := t
	if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) {
		ptr = types.NewPointer(t)
	}
	for sel := range types.NewMethodSet(ptr).Methods() {
		if visible(sel.Obj()) {
			add(sel.Obj().Name(), "function")
		}
	}
	var fields func(t types.Type, depth int)
	fields = func(t types.Type, depth int) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok || depth > 4 {
			return
		}
		for f := range st.Fields() {
			if visible(f) {
				add(f.Name(), "field")
			}
			if f.Embedded() {
				fields(f.Type(), depth+1)
			}
		}
	}
	fields(t, 0)
}

func kindOfObject(o types.Object) string {
	switch o := o.(type) {
	case *types.Func, *types.Builtin:
		return "function"
	case *types.TypeName:
		return "type"
	case *types.PkgName:
		return "module"
	case *types.Const:
		return "constant"
	case *types.Var:
		if o.IsField() {
			return "field"
		}
	}
	return "variable"
}

func (s *Session) completeName(code string, from int, add func(name, kind string)) {
	for _, name := range sortedKeys(s.st.vars) {
		add(name, "variable")
	}
	for _, key := range sortedKeys(s.st.funcs) {
		if s.st.funcs[key].recv == "" {
			add(key, "function")
		}
	}
	for name := range s.st.types {
		add(name, "type")
	}
	for name := range s.st.consts {
		add(name, "constant")
	}
	for name := range s.st.imports {
		add(name, "module")
	}
	for name := range s.auto {
		add(name, "module")
	}
	for _, name := range types.Universe.Names() {
		add(name, kindOfObject(types.Universe.Lookup(name)))
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		add(tok.String(), "keyword")
	}
	p, as := s.probe(code, from, "0")
	if as == nil {
		return
	}
	for _, name := range p.pkg.Scope().Names() {
		if name != cellFunc {
			add(name, kindOfObject(p.pkg.Scope().Lookup(name)))
		}
	}
	for _, scope := range p.info.Scopes {
		if scope.Contains(as.Pos()) {
			for _, name := range scope.Names() {
				if o := scope.Lookup(name); o.Pos() < as.Pos() {
					add(name, kindOfObject(o))
				}
			}
		}
	}
}
