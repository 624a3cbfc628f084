package tensorlib

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// noGradient are the exported functions and methods with a Tensor for a result that need no gradient case, by the reason.
var noGradient = map[string][]string{
	"makes a tensor of no other":          {"New", "Zeros", "Ones", "Full", "Arange", "Eye", "FromBytes", "Uniform", "Normal"},
	"its result is not of float32":        {"Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And", "Or", "Not", "ArgMax"},
	"gives the tensor itself":             {"Keep", "SetRequiresGrad", "CopyFrom", "SetFloat32s"},
	"writes and returns statistics":       {"ClipScale"},
	"needs two devices, see TestToDevice": {"ToDevice"},
	"ends the flow, see TestDetach":       {"Detach"},
	"is the gradient":                     {"Grad"},
	"the same operation as without Keep":  {"SumKeep", "MeanKeep", "MaxKeep", "MinKeep"},
}

// TestEveryOpHasAGradientCase fails when someone adds an exported operation, or a node of the tape, without a case in TestGradients.
func TestEveryOpHasAGradientCase(t *testing.T) {
	covered, visited := map[string]bool{}, map[string][]*op{}
	word := regexp.MustCompile(`^[A-Za-z]+`)
	for _, c := range gradCases() {
		covered[word.FindString(c.name)] = true
		r, leaves := NewRand(1), []*Tensor{}
		for _, shape := range c.shapes {
			leaves = append(leaves, New(drawn(r, c.low, shape).x, shape...).SetRequiresGrad(true))
		}
		visit(c.op(leaves), visited)
	}
	for _, names := range noGradient {
		for _, name := range names {
			covered[name] = true
		}
	}
	exported, nodes := declared(t)
	for _, name := range exported {
		if !covered[name] {
			t.Errorf("%s returns a tensor and has no case in gradCases whose name begins with it", name)
		}
	}
	for name, n := range nodes {
		if slices.Contains(noGradient["needs two devices, see TestToDevice"], name) {
			continue
		}
		if got := len(visited[name]); got != n {
			t.Errorf("%d differentiable operations are named %q in the source, the cases of TestGradients reach %d", n, name, got)
		}
	}
	if len(exported) < 80 || len(nodes) < 40 {
		t.Errorf("found only %d exported operations and %d nodes: has the source changed its form?", len(exported), len(nodes))
	}
}

// visit collects the operations that t came from, each once.
func visit(t *Tensor, seen map[string][]*op) {
	if t == nil || t.node == nil {
		return
	}
	o := t.node.op
	if !slices.Contains(seen[o.name], o) {
		seen[o.name] = append(seen[o.name], o)
	}
	for _, in := range t.node.in {
		visit(in, seen)
	}
}

// declared reads the package's source: the exported functions and methods with a *Tensor or []*Tensor for a result, and how many
// operations with a gradient there are by name.
func declared(t *testing.T) (exported []string, nodes map[string]int) {
	nodes = map[string]int{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.IsExported() && givesTensor(n.Type.Results) {
					exported = append(exported, n.Name.Name)
				}
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "op" && len(n.Elts) == 2 {
					nodes[nameOf(n.Elts[0])]++
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "newUnary" {
					nodes[nameOf(n.Args[0])]++
				}
			}
			return true
		})
	}
	delete(nodes, "") // newUnary's own
	return exported, nodes
}

func givesTensor(results *ast.FieldList) bool {
	if results == nil {
		return false
	}
	for _, r := range results.List {
		typ := r.Type
		if list, ok := typ.(*ast.ArrayType); ok {
			typ = list.Elt
		}
		if p, ok := typ.(*ast.StarExpr); ok {
			if id, ok := p.X.(*ast.Ident); ok && id.Name == "Tensor" {
				return true
			}
		}
	}
	return false
}

// nameOf is the string that e is, also behind a key.
func nameOf(e ast.Expr) string {
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		e = kv.Value
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}
