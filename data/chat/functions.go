package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"
	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/parser"
)

// RaisedError is what a template says with raise_exception, such as that roles must alternate.
type RaisedError struct{ Message string }

// Error implements error.
func (e *RaisedError) Error() string { return "it refuses the conversation: " + e.Message }

// environment is what templates may use.
var environment = func() *exec.Environment {
	globals := exec.EmptyContext().Update(builtins.GlobalFunctions).Update(builtins.GlobalVariables)
	filters := exec.NewFilterSet(map[string]exec.FilterFunction{}).Update(builtins.Filters)
	must(filters.Replace("tojson", tojson))
	blocks := exec.NewControlStructureSet(map[string]parser.ControlStructureParser{}).Update(builtins.ControlStructures)
	must(blocks.Register("generation", parseGeneration))
	return &exec.Environment{Context: globals, Filters: filters, Tests: builtins.Tests, ControlStructures: blocks, Methods: builtins.Methods}
}()

// raiseException returns raise_exception, which notes in raised what it was told: the library keeps only the words of an error.
func raiseException(raised **RaisedError) func(*exec.Evaluator, *exec.VarArgs) *exec.Value {
	return func(_ *exec.Evaluator, args *exec.VarArgs) *exec.Value {
		*raised = &RaisedError{}
		if len(args.Args) > 0 {
			(*raised).Message = args.Args[0].String()
		}
		return exec.AsValue(error(*raised))
	}
}

// strftimeNow returns strftime_now, the time in C's notation.
func strftimeNow(now func() time.Time) func(*exec.Evaluator, *exec.VarArgs) (string, error) {
	return func(_ *exec.Evaluator, args *exec.VarArgs) (string, error) {
		if len(args.Args) != 1 {
			return "", errors.New("strftime_now takes a format")
		}
		return strftime.Format(args.Args[0].String(), now()), nil
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// tojson is Python's json.dumps with ensure_ascii false, as Hugging Face's templates have it.
func tojson(_ *exec.Evaluator, in *exec.Value, _ *exec.VarArgs) *exec.Value {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(in.ToGoSimpleType(true)); err != nil {
		return exec.AsValue(err)
	}
	return exec.AsValue(strings.TrimSuffix(b.String(), "\n"))
}

// generation is {% generation %} … {% endgeneration %} around what the assistant says.
type generation struct {
	*nodes.Wrapper
}

func parseGeneration(p, args *parser.Parser) (nodes.ControlStructure, error) {
	body, end, err := p.WrapUntil("endgeneration")
	if err != nil {
		return nil, err
	}
	if !args.End() || !end.End() {
		return nil, errors.New("generation takes no arguments")
	}
	return &generation{body}, nil
}

// String implements nodes.Node.
func (g *generation) String() string { return fmt.Sprintf("generation(line %d)", g.Position().Line) }

// Execute renders the body, between marks where they are asked for.
func (g *generation) Execute(r *exec.Renderer, _ *nodes.ControlStructureBlock) error {
	_, marked := r.Environment.Context.Get(markVar)
	mark := func(m string) error {
		if !marked {
			return nil
		}
		_, err := io.WriteString(r.Output, m)
		return err
	}
	return errors.Join(mark(spanStart), r.ExecuteWrapper(g.Wrapper), mark(spanEnd))
}

// markVar is the variable that asks for marks around generation blocks.
const markVar = " marks"

// Characters that Unicode sets aside for a program's own use: they stand in no text, and blanks cut off do not take them along.
const (
	broken    = "\uFDD0" // within the spelling of a special token in what a party says
	spanStart = "\uFDD1"
	spanEnd   = "\uFDD2"
)
