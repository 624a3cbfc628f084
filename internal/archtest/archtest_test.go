// Package archtest checks that packages import only downwards, and that the heavy dependencies stay in their homes.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

const module = "github.com/athanor-ml/athanor/"

// may lists, for each package or tree ("x/..."), the packages of ours that it may import. docs/ARCHITECTURE.md shows the
// same table; change both together.
var may = map[string]string{
	"tensorlib/backend":             "",
	"tensorlib/backend/compose":     "tensorlib/backend",
	"tensorlib/backend/pool":        "tensorlib/backend",
	"tensorlib/backend/backendtest": "tensorlib/backend tensorlib/backend/compose",
	"tensorlib/cpu/...":             "tensorlib/backend tensorlib/backend/pool tensorlib/cpu/...",
	"internal/gid":                  "",
	"tensorlib":                     "tensorlib/backend tensorlib/backend/compose tensorlib/cpu internal/gid",
	"tensorlib/nn":                  "tensorlib tensorlib/safetensors",
	"tensorlib/optim":               "tensorlib tensorlib/nn",
	"tensorlib/safetensors":         "tensorlib",
	"models":                        "models/lm models/gpt",
	"models/...":                    "models/lm tensorlib tensorlib/nn tensorlib/safetensors",
	"data/tokenizer":                "",
	"data/arrowio":                  "",
	"data/godoc":                    "",
	"data/tasks":                    "",
	"data/chat":                     "data/tokenizer",
	"data":                          "data/tokenizer data/arrowio data/chat data/godoc data/tasks train/spec",
	"store":                         "",
	"store/local":                   "store",
	"store/storetest":               "store store/local",
	"train/spec":                    "",
	"train/track":                   "",
	"train/...":                     "train/... models/... data/... tensorlib/... store/... display/...",
	"activities":                    "train/... models/... data/... tensorlib store/...",
	"workflows":                     "activities train/spec train/track display/spark",
	"workflows/runs":                "workflows activities store train train/spec train/track display display/chart",
	"kernel/wire":                   "",
	"kernel/kernelspec":             "",
	"kernel/zsock":                  "",
	"kernel":                        "kernel/wire kernel/zsock",
	"kernel/kerneltest":             "kernel kernel/wire kernel/zsock",
	"display/spark":                 "",
	"display/chart":                 "display/spark",
	"display":                       "",
	"interp/typetext":               "",
	"interp/imports":                "",
	"interp/rt":                     "display internal/gid",
	"interp/lower":                  "interp/typetext interp/imports interp/rt",
	"interp":                        "interp/typetext interp/imports interp/rt interp/lower display",
	"interp/symbols/...":            "...",
	"notebooks":                     "",
	"cmd/athanor/self":              "",
	"cmd/athanor/kernelcmd":         "kernel internal/sandbox cmd/athanor/self",
	"cmd/...":                       "...",
	"internal/...":                  "...",
}

// homes lists the only trees that may import a heavy or delicate dependency.
var homes = map[string]string{
	"github.com/go-zeromq/zmq4":        "kernel/zsock kernel/kerneltest",
	"github.com/traefik/yaegi":         "interp/... cmd/athanor",
	"github.com/apache/arrow/go":       "data/arrowio",
	"github.com/nikolalohinski/gonja":  "data/chat",
	"go.temporal.io/server":            "internal/devserver",
	"go.uber.org/zap":                  "internal/devserver",
	"github.com/temporalio/ui-server":  "internal/devserver",
	"go.temporal.io/sdk":               "workflows/... activities internal/... cmd/athanor",
	"go.temporal.io/api":               "workflows/... activities internal/... cmd/athanor",
	"C":                                "",
	"gorgonia.org":                     "",
	"github.com/stretchr/testify/mock": "workflows/... activities",
}

func TestImports(t *testing.T) {
	packages := 0
	eachGoFile(t, func(file string, imports []string) {
		from := path.Dir(file)
		allowed, ok := lookup(from)
		if !ok {
			t.Errorf("%s: new package; give it a line in this table and in docs/ARCHITECTURE.md", from)
			return
		}
		packages++
		for _, to := range imports {
			if ours, is := strings.CutPrefix(to, module); is && ours != from && !match(allowed, ours) {
				t.Errorf("%s imports %s; %s may import only: %s", file, ours, from, allowed)
			}
			for dep, trees := range homes {
				if (to == dep || strings.HasPrefix(to, dep+"/")) && !match(trees, from) {
					t.Errorf("%s imports %s, which lives only in: %s", file, to, trees)
				}
			}
		}
	})
	if packages < 50 {
		t.Errorf("read %d files of ours; the walk does not see the module", packages)
	}
}

// Files are parsed here, not listed by "go list": the test cache then sees what was read, and a new import reruns the test.
func eachGoFile(t *testing.T, visit func(file string, imports []string)) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipNested(root, file)
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range f.Imports {
			imports = append(imports, strings.Trim(spec.Path.Value, `"`))
		}
		visit(file, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// skipNested leaves out nested modules, test data, and folders that the go command ignores.
func skipNested(root fs.FS, dir string) error {
	base := path.Base(dir)
	if dir != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(dir, "go.mod")); err == nil && dir != "." {
		return fs.SkipDir
	}
	return nil
}

// lookup finds the line for pkg: its own, or that of the nearest tree.
func lookup(pkg string) (string, bool) {
	if s, ok := may[pkg]; ok {
		return s, true
	}
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if s, ok := may[dir+"/..."]; ok {
			return s, true
		}
	}
	return "", false
}

func match(patterns, pkg string) bool {
	for p := range strings.FieldsSeq(patterns) {
		tree, isTree := strings.CutSuffix(p, "...")
		if p == pkg || isTree && strings.HasPrefix(pkg+"/", tree) {
			return true
		}
	}
	return false
}
