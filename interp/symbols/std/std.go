// Package std holds the tables of the standard library for the interpreter: those that yaegi ships, and newer ones of the
// packages that have grown since.
package std

import (
	"maps"
	"reflect"

	"github.com/traefik/yaegi/stdlib"
	"github.com/traefik/yaegi/stdlib/syscall"
	"github.com/traefik/yaegi/stdlib/unrestricted"
)

// table is filled by the generated files.
var table = map[string]map[string]reflect.Value{}

// All returns the tables: "import/path/name" to exported name to value. The outer map is the caller's own, the inner maps
// are shared and must not be changed.
func All() map[string]map[string]reflect.Value {
	all := maps.Clone(map[string]map[string]reflect.Value(stdlib.Symbols))
	for _, more := range []map[string]map[string]reflect.Value{syscall.Symbols, unrestricted.Symbols, table} {
		for path, names := range more {
			if old := all[path]; old != nil {
				both := maps.Clone(old)
				maps.Copy(both, names)
				names = both
			}
			all[path] = names
		}
	}
	return all
}
