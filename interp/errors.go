package interp

import (
	"errors"
	"fmt"
	"go/scanner"
	"strings"

	"github.com/athanor-ml/athanor/interp/lower"
)

// Error is a cell that failed.
type Error struct {
	Name      string   // "SyntaxError", "CompileError", "Panic", "OpError", "Interrupt", "Unsupported"
	Value     string   // one line: what, where
	Traceback []string // lines to print under it
}

func (e *Error) Error() string { return e.Name + ": " + e.Value }

// maxDiagnostics is how many diagnostics of a cell are shown.
const maxDiagnostics = 10

// diagnosticError makes one Error of all diagnostics, each with the line of source that it is about.
func diagnosticError(name string, diags []lower.Diagnostic, text func(cell int) string) *Error {
	e := &Error{Name: name, Value: diags[0].String()}
	for i, f := range diags {
		if i == maxDiagnostics {
			e.Traceback = append(e.Traceback, fmt.Sprintf("… and %d more", len(diags)-i))
			break
		}
		e.Traceback = append(e.Traceback, f.String())
		e.Traceback = append(e.Traceback, excerpt(text(f.At.Cell), f.At)...)
	}
	return e
}

// excerpt is the line at p with a caret under its column.
func excerpt(text string, p lower.Position) []string {
	lines := strings.Split(text, "\n")
	if p.Line < 1 || p.Line > len(lines) {
		return nil
	}
	line := strings.TrimRight(lines[p.Line-1], "\r")
	out := []string{"    " + line}
	if p.Column > 0 && p.Column <= len(line)+1 {
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return '\t'
			}
			return ' '
		}, line[:p.Column-1])
		out = append(out, "    "+pad+"^")
	}
	return out
}

// syntaxDiagnostics are the parser's errors.
func syntaxDiagnostics(err error, text string) (diags []lower.Diagnostic) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return []lower.Diagnostic{{Msg: err.Error()}}
	}
	for _, e := range list {
		at := lower.PositionOf(e.Pos)
		if lines := strings.Split(strings.TrimRight(text, "\n"), "\n"); at.Line > len(lines) { // the end of what we wrap a cell in
			at.Line, at.Column = len(lines), len(lines[len(lines)-1])+1
			e.Msg = strings.Replace(e.Msg, "found '}'", "found the end of the cell", 1)
		}
		diags = append(diags, lower.Diagnostic{At: at, Msg: e.Msg})
	}
	return diags
}
