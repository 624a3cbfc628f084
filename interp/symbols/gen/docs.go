package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"strings"
)

// writeDocs writes one line for each exported name of the package: key, parameter names, doc comment, split by tabs.
func writeDocs(w io.Writer, l *listed) error {
	fset := token.NewFileSet()
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if f.Doc != nil {
			docLine(w, l.ImportPath, nil, f.Doc)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() {
					docLine(w, l.ImportPath+"."+receiver(d)+d.Name.Name, d.Type.Params, d.Doc)
				}
			case *ast.GenDecl:
				genDocs(w, l.ImportPath, d)
			}
		}
	}
	return nil
}

func genDocs(w io.Writer, path string, d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				docLine(w, path+"."+s.Name.Name, nil, either(s.Doc, d.Doc))
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() {
					docLine(w, path+"."+n.Name, nil, either(s.Doc, d.Doc))
				}
			}
		}
	}
}

func either(a, b *ast.CommentGroup) *ast.CommentGroup {
	if a != nil {
		return a
	}
	return b
}

// receiver is "T." for a method of T or *T, else empty.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}

func docLine(w io.Writer, key string, params *ast.FieldList, doc *ast.CommentGroup) {
	var names []string
	if params != nil {
		for _, p := range params.List {
			for _, n := range p.Names {
				names = append(names, n.Name)
			}
		}
	}
	text := strings.TrimSpace(doc.Text())
	text = strings.NewReplacer("\t", "    ", "\n", "\\n").Replace(text)
	if text != "" || names != nil {
		fmt.Fprintf(w, "%s\t%s\t%s\n", key, strings.Join(names, ","), text)
	}
}
