package interp

import (
	"go/ast"
	"go/token"
	"slices"
)

// initOrder puts variable declarations that stand side by side at the top of a cell into the order in which Go initializes
// the variables of a package: one that another needs, perhaps through functions, comes first.
func initOrder(list []ast.Stmt, decls []ast.Decl) []ast.Stmt {
	var out []ast.Stmt
	for i := 0; i < len(list); {
		j := i
		for j < len(list) && isVarDecl(list[j]) {
			j++
		}
		if j == i {
			out = append(out, list[i])
			i++
			continue
		}
		out = append(out, orderVars(list[i:j], decls)...)
		i = j
	}
	return out
}

func isVarDecl(st ast.Stmt) bool {
	d, ok := st.(*ast.DeclStmt)
	return ok && d.Decl.(*ast.GenDecl).Tok == token.VAR
}

// orderVars orders the variables of some declarations; the declarations stay as they are when their order is right.
func orderVars(list []ast.Stmt, decls []ast.Decl) []ast.Stmt {
	var specs []*ast.ValueSpec
	from := map[*ast.ValueSpec]*ast.GenDecl{}
	for _, st := range list {
		g := st.(*ast.DeclStmt).Decl.(*ast.GenDecl)
		for _, sp := range g.Specs {
			vs := sp.(*ast.ValueSpec)
			specs, from[vs] = append(specs, vs), g
		}
	}
	uses := usesOf(specs, decls)
	var order []*ast.ValueSpec
	for left := slices.Clone(specs); len(left) > 0; {
		i := slices.IndexFunc(left, func(vs *ast.ValueSpec) bool { return !needsAny(uses[vs], vs, left) })
		i = max(i, 0) // a circle: the checker will say so
		order = append(order, left[i])
		left = slices.Delete(left, i, i+1)
	}
	if slices.Equal(order, specs) {
		return list
	}
	out := make([]ast.Stmt, len(order))
	for i, vs := range order {
		out[i] = &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: from[vs].TokPos, Tok: token.VAR, Specs: []ast.Spec{vs}}}
	}
	return out
}

func needsAny(uses map[string]bool, self *ast.ValueSpec, left []*ast.ValueSpec) bool {
	return slices.ContainsFunc(left, func(vs *ast.ValueSpec) bool {
		return vs != self && slices.ContainsFunc(vs.Names, func(id *ast.Ident) bool { return uses[id.Name] })
	})
}

// usesOf are the names that the values of each spec mention, also through the functions and methods of the cell.
func usesOf(specs []*ast.ValueSpec, decls []ast.Decl) map[*ast.ValueSpec]map[string]bool {
	funcs := map[string]map[string]bool{}
	for _, d := range decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		names := mentionsOf(fn.Body)
		if old := funcs[fn.Name.Name]; old != nil { // methods of several types may share a name
			for name := range old {
				names[name] = true
			}
		}
		funcs[fn.Name.Name] = names
	}
	out := map[*ast.ValueSpec]map[string]bool{}
	for _, vs := range specs {
		m := map[string]bool{}
		for _, v := range vs.Values {
			reach(mentionsOf(v), funcs, m)
		}
		out[vs] = m
	}
	return out
}

func reach(names map[string]bool, funcs map[string]map[string]bool, into map[string]bool) {
	for name := range names {
		if !into[name] {
			into[name] = true
			reach(funcs[name], funcs, into)
		}
	}
}
