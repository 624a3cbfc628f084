package spec

import (
	"fmt"
	"slices"
)

// Presets lists the names of the presets in alphabetical order. They are complete runs that are known to work.
func Presets() []string {
	var names []string
	for _, k := range table() {
		for name := range k.presets {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Preset returns a fresh copy of the preset of that name, or an error that suggests the nearest names.
func Preset(name string) (*Run, error) {
	for _, k := range table() {
		if f := k.presets[name]; f != nil {
			r := f()
			r.Preset = name
			return r, nil
		}
	}
	return nil, fmt.Errorf("unknown preset %q%s", name, suggest(name, Presets()))
}

// Defaults is the run that a spec of that kind without a preset starts from; nil for an unknown kind. That of pretrain is char-gpt.
func Defaults(kind string) *Run {
	if k := kindOf(kind); k != nil {
		return k.defaults()
	}
	return nil
}
