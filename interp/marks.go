package interp

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// The engine does not tell which statement panicked, only which functions were running. So a statement that can panic
// first leaves a mark, the number of its site, in a variable of the engine: one for the cell's own statements, one for
// those of functions. After a panic the marks say where the innermost function and the cell stood.

const (
	cellMark  = "topꞏ"
	innerMark = "atꞏ"
	stopMark  = "stopꞏ"
)

// noSite stands where a goroutine has no go statement.
const noSite = -1

// A site is a statement that can panic.
type site struct {
	at place
	fn string // the engine's name of its function
}

// mark is the text that leaves the mark of n, or empty when n cannot panic.
func (l *lowerer) mark(n ast.Node) string {
	if l.quiet || !canPanic(n) {
		return ""
	}
	if placeOf(l.s.fset.Position(n.Pos())).cell == 0 {
		return ""
	}
	v := innerMark
	if l.s.cellFuncs[l.fn] {
		v = cellMark
	} else if raceBuild {
		return ""
	}
	return fmt.Sprintf("%s = %d; ", v, l.site(n))
}

// site is the number of the statement n.
func (l *lowerer) site(n ast.Node) int {
	l.s.sites = append(l.s.sites, site{placeOf(l.s.fset.Position(n.Pos())), l.fn})
	return len(l.s.sites) - 1
}

// canPanic reports whether the statement itself, without the blocks inside it, does anything that can panic.
func canPanic(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.FuncLit:
			return false
		case *ast.CallExpr, *ast.IndexExpr, *ast.StarExpr, *ast.SelectorExpr, *ast.SliceExpr, *ast.TypeAssertExpr, *ast.SendStmt, *ast.RangeStmt:
			found = true
		case *ast.BinaryExpr:
			found = found || n.Op == token.QUO || n.Op == token.REM || n.Op == token.SHL || n.Op == token.SHR || n.Op == token.EQL || n.Op == token.NEQ
		case *ast.AssignStmt:
			found = found || n.Tok == token.QUO_ASSIGN || n.Tok == token.REM_ASSIGN
		}
		return !found
	})
	return found
}

// stack is what the engine's trace and the marks tell about a panic: the places, innermost first. The trace may take a
// function for a literal at its start, so literals count as the function around them.
func (s *Session) stack() (places []place) {
	inCell := false
	for i, fn := range s.eng.trace.functions() {
		base := baseFunction(fn)
		if s.cellFuncs[base] {
			inner, ok := s.siteOf(int(s.innerMark.Int()), base)
			if top, topOk := s.siteOf(int(s.cellMark.Int()), base); i > 0 || !ok {
				inner, ok = top, topOk && !inCell
			}
			if ok {
				places = append(places, inner)
			}
			inCell = true
			continue
		}
		if p, ok := s.siteOf(int(s.innerMark.Int()), base); ok && i == 0 {
			places = append(places, p)
		} else if p := s.funcPlaces[base]; p.cell != 0 && fn == base {
			places = append(places, p)
		}
	}
	return places
}

// baseFunction is the declared function around a literal.
func baseFunction(fn string) string {
	base, _, _ := strings.Cut(fn, ".")
	return base
}

// siteOf is the place of a mark, if it was left by function fn.
func (s *Session) siteOf(mark int, fn string) (place, bool) {
	if mark < 0 || mark >= len(s.sites) {
		return place{}, false
	}
	at := s.sites[mark]
	return at.at, baseFunction(at.fn) == fn
}

// declareMarks makes the variables of the engine that hold the marks.
func (s *Session) declareMarks() (err error) {
	if err := s.eng.declare("var " + innerMark + ", " + cellMark + ", " + stopMark + " int"); err != nil {
		return err
	}
	if s.innerMark, err = s.eng.y.Eval(innerMark); err != nil {
		return err
	}
	if s.cellMark, err = s.eng.y.Eval(cellMark); err != nil {
		return err
	}
	if s.stopMark, err = s.eng.y.Eval(stopMark); err != nil {
		return err
	}
	if !s.stopMark.CanSet() || !s.innerMark.CanSet() || !s.cellMark.CanSet() {
		return errors.New("interp: the engine's variables cannot be set")
	}
	s.routines.flag = s.setStopMark
	return nil
}

// clearMarks forgets the marks of earlier cells.
func (s *Session) clearMarks() {
	s.cellMark.SetInt(-1)
	s.innerMark.SetInt(-1)
}

// setStopMark sets the variable that lowered code asks before it asks the session whether to stop.
func (s *Session) setStopMark(on bool) {
	if raceBuild {
		return
	}
	if on {
		s.stopMark.SetInt(1)
	} else {
		s.stopMark.SetInt(0)
	}
}

// checkStop is the text that leaves the goroutine when its cell is stopping.
func (l *lowerer) checkStop() string {
	if raceBuild { // goroutines read the variable without a lock
		return l.s.helper("Stop") + "()\n"
	}
	return "if " + stopMark + " != 0 { " + l.s.helper("Stop") + "() }\n"
}

// hasCall reports whether evaluating n calls a function, not counting what stands in literals and blocks.
func (l *lowerer) hasCall(n ast.Node) (found bool) {
	if n == nil {
		return false
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := l.info.Types[ast.Unparen(n.Fun)]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		}
		return !found
	})
	return found
}

// callsAny reports whether a function body calls functions, or makes some.
func (l *lowerer) callsAny(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			tv := l.info.Types[ast.Unparen(c.Fun)]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		}
		return !found
	})
	return found
}
