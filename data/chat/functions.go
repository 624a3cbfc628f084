package chat

import (
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
	"github.com/nikolalohinski/gonja/v2/tokens"
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
	return &exec.Environment{Context: globals, Filters: filters, Tests: builtins.Tests, ControlStructures: blocks, Methods: methods()}
}()

// methods are the library's, but endswith, which it has wrong for an empty text, and startswith.
func methods() exec.Methods {
	str := map[string]exec.Method[string]{}
	for name := range strings.FieldsSeq("capitalize casefold center count encode expandtabs find format index isalnum isalpha isascii isdecimal " +
		"isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix " +
		"replace rfind rindex rjust rpartition rsplit rstrip split splitlines strip swapcase title translate upper zfill") {
		if method, ok := builtins.Methods.Str.Get(name); ok {
			str[name] = method
		}
	}
	str["startswith"], str["endswith"] = affix(strings.HasPrefix), affix(strings.HasSuffix)
	all := builtins.Methods
	all.Str = exec.NewMethodSet(str)
	return all
}

// affix is startswith or endswith: has, of one text or of one of several.
func affix(has func(s, part string) bool) exec.Method[string] {
	return func(self string, _ *exec.Value, args *exec.VarArgs) (any, error) {
		if len(args.Args) != 1 {
			return nil, errors.New("startswith and endswith take one argument")
		}
		if args.Args[0].IsString() {
			return has(self, args.Args[0].String()), nil
		}
		found := false
		args.Args[0].Iterate(func(_, _ int, part, _ *exec.Value) bool {
			found = found || has(self, part.String())
			return !found
		}, func() {})
		return found, nil
	}
}

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

// choose is _if: it evaluates a condition, and then one of two expressions, which are given as texts. Without the second, it is nothing.
func (t *Template) choose(e *exec.Evaluator, args *exec.VarArgs) *exec.Value {
	value := e.Eval(t.expression(args.Args[0].String()))
	if value.IsError() {
		return value
	}
	switch {
	case value.IsTrue():
		return e.Eval(t.expression(args.Args[1].String()))
	case len(args.Args) == 3:
		return e.Eval(t.expression(args.Args[2].String()))
	}
	return exec.AsValue("")
}

// expression parses an expression that rewrite has made. The panic on one that is none ends in render.
func (t *Template) expression(text string) nodes.Expression {
	stream := tokens.LexAll("{{ "+text+" }}", settings)
	parsed, err := parser.NewParser(t.name, stream, settings, only{}, environment.ControlStructures).Parse()
	if err != nil {
		panic(fmt.Sprintf("%q: %v", text, err))
	}
	return parsed.Nodes[0].(*nodes.Output).Expression
}

func must(err error) {
	if err != nil {
		panic(err)
	}
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
