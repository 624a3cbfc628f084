package nbrun

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// The tags are papermill's.
const (
	tagParameters = "parameters"
	tagInjected   = "injected-parameters"
)

// Inject puts a cell that sets parameters ("name=value") after the cell tagged "parameters", or first when there is none. A
// parameter that the tagged cell declares is assigned to, so that it keeps its type; one that it does not declare is an
// error. A cell injected earlier is replaced.
func (nb *Notebook) Inject(params []string) error {
	if len(params) == 0 {
		return nil
	}
	nb.cells = slices.DeleteFunc(nb.cells, func(c Cell) bool { return c.Tagged(tagInjected) })
	at := slices.IndexFunc(nb.cells, func(c Cell) bool { return c.Tagged(tagParameters) })
	var declared map[string]string
	if at >= 0 {
		declared = declarations(nb.cells[at].Source())
	}
	var src strings.Builder
	src.WriteString("// Parameters")
	for _, p := range params {
		name, value, ok := strings.Cut(p, "=")
		name = strings.TrimSpace(name)
		if !ok || !token.IsIdentifier(name) {
			return fmt.Errorf("parameter %q: want name=value with a Go name", p)
		}
		define := ":="
		if declared != nil {
			kind, known := declared[name]
			if !known {
				return fmt.Errorf("parameter %q: the notebook has no such parameter; it has: %s", name, names(declared))
			}
			if kind == "const" {
				return fmt.Errorf("parameter %q is a const in the cell tagged %q: make it a variable", name, tagParameters)
			}
			define = "="
		}
		fmt.Fprintf(&src, "\n%s %s %s", name, define, literal(value, declared[name]))
	}
	nb.cells = slices.Insert(nb.cells, at+1, nb.injected(src.String()))
	return nil
}

// injected makes the cell.
func (nb *Notebook) injected(src string) Cell {
	c := Cell{
		"cell_type": "code", "execution_count": nil, "outputs": []any{}, "source": lines(src),
		"metadata": map[string]any{"tags": []any{tagInjected}},
	}
	minor, _ := nb.root["nbformat_minor"].(json.Number)
	if n, _ := strconv.Atoi(string(minor)); n >= 5 {
		c["id"] = tagInjected
	}
	return c
}

func names(declared map[string]string) string {
	list := make([]string, 0, len(declared))
	for name := range declared {
		list = append(list, name)
	}
	slices.Sort(list)
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// declarations maps each variable and constant that a cell declares to "string" (its default is a string), "const" or "".
func declarations(src string) map[string]string {
	found := map[string]string{}
	// Statements are parsed as a function's body; what is left of a body that does not parse still has its declarations.
	file, _ := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+src+"\n}", parser.SkipObjectResolution)
	if file == nil {
		return found
	}
	add := func(name *ast.Ident, value ast.Expr, kind string) {
		if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING && kind == "" {
			kind = "string"
		}
		found[name.Name] = kind
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if name, ok := l.(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == len(n.Rhs) {
					add(name, n.Rhs[i], "")
				}
			}
		case *ast.GenDecl:
			for _, spec := range n.Specs {
				v, ok := spec.(*ast.ValueSpec)
				for i := 0; ok && i < len(v.Names); i++ {
					kind := ""
					if t, ok := v.Type.(*ast.Ident); ok && t.Name == "string" {
						kind = "string"
					}
					if n.Tok == token.CONST {
						kind = "const"
					}
					var value ast.Expr
					if i < len(v.Values) {
						value = v.Values[i]
					}
					add(v.Names[i], value, kind)
				}
			}
		case *ast.FuncLit:
			return false
		}
		return true
	})
	return found
}

// literal turns a parameter's value into Go: a number, true, false or a quoted string stay as they are; anything else, and
// everything for a variable that is a string, becomes a string.
func literal(value, kind string) string {
	value = strings.TrimSpace(value)
	if _, err := strconv.Unquote(value); err == nil {
		return value
	}
	if kind == "string" {
		return strconv.Quote(value)
	}
	if value == "true" || value == "false" {
		return value
	}
	expr, err := parser.ParseExpr(strings.TrimPrefix(value, "-"))
	if lit, ok := expr.(*ast.BasicLit); err == nil && ok && (lit.Kind == token.INT || lit.Kind == token.FLOAT) && !octal(lit.Value) {
		return value
	}
	return strconv.Quote(value)
}

// octal reports a number like 007, which Go would read in base 8 and the user did not mean so.
func octal(s string) bool {
	return len(s) > 1 && s[0] == '0' && strings.Trim(s, "0123456789") == ""
}
