package interp

import (
	"errors"
	"strings"

	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/rt"
)

// stack is what the engine's trace and the marks tell about a panic: the positions, innermost first. The trace may take a
// function for a literal at its start, so literals count as the function around them.
func (s *Session) stack() (positions []lower.Position) {
	inCell := false
	for i, fn := range s.rt.Trace.Functions() {
		base := baseFunction(fn)
		if s.prog.IsCell(base) {
			inner, ok := s.siteOf(int(s.innerMark.Int()), base)
			if top, topOk := s.siteOf(int(s.cellMark.Int()), base); i > 0 || !ok {
				inner, ok = top, topOk && !inCell
			}
			if ok {
				positions = append(positions, inner)
			}
			inCell = true
			continue
		}
		if p, ok := s.siteOf(int(s.innerMark.Int()), base); ok && i == 0 {
			positions = append(positions, p)
		} else if p := s.prog.Declared(base); p.Cell != 0 && fn == base {
			positions = append(positions, p)
		}
	}
	return positions
}

// baseFunction is the declared function around a literal.
func baseFunction(fn string) string {
	base, _, _ := strings.Cut(fn, ".")
	return base
}

// siteOf is the place of a mark, if it was left by function fn.
func (s *Session) siteOf(mark int, fn string) (lower.Position, bool) {
	at, ok := s.prog.Site(mark)
	return at.At, ok && baseFunction(at.Func) == fn
}

// declareMarks makes the variables of the engine that hold the marks.
func (s *Session) declareMarks() (err error) {
	if err := s.eng.declare("var " + lower.InnerMark + ", " + lower.CellMark + ", " + lower.StopMark + ", " + lower.CallsMark + " int"); err != nil {
		return err
	}
	if s.innerMark, err = s.eng.y.Eval(lower.InnerMark); err != nil {
		return err
	}
	if s.cellMark, err = s.eng.y.Eval(lower.CellMark); err != nil {
		return err
	}
	if s.stopMark, err = s.eng.y.Eval(lower.StopMark); err != nil {
		return err
	}
	if s.callsMark, err = s.eng.y.Eval(lower.CallsMark); err != nil {
		return err
	}
	if !s.callsMark.CanSet() || !s.stopMark.CanSet() || !s.innerMark.CanSet() || !s.cellMark.CanSet() {
		return errors.New("interp: the engine's variables cannot be set")
	}
	return nil
}

// clearMarks forgets the marks of earlier cells.
func (s *Session) clearMarks() {
	s.cellMark.SetInt(-1)
	s.innerMark.SetInt(-1)
}

// setStopMark sets the variable that lowered code asks before it asks the runtime whether to stop.
func (s *Session) setStopMark(on bool) {
	if rt.Race {
		return
	}
	if on {
		s.stopMark.SetInt(1)
		s.callsMark.SetInt(0)
	} else {
		s.stopMark.SetInt(0)
	}
}
