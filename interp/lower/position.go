package lower

import (
	"fmt"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// A Position is a position in a cell. The zero Position is unknown; a Column of 0 means the whole line.
type Position struct{ Cell, Line, Column int }

func (p Position) String() string {
	if p.Column == 0 {
		return fmt.Sprintf("cell %d, line %d", p.Cell, p.Line)
	}
	return fmt.Sprintf("cell %d, line %d, column %d", p.Cell, p.Line, p.Column)
}

// FileName names the text of a cell in a token.FileSet: "cell N+K", where K is how many lines its prefix has.
func FileName(cell, prefix int) string { return fmt.Sprintf("cell %d+%d", cell, prefix) }

// PositionOf iterations a position in a text named by FileName into the cell's own.
func PositionOf(p token.Position) Position {
	name, ok := strings.CutPrefix(p.Filename, "cell ")
	if !ok {
		return Position{}
	}
	n, prefix, _ := strings.Cut(name, "+")
	cell, err1 := strconv.Atoi(n)
	k, err2 := strconv.Atoi(prefix)
	if err1 != nil || err2 != nil {
		return Position{}
	}
	return Position{cell, p.Line - k, p.Column}
}

// A Diagnostic is something wrong with a cell, found before it runs.
type Diagnostic struct {
	At  Position
	Msg string
}

func (f Diagnostic) String() string {
	if f.At == (Position{}) {
		return f.Msg
	}
	return f.At.String() + ": " + f.Msg
}

// lineBase is the step from cell to cell in the line numbers that the engine sees. A file name could not carry the cell:
// the engine looks up imports by it.
const lineBase = 100_000

var positionText = regexp.MustCompile(`\b(\d{6,}):(\d+):`)

// CutPosition finds the position that a line directive has put into the engine's message, and is the message without it.
func CutPosition(msg string) (at Position, rest string, ok bool) {
	m := positionText.FindStringSubmatch(msg)
	if m == nil {
		return Position{}, msg, false
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	return Position{line / lineBase, line % lineBase, column}, positionText.ReplaceAllString(msg, ""), true
}
