package spec

import (
	"slices"
	"strings"
)

// Paths replaces each setting that may name a file, a folder or a run, and none of the pipeline's own stages, by what f makes of its
// name ("source" or "from") and value.
func (r *Run) Paths(f func(name, value string) string) {
	for _, l := range r.leaves() {
		name := l.path[strings.LastIndexByte(l.path, '.')+1:]
		if !slices.Contains([]string{"source", "from"}, name) {
			continue
		}
		value := l.value.String()
		if value == "" || r.Pipeline != nil && r.Pipeline.Stage(value) != nil {
			continue
		}
		l.value.SetString(f(name, value))
	}
}
