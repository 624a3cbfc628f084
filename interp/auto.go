package interp

import "strings"

// usual are the packages of the standard library that cells may use without importing them. Where two packages have one
// name, the one listed is meant.
var usual = []string{
	"bufio", "bytes", "cmp", "context", "encoding/json", "errors", "fmt", "image", "image/color", "io", "iter", "log", "maps", "math",
	"math/rand/v2", "os", "path/filepath", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time", "unicode", "unicode/utf8",
}

// autoImports lists the packages that need no import: the usual ones, those asked for, and all of this module.
func (s *Session) autoImports(more []string) {
	add := func(p string) {
		s.auto[s.im.Name(p)] = p
	}
	for _, p := range usual {
		if s.im.Compiled(p) || s.im.Source(p) != nil {
			add(p)
		}
	}
	for _, p := range s.im.Paths() {
		if strings.HasPrefix(p, modulePath) {
			add(p)
		}
	}
	for _, p := range more {
		add(p)
	}
}

const modulePath = "github.com/athanor-ml/athanor/"
