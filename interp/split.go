package interp

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/athanor-ml/athanor/interp/lower"
)

// A source is one cell, taken apart. Declarations and statements are parsed from two texts, each the cell's own text with
// the other's parts blanked out, so that every position is the cell's own line and column.
type source struct {
	cell  int
	text  string
	decls []ast.Decl     // imports, types, constants, functions
	body  *ast.BlockStmt // statements, variable declarations among them; never nil
}

type chunkKind int

const (
	chunkStmt chunkKind = iota
	chunkDecl
	chunkImport
)

// A chunk is one top-level piece of a cell: text[from:to].
type chunk struct {
	kind     chunkKind
	from, to int
}

// A scanned token.
type lexeme struct {
	tok  token.Token
	off  int
	auto bool // a semicolon that a newline inserted
}

func lex(text string) (toks []lexeme, errs scanner.ErrorList) {
	fset := token.NewFileSet()
	f := fset.AddFile("", fset.Base(), len(text))
	var sc scanner.Scanner
	sc.Init(f, []byte(text), func(pos token.Position, msg string) { errs.Add(pos, msg) }, 0)
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			return toks, errs
		}
		toks = append(toks, lexeme{tok, f.Offset(pos), tok == token.SEMICOLON && lit != ";"})
	}
}

// split cuts a cell at the semicolons between its top-level pieces. It cannot fail: what does not parse becomes a
// chunk that the parser will complain about.
func split(text string) []chunk {
	toks, _ := lex(text)
	var chunks []chunk
	for i := 0; i < len(toks); {
		if toks[i].tok == token.SEMICOLON {
			i++
			continue
		}
		end := chunkEnd(toks, i)
		to := len(text)
		if end < len(toks) {
			to = toks[end].off
		}
		chunks = append(chunks, chunk{kindOf(toks[i:end]), toks[i].off, to})
		i = end
	}
	return chunks
}

// chunkEnd is the index of the semicolon that ends the piece starting at toks[i]. Semicolons in the header of a for,
// if or switch do not count; the header ends where a block does.
func chunkEnd(toks []lexeme, i int) int {
	depth := 0
	header := false
	for j := i; j < len(toks); j++ {
		switch toks[j].tok {
		case token.FOR, token.IF, token.SWITCH, token.SELECT:
			header = header || depth == 0
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth = max(depth-1, 0)
		case token.SEMICOLON:
			if depth > 0 {
				continue
			}
			if !header || toks[j].auto || toks[j-1].tok == token.RBRACE {
				return j
			}
		}
	}
	return len(toks)
}

func kindOf(toks []lexeme) chunkKind {
	switch toks[0].tok {
	case token.IMPORT:
		return chunkImport
	case token.TYPE, token.CONST:
		return chunkDecl
	case token.FUNC:
		if isFuncDecl(toks) {
			return chunkDecl
		}
	}
	return chunkStmt
}

// isFuncDecl tells a function or method declaration from a statement that starts with a function literal.
func isFuncDecl(toks []lexeme) bool {
	if len(toks) < 2 {
		return true
	}
	if toks[1].tok == token.IDENT {
		return true
	}
	depth := 0
	for j := 1; j < len(toks); j++ {
		switch toks[j].tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			if depth--; depth == 0 {
				return j+2 < len(toks) && toks[j+1].tok == token.IDENT && toks[j+2].tok == token.LPAREN
			}
		}
	}
	return false
}

const (
	declPrefix = "package cell\n"
	stmtPrefix = "package cell\nfunc _() {\n"
)

// blank replaces everything outside the chosen chunks by spaces and keeps the line breaks.
func blank(text string, chunks []chunk, keep func(chunkKind) bool) string {
	b := []byte(text)
	clearTo := func(from, to int) {
		for i := from; i < to; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	at := 0
	for _, c := range chunks {
		if keep(c.kind) {
			clearTo(at, c.from)
			at = c.to
			if at < len(b) && b[at] == ';' { // the semicolon between two pieces of one line
				at++
			}
		}
	}
	clearTo(at, len(b))
	return string(b)
}

// parse takes a cell apart. Both of its texts get a file in fset, named by fileName.
func parse(fset *token.FileSet, cell int, text string) (*source, error) {
	text = asCell(strings.ReplaceAll(text, "\r\n", "\n"))
	s := &source{cell: cell, text: text, body: &ast.BlockStmt{}}
	chunks := split(text)
	const mode = parser.SkipObjectResolution | parser.AllErrors | parser.ParseComments
	var errs scanner.ErrorList
	imports := blank(text, chunks, func(k chunkKind) bool { return k == chunkImport })
	decls := blank(text, chunks, func(k chunkKind) bool { return k == chunkDecl })
	stmts := blank(text, chunks, func(k chunkKind) bool { return k == chunkStmt })
	for _, part := range []string{imports, decls} {
		if strings.TrimSpace(part) == "" {
			continue
		}
		f, err := parser.ParseFile(fset, lower.FileName(cell, 1), declPrefix+part, mode)
		errs = appendErrors(errs, err)
		if f != nil {
			s.decls = append(s.decls, f.Decls...)
		}
	}
	if strings.TrimSpace(stmts) != "" {
		f, err := parser.ParseFile(fset, lower.FileName(cell, 2), stmtPrefix+stmts+"\n}", mode)
		errs = appendErrors(errs, err)
		if f != nil && len(f.Decls) > 0 {
			if fd, ok := f.Decls[0].(*ast.FuncDecl); ok && fd.Body != nil {
				s.body = fd.Body
			}
			if len(f.Decls) > 1 && err == nil {
				p := fset.Position(f.Decls[1].Pos())
				errs.Add(p, "unexpected } closes a block that was not opened")
			}
		}
	}
	errs.Sort()
	errs.RemoveMultiples()
	return s, errs.Err()
}

func appendErrors(list scanner.ErrorList, err error) scanner.ErrorList {
	if el, ok := err.(scanner.ErrorList); ok { //nolint:errorlint // the parser returns its own list, never wrapped
		return append(list, el...)
	}
	return list
}

// asCell makes a cell of a whole program: without its package clause, and with a call of main. Other text stays as it is.
func asCell(text string) string {
	toks, _ := lex(text)
	if len(toks) < 2 || toks[0].tok != token.PACKAGE || toks[1].tok != token.IDENT {
		return text
	}
	end := toks[1].off
	for end < len(text) && text[end] != '\n' && text[end] != ';' {
		end++
	}
	name := strings.Fields(text[toks[1].off:end])[0]
	text = text[:toks[0].off] + strings.Repeat(" ", end-toks[0].off) + text[end:]
	for i := 1; i+1 < len(toks); i++ {
		if name == "main" && toks[i-1].tok == token.FUNC && toks[i].tok == token.IDENT && toks[i+1].tok == token.LPAREN && strings.HasPrefix(text[toks[i].off:], "main(") {
			return text + "\nmain()"
		}
	}
	return text
}
