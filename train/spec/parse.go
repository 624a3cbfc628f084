package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a run from a YAML or JSON file; see Parse.
func Load(path string) (*Run, error) {
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

// Parse reads a run from YAML or JSON. What the text does not say comes of the preset it names with "preset:", else of
// Defaults. All faults are reported at once, joined: unknown keys, keys that are there twice and values of a wrong kind with
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
	faults := inspect(nil, "", root, reflect.TypeFor[Run]())
	run, err := base(root)
	if err != nil {
		return nil, errors.Join(append(faults, err)...)
	}
	if err := root.Decode(run); err != nil && len(faults) == 0 { // else inspect has said it better
		faults = append(faults, errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	return run, errors.Join(append(faults, run.Validate())...)
}

// base is the run that the values of the text go on top of.
func base(root *yaml.Node) (*Run, error) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k, v := root.Content[i], root.Content[i+1]; k.Value == "preset" && v.Value != "" {
			run, err := Preset(v.Value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", v.Line, err)
			}
			return run, nil
		}
	}
	return Defaults(), nil
}

// inspect collects what is wrong with n, a mapping for a struct of type t, and below it.
func inspect(faults []error, prefix string, n *yaml.Node, t reflect.Type) []error {
	fields := map[string]reflect.Type{}
	var known []string
	for f := range t.Fields() {
		fields[fieldName(f)] = f.Type
		known = append(known, fieldName(f))
	}
	first := map[string]int{} // line of each key
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("line %d: "+format, append([]any{key.Line}, args...)...))
		}
		if line, twice := first[key.Value]; twice {
			fault("%s is there twice, first in line %d", prefix+key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		ft, ok := fields[key.Value]
		if !ok {
			fault("unknown key %q%s", prefix+key.Value, elsewhere(prefix, key.Value, known))
			continue
		}
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		switch {
		case ft.Kind() == reflect.Struct && value.Kind == yaml.MappingNode:
			faults = inspect(faults, prefix+key.Value+".", value, ft)
		case value.Tag != "!!null" && !fits(value, ft):
			fault("%s is %s, want %s", prefix+key.Value, written(value), kinds[ft.Kind()])
		}
	}
	return faults
}

// elsewhere is suggest for a key of a file: what is near it in its section, else the places where a run has a key of that name.
func elsewhere(prefix, key string, known []string) string {
	if len(nearest(key, known)) > 0 {
		return suggest(key, known)
	}
	var places []string
	for _, path := range Defaults().Keys() {
		if strings.HasSuffix(path, "."+key) {
			places = append(places, path)
		}
	}
	if len(places) == 0 || prefix+key == places[0] {
		return suggest(key, known)
	}
	return "; did you mean " + strings.Join(places, " or ") + "?"
}

// kinds says what a setting takes.
var kinds = map[reflect.Kind]string{
	reflect.String: "text", reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Uint64: "a whole number, not negative",
	reflect.Float64: "a number", reflect.Struct: "a section with keys of its own",
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
	return t.Kind() != reflect.Struct
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
