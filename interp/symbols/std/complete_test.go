package std_test

import (
	"bufio"
	"bytes"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/interp/symbols/std"
)

// TestTablesComplete compares the tables with what the packages export: all constants, variables, functions and types that
// are not generic.
func TestTablesComplete(t *testing.T) {
	all := std.All()
	paths := map[string]string{}
	for key := range all {
		if p := path.Dir(key); p != "." && !strings.Contains(p, "yaegi") { // it lists itself
			paths[p] = key
		}
	}
	exports := exportFiles(t, slices.Sorted(maps.Keys(paths)))
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(p string) (io.ReadCloser, error) {
		if exports[p] == "" {
			return nil, fmt.Errorf("no export data of %s", p)
		}
		return os.Open(exports[p])
	})
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if exports[p] == "" {
			continue // our own packages, and packages that this Go no longer has
		}
		pkg, err := imp.Import(p)
		if err != nil {
			t.Errorf("import %s: %v", p, err)
			continue
		}
		var missing []string
		for _, name := range pkg.Scope().Names() {
			obj := pkg.Scope().Lookup(name)
			if _, ok := all[paths[p]][name]; !ok && obj.Exported() && !generic(obj) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			t.Errorf("%s: the table lacks %s", p, strings.Join(missing, ", "))
		}
	}
}

// generic reports whether a table cannot hold the object.
func generic(obj types.Object) bool {
	if sig, ok := obj.Type().(*types.Signature); ok && sig.TypeParams().Len() > 0 {
		return true
	}
	if p, ok := obj.Type().(interface{ TypeParams() *types.TypeParamList }); ok && p.TypeParams().Len() > 0 {
		return true
	}
	it, ok := obj.Type().Underlying().(*types.Interface)
	_, isType := obj.(*types.TypeName)
	return ok && isType && !it.IsMethodSet()
}

// exportFiles are the files with the packages' export data.
func exportFiles(t *testing.T, paths []string) map[string]string {
	goCmd, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command: nothing to compare the tables with")
	}
	cmd := exec.Command(goCmd, append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, paths...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	files := map[string]string{}
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		p, file, _ := strings.Cut(sc.Text(), " ")
		files[p] = file
	}
	if len(files) < 100 {
		t.Fatalf("go list told of %d packages only", len(files))
	}
	return files
}
