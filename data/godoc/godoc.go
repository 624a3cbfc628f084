// Package godoc makes a text of the doc comments of Go packages: English prose about programs, without the programs.
//
// Extract reads the comments of a tree of source, such as the standard library's. Sample is what it gives of a few packages of Go's
// standard library, for machines that have no Go; gen.go makes it. The text is the Go authors', under the licence in LICENSE.
package godoc

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

//go:generate go run gen.go

// Sample is the text of some packages of the standard library.
//
//go:embed sample.txt
var Sample string

// Extract returns the doc comments of the Go packages in a tree, in the order of their paths, until it has maxBytes: what is said of packages
// and of exported names, without examples of code. With only, it reads just the packages with these paths. Tests,
// commands, internal and vendored packages are left out, comments that are not ASCII too, and what
// comes twice, say for two systems, comes once.
func Extract(tree fs.FS, maxBytes int, only ...string) (string, error) {
	x := extractor{seen: map[string]bool{}}
	for _, dir := range only {
		x.seen["only "+dir] = true
	}
	err := fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case x.text.Len() >= maxBytes:
			return fs.SkipAll
		case d.IsDir():
			if skipped[d.Name()] || file != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"), len(only) > 0 && !x.seen["only "+path.Dir(file)]:
			return nil
		}
		src, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil // a file that is no Go has nothing to say
		}
		x.file(f)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("read the Go source: %w", err)
	}
	return x.text.String(), nil
}

var skipped = map[string]bool{"cmd": true, "internal": true, "testdata": true, "vendor": true}

type extractor struct {
	text strings.Builder
	seen map[string]bool
}

func (x *extractor) file(f *ast.File) {
	if f.Name.Name == "main" {
		return
	}
	x.add(f.Doc)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				x.add(d.Doc)
			}
		case *ast.GenDecl:
			x.group(d)
		}
	}
}

// group adds the comments of a group of types, constants or variables.
func (x *extractor) group(d *ast.GenDecl) {
	said := false // of the group as a whole
	for _, s := range d.Specs {
		var doc *ast.CommentGroup
		switch s := s.(type) {
		case *ast.TypeSpec:
			if !s.Name.IsExported() {
				continue
			}
			doc = s.Doc
		case *ast.ValueSpec:
			if !s.Names[0].IsExported() {
				continue
			}
			doc = s.Doc
		default: // an import
			continue
		}
		if !said {
			x.add(d.Doc)
			said = true
		}
		x.add(doc)
	}
}

// add appends a comment as plain text, a line a paragraph.
func (x *extractor) add(group *ast.CommentGroup) {
	if group == nil {
		return
	}
	p := comment.Parser{LookupSym: func(string, string) bool { return true }} // so that links lose their brackets
	d := p.Parse(group.Text())
	prose := d.Content[:0]
	for _, block := range d.Content {
		if _, code := block.(*comment.Code); !code {
			prose = append(prose, block)
		}
	}
	d.Content, d.Links = prose, nil
	printer := comment.Printer{TextWidth: -1}
	text := string(printer.Text(d))
	if text == "" || x.seen[text] || strings.HasPrefix(text, "Copyright") || strings.ContainsFunc(text, func(r rune) bool { return r >= 0x7F }) {
		return
	}
	x.seen[text] = true
	x.text.WriteString(text)
	x.text.WriteByte('\n')
}
