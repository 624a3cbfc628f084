// Command gen writes the symbol tables of package symbols: one Go file for each package that a cell may call, and docs.txt
// with parameter names and doc comments.
//
// It reads the compiler's export data, so it sees exactly what the packages export, and it fails when one of our packages
// exports a generic function or type: the interpreter could not call it, and the name would be missing without a word.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

const module = "github.com/athanor-ml/athanor/"

// ourPackages are the packages of this module that a cell may import.
var ourPackages = []string{
	"tensorlib", "tensorlib/nn", "tensorlib/optim", "tensorlib/safetensors", "models", "models/gpt", "models/lora",
	"data", "data/chat", "data/tasks", "data/tokenizer", "train", "train/gen", "train/eval", "train/spec", "train/track", "train/ckpt",
	"workflows/runs", "display", "display/chart", "display/spark",
}

// stdPackages are packages of the standard library that have grown since yaegi's own tables were made. Generic names in
// them are left out: the interpreter carries sources of the common ones.
var stdPackages = []string{
	"bytes", "context", "errors", "fmt", "io", "math/big", "math/bits", "math/rand", "math/rand/v2", "os", "reflect",
	"sort", "strconv", "strings", "sync", "sync/atomic", "testing", "text/tabwriter", "time", "unicode", "unicode/utf8", "log/slog",
	"crypto/sha256", "path/filepath", "io/fs", "hash/maphash",
	"archive/tar", "crypto", "crypto/cipher", "crypto/ecdh", "crypto/ecdsa", "crypto/rand", "crypto/rsa", "crypto/subtle", "crypto/tls",
	"crypto/x509", "debug/elf", "encoding", "encoding/binary", "go/ast", "go/types", "hash", "mime/multipart", "net", "net/http",
	"net/http/httptest", "os/exec", "runtime", "runtime/debug", "runtime/trace", "unicode/utf16",
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir, Export, Name string
	GoFiles                       []string
	Error                         *struct{ Err string }
	DepsErrors                    []struct{ Err string }
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	paths := append([]string{}, stdPackages...)
	for _, p := range ourPackages {
		if !exists(p) {
			fmt.Fprintf(os.Stderr, "gen: %s%s is not there yet: left out\n", module, p)
			continue
		}
		paths = append(paths, module+p)
	}
	pkgs, err := list(paths)
	if err != nil {
		return err
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(p string) (io.ReadCloser, error) {
		if l := pkgs[p]; l != nil && l.Export != "" {
			return os.Open(l.Export)
		}
		return nil, fmt.Errorf("no export data of %s", p)
	})
	var old []string
	for _, pattern := range []string{"z_*.go", "std/z_*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		old = append(old, found...)
	}
	var files []generated
	var docs bytes.Buffer
	for _, p := range paths {
		l := pkgs[p]
		if l == nil || l.Export == "" {
			return fmt.Errorf("%s does not build: %s", p, reason(l))
		}
		pkg, err := imp.Import(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		src, err := table(pkg, strings.HasPrefix(p, module))
		if err != nil {
			return err
		}
		files = append(files, generated{fileName(p), src})
		if strings.HasPrefix(p, module) {
			if err := writeDocs(&docs, l); err != nil {
				return err
			}
		}
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	files = append(files, generated{"docs.txt", docs.Bytes()})
	for _, f := range files {
		if err := os.WriteFile(f.name, f.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

type generated struct {
	name string
	text []byte
}

func fileName(p string) string {
	dir := "std/"
	if ours, ok := strings.CutPrefix(p, module); ok {
		p, dir = ours, ""
	}
	return dir + "z_" + strings.NewReplacer("/", "_", ".", "_").Replace(p) + ".go"
}

// exists reports whether the module has a package in the folder rel; gen runs in interp/symbols.
func exists(rel string) bool {
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(rel), "*.go"))
	return err == nil && len(files) > 0
}

func reason(l *listed) string {
	switch {
	case l == nil:
		return "go list does not know it"
	case l.Error != nil:
		return l.Error.Err
	case len(l.DepsErrors) > 0:
		return l.DepsErrors[0].Err
	}
	return "no export data (run go build on it to see why)"
}

func list(paths []string) (map[string]*listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-e", "-export", "-deps", "-json=ImportPath,Dir,Export,Name,GoFiles,Error,DepsErrors"}, paths...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	pkgs := map[string]*listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		if err := dec.Decode(l); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		pkgs[l.ImportPath] = l
	}
}

// table writes the Go file with the symbols of pkg. strict refuses generic names instead of leaving them out.
func table(pkg *types.Package, strict bool) ([]byte, error) {
	w := &writer{pkg: pkg, imports: map[string]string{pkg.Path(): "p"}}
	var generic []string
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		if isGeneric(obj) {
			generic = append(generic, name)
			continue
		}
		w.symbol(obj)
	}
	if strict && len(generic) > 0 {
		return nil, fmt.Errorf("%s exports generic names, which cells could not use: %s. Give cells a form without type parameters, or unexport them",
			pkg.Path(), strings.Join(generic, ", "))
	}
	return format.Source(w.file(strict))
}

func isGeneric(obj types.Object) bool {
	switch t := obj.Type().(type) {
	case *types.Signature:
		return t.TypeParams().Len() > 0
	case *types.Named:
		if t.TypeParams().Len() > 0 {
			return true
		}
	case *types.Alias:
		if t.TypeParams().Len() > 0 {
			return true
		}
	}
	if it, ok := obj.Type().Underlying().(*types.Interface); ok && !it.IsMethodSet() {
		_, isType := obj.(*types.TypeName)
		return isType && !types.Identical(it, types.Universe.Lookup("comparable").Type().Underlying())
	}
	return false
}

func base(pkg *types.Package) string { return path.Join(pkg.Path(), pkg.Name()) }
