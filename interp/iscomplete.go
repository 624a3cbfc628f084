package interp

import (
	"go/token"
	"strings"
)

// IsComplete says whether code can run as it stands: "complete", "incomplete" with the indent of the next line, or
// "invalid".
func (s *Session) IsComplete(code string) (status, indent string) {
	toks, errs := lex(code)
	depth := 0
	for _, t := range toks {
		switch t.tok {
		case token.LBRACE, token.LPAREN, token.LBRACK:
			depth++
		case token.RBRACE, token.RPAREN, token.RBRACK:
			depth--
		}
		if depth < 0 {
			return "invalid", ""
		}
	}
	for _, e := range errs {
		if !strings.HasPrefix(e.Msg, "raw string literal not") && !strings.HasPrefix(e.Msg, "comment not") { // the others end with their line
			return "invalid", ""
		}
	}
	if depth > 0 || len(errs) > 0 || endsOpen(toks) {
		return "incomplete", strings.Repeat("\t", depth)
	}
	if _, err := parse(token.NewFileSet(), 0, code); err != nil {
		return "invalid", ""
	}
	return "complete", ""
}

// endsOpen reports whether the last token wants something after it.
func endsOpen(toks []lexeme) bool {
	if len(toks) == 0 {
		return false
	}
	switch t := toks[len(toks)-1].tok; {
	case t == token.INC, t == token.DEC, t == token.SEMICOLON, t == token.RPAREN, t == token.RBRACE, t == token.RBRACK:
		return false
	case t.IsOperator():
		return true
	case t.IsKeyword():
		return t != token.RETURN && t != token.BREAK && t != token.CONTINUE && t != token.FALLTHROUGH
	}
	return false
}
