package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/athanor-ml/athanor/interp/rt"
)

// The engine does not tell which statement panicked, only which functions were running. So a statement that can panic
// first leaves a mark, the number of its site, in a variable of the engine: one for the cell's own statements, one for
// those of functions. After a panic the marks say where the innermost function and the cell stood.

// Variables of the engine, of type int.
const (
	CellMark  = "topꞏ"   // the site where the cell stands
	InnerMark = "atꞏ"    // the site where the innermost function stands
	CallsMark = "callsꞏ" // how many calls there are until Enter of the runtime is called
	StopMark  = "stopꞏ"  // not 0: goroutines of a cell have to stop, and Stop of the runtime knows which
)

// A Site is a statement that can panic.
type Site struct {
	At   Position
	Func string // the engine's name of its function
}

// Site is a site by its number; ok is false when there is none.
func (p *Program) Site(number int) (at Site, ok bool) {
	if number < 0 || number >= len(p.sites) {
		return Site{}, false
	}
	return p.sites[number], true
}

// IsCell reports whether a function of the engine is a cell.
func (p *Program) IsCell(fn string) bool { return p.cells[fn] }

// Declared is where a function of the engine that is no cell is declared; the zero Position is nowhere.
func (p *Program) Declared(fn string) Position { return p.funcs[fn] }

// mark is the text that leaves the mark of n, or empty when n cannot panic.
func (l *lowerer) mark(n ast.Node) string {
	if l.quiet || !canPanic(n) {
		return ""
	}
	if PositionOf(l.fset.Position(n.Pos())).Cell == 0 {
		return ""
	}
	v := InnerMark
	if l.cells[l.fn] {
		v = CellMark
	} else if rt.Race {
		return ""
	}
	return fmt.Sprintf("%s = %d; ", v, l.site(n))
}

// site is the number of the statement n.
func (l *lowerer) site(n ast.Node) int {
	l.sites = append(l.sites, Site{PositionOf(l.fset.Position(n.Pos())), l.fn})
	return len(l.sites) - 1
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

// checkStop is the text that leaves the goroutine when its cell is stopping.
func (l *lowerer) checkStop() string {
	if rt.Race { // goroutines read the variable without a lock
		return l.helper("Stop") + "()\n"
	}
	return "if " + StopMark + " != 0 { " + l.helper("Stop") + "() }\n"
}

// enter is the text that a function which may call others starts with.
func (l *lowerer) enter() string {
	if rt.Race {
		return l.helper("Enter") + "()\n"
	}
	return CallsMark + "--\nif " + CallsMark + " < 0 { " + l.helper("Enter") + "() }\n"
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
		switch n := n.(type) {
		case *ast.CallExpr:
			tv := l.info.Types[ast.Unparen(n.Fun)]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		case *ast.RangeStmt:
			_, fn := coreType(l.subst(l.info.Types[n.X].Type)).(*types.Signature)
			found = found || fn
		}
		return !found
	})
	return found
}
