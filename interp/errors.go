package interp

import (
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
)

// Error is a cell that failed.
type Error struct {
	Name      string   // "SyntaxError", "CompileError", "Panic", "OpError", "Interrupt", "Unsupported"
	Value     string   // one line: what, where
	Traceback []string // lines to print under it
}

func (e *Error) Error() string { return e.Name + ": " + e.Value }

// place is a position in a cell. The zero place is unknown.
type place struct{ cell, line, col int }

func (p place) String() string {
	if p.col == 0 {
		return fmt.Sprintf("cell %d, line %d", p.cell, p.line)
	}
	return fmt.Sprintf("cell %d, line %d, column %d", p.cell, p.line, p.col)
}

// fileName names the text of a cell in a token.FileSet: "cell N+K", where K is how many lines its prefix has.
func fileName(cell, prefix int) string { return fmt.Sprintf("cell %d+%d", cell, prefix) }

// placeOf turns a position in a text named by fileName into the cell's own.
func placeOf(p token.Position) place {
	name, ok := strings.CutPrefix(p.Filename, "cell ")
	if !ok {
		return place{}
	}
	n, prefix, _ := strings.Cut(name, "+")
	cell, err1 := strconv.Atoi(n)
	k, err2 := strconv.Atoi(prefix)
	if err1 != nil || err2 != nil {
		return place{}
	}
	return place{cell, p.Line - k, p.Column}
}

// A fault is something wrong with a cell, found before it runs.
type fault struct {
	at  place
	msg string
}

func (f fault) String() string {
	if f.at == (place{}) {
		return f.msg
	}
	return f.at.String() + ": " + f.msg
}

// maxFaults is how many faults of a cell are shown.
const maxFaults = 10

// faultError makes one Error of all faults, each with the line of source that it is about.
func faultError(name string, faults []fault, text func(cell int) string) *Error {
	e := &Error{Name: name, Value: faults[0].String()}
	for i, f := range faults {
		if i == maxFaults {
			e.Traceback = append(e.Traceback, fmt.Sprintf("… and %d more", len(faults)-i))
			break
		}
		e.Traceback = append(e.Traceback, f.String())
		e.Traceback = append(e.Traceback, excerpt(text(f.at.cell), f.at)...)
	}
	return e
}

// excerpt is the line at p with a caret under its column.
func excerpt(text string, p place) []string {
	lines := strings.Split(text, "\n")
	if p.line < 1 || p.line > len(lines) {
		return nil
	}
	line := strings.TrimRight(lines[p.line-1], "\r")
	out := []string{"    " + line}
	if p.col > 0 && p.col <= len(line)+1 {
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return '\t'
			}
			return ' '
		}, line[:p.col-1])
		out = append(out, "    "+pad+"^")
	}
	return out
}

// syntaxFaults are the parser's errors.
func syntaxFaults(err error, text string) (faults []fault) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return []fault{{msg: err.Error()}}
	}
	for _, e := range list {
		at := placeOf(e.Pos)
		if lines := strings.Split(strings.TrimRight(text, "\n"), "\n"); at.line > len(lines) { // the end of what we wrap a cell in
			at.line, at.col = len(lines), len(lines[len(lines)-1])+1
			e.Msg = strings.Replace(e.Msg, "found '}'", "found the end of the cell", 1)
		}
		faults = append(faults, fault{at, e.Msg})
	}
	return faults
}
