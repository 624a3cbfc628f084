package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a run from a YAML or JSON file; see Parse.
func Load(path string) (*Run, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read spec: %s is no regular file", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	r, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("spec %s:\n%w", path, err)
	}
	return r, nil
}

// Parse reads a run from YAML or JSON. What the text does not say comes of the preset it names with "preset:", else of the
// Defaults of its kind. A plain key at the top that a run has further down, as "steps: 50", is what Set makes of it. All faults are reported at once, joined: unknown keys, keys that are there twice and values of a wrong kind with
// their lines, then those of Validate.
func Parse(text []byte) (*Run, error) {
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the spec is empty; start with \"preset: char-gpt\"")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: a spec is a mapping of keys to values", root.Line)
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is a second document, after a line \"---\": one file is one run")
	}
	faults, settings := inspect(nil, "", root, reflect.TypeFor[Run]())
	run := new(Run)
	if err := root.Decode(run); err != nil {
		return run, errors.Join(append(faults, errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))...)
	}
	for _, s := range settings { // "steps: 50" is what "--set steps=50" is
		of := run
		if s.stage > 0 {
			of = &run.Pipeline.Stages[s.stage-1]
		}
		if err := of.Set(s.key.Value, s.value.Value); err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", s.key.Line, err))
		}
	}
	return run, errors.Join(append(faults, run.Validate())...)
}

// UnmarshalYAML reads a run on top of the preset that it names, else of the defaults of its kind.
func (r *Run) UnmarshalYAML(n *yaml.Node) error {
	base, err := base(n)
	if err != nil {
		return err
	}
	*r = *base
	type plain Run // without this method
	return n.Decode((*plain)(r))
}

// base is the run that the values of the text go on top of. Without a kind, the section that is there says it.
func base(root *yaml.Node) (*Run, error) {
	said := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		said[root.Content[i].Value] = root.Content[i+1]
	}
	if preset := said["preset"]; preset != nil && preset.Value != "" {
		run, err := Preset(preset.Value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", preset.Line, err)
		}
		return run, nil
	}
	kind := "pretrain"
	for _, k := range Kinds() {
		if said[k] != nil {
			kind = k
		}
	}
	if said["kind"] != nil {
		kind = said["kind"].Value
	}
	run := Defaults(kind)
	if run == nil {
		return nil, fmt.Errorf("line %d: unknown kind %q%s", said["kind"].Line, kind, suggest(kind, Kinds()))
	}
	return run, nil
}

// entry is a key of a mapping and its value, of a run or, counting from 1, of one of its stages.
type entry struct {
	key, value *yaml.Node
	stage      int
}

// inspect collects what is wrong with n, a mapping for a struct of type t, and below it. Plain values whose keys a run does not have are
// no faults: they are settings by the end of their path. What is wrong it takes out of n, so that the rest can be read and checked.
func inspect(faults []error, prefix string, n *yaml.Node, t reflect.Type) (_ []error, settings []entry) {
	fields, known := fieldsOf(t)
	first := map[string]int{} // line of each key
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		bad := false
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("line %d: "+format, append([]any{key.Line}, args...)...))
			bad = true
		}
		if line, twice := first[key.Value]; twice {
			fault("%s is there twice, first in line %d", prefix+short(key.Value), line)
			continue // the first one counts
		}
		first[key.Value] = key.Line
		ft, ok := fields[key.Value]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		switch {
		case !ok && t == reflect.TypeFor[Run]() && value.Kind == yaml.ScalarNode:
			settings = append(settings, entry{key: key, value: value})
		case !ok:
			fault("unknown key %q%s", prefix+short(key.Value), elsewhere(prefix, key.Value, known))
		case ft.Kind() == reflect.Struct && value.Kind == yaml.MappingNode:
			var inner []entry
			faults, inner = inspect(faults, prefix+key.Value+".", value, ft)
			settings = append(settings, inner...)
		case ft.Kind() == reflect.Slice && value.Kind == yaml.SequenceNode:
			for i, item := range value.Content {
				var inner []entry
				faults, inner = inspect(faults, fmt.Sprintf("%s%s[%d].", prefix, key.Value, i), item, ft.Elem())
				for _, e := range inner {
					e.stage = i + 1
					settings = append(settings, e)
				}
			}
		case value.Tag != "!!null" && !fits(value, ft):
			fault("%s is %s, want %s", prefix+key.Value, written(value), wants[ft.Kind()])
		}
		if !bad {
			kept = append(kept, key, value)
		}
	}
	n.Content = kept
	return faults, settings
}

// fieldsOf is the fields of a struct by their names in YAML, and the names in their order.
func fieldsOf(t reflect.Type) (fields map[string]reflect.Type, names []string) {
	fields = map[string]reflect.Type{}
	for f := range t.Fields() {
		name, inline := fieldName(f)
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		switch {
		case inline:
			inner, more := fieldsOf(ft)
			maps.Copy(fields, inner)
			names = append(names, more...)
		case f.IsExported() && name != "-":
			fields[name] = ft
			names = append(names, name)
		}
	}
	return fields, names
}

// elsewhere is suggest for a key of a file: what is near it in its section, else the paths at which a run has a key of that name.
func elsewhere(prefix, key string, known []string) string {
	if len(nearest(key, known)) > 0 {
		return suggest(key, known)
	}
	kind, _, _ := strings.Cut(prefix, ".")
	var paths []string
	if run := Defaults(kind); run != nil {
		for _, path := range run.Keys() {
			if strings.HasSuffix(path, "."+key) {
				paths = append(paths, path)
			}
		}
	}
	if len(paths) == 0 || prefix+key == paths[0] {
		return suggest(key, known)
	}
	return "; did you mean " + strings.Join(paths, " or ") + "?"
}

// short is a name that somebody wrote, cut where it is longer than any name.
func short(name string) string {
	if len(name) > 80 {
		return name[:80] + "…"
	}
	return name
}

// wants says what a setting takes.
var wants = map[reflect.Kind]string{
	reflect.String: "text", reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Uint64: "a whole number, not negative",
	reflect.Float64: "a number", reflect.Struct: "a section with keys of its own", reflect.Slice: "a list",
}

// fits reports whether a value can be that of a setting. The decoder alone would cut 1.5 to 1.
func fits(value *yaml.Node, t reflect.Type) bool {
	if value.Decode(reflect.New(t).Interface()) != nil {
		return false
	}
	if kind := t.Kind(); kind == reflect.Int || kind == reflect.Uint64 {
		var x float64
		return value.Tag == "!!int" || value.Decode(&x) == nil && x == math.Trunc(x)
	}
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Slice
}

// written is a value as the file has it, shortened.
func written(value *yaml.Node) string {
	switch value.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a section"
	}
	return fmt.Sprintf("%.40q", value.Value)
}
