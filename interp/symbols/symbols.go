// Package symbols holds the tables of what a notebook cell may call: the standard library, as yaegi ships it plus what
// came after it (std/), and our own packages. The interpreter can only see what is in a table, so a package that cells should
// use has to be listed in gen/main.go; `go generate ./interp/symbols` writes the tables anew.
//
// A table has one entry for each exported name: a function's value, a variable's address, a constant, or a nil pointer
// to a type. Beside it stand the names of parameters and the doc comments of our packages, which reflection does not keep.
package symbols

import (
	_ "embed"
	"maps"
	"reflect"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/interp/symbols/std"
)

//go:generate go run ./gen

// table is filled by the generated files: "path/name" of a package to its exported names.
var table = map[string]map[string]reflect.Value{}

// All returns the whole table in the form yaegi's Use takes: "import/path/name" to exported name to value. The outer map
// is the caller's own, the inner maps are shared and must not be changed.
func All() map[string]map[string]reflect.Value {
	all := std.All()
	maps.Copy(all, table)
	return all
}

//go:embed docs.txt
var docsText string

// A Doc is what the table of a name cannot say about it.
type Doc struct {
	Params []string // names of the parameters of a function or method
	Text   string   // the doc comment, one paragraph a line
}

// Docs maps "import/path.Name" and "import/path.Type.Method" to what is known of our own packages.
var Docs = sync.OnceValue(func() map[string]Doc {
	docs := map[string]Doc{}
	for line := range strings.Lines(docsText) {
		key, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		params, text, _ := strings.Cut(rest, "\t")
		d := Doc{Text: strings.ReplaceAll(text, "\\n", "\n")}
		if params != "" {
			d.Params = strings.Split(params, ",")
		}
		docs[key] = d
	}
	return docs
})
