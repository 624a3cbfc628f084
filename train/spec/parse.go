package spec

import (
	"errors"
	"fmt"
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
// Defaults. All faults are reported at once, joined: unknown keys and values of a wrong type with their lines, then
// those of Validate.
func Parse(text []byte) (*Run, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the spec is empty; start with \"preset: char-gpt\"")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: a spec is a mapping of keys to values", root.Line)
	}
	faults := unknownKeys(nil, "", root, reflect.TypeFor[Run]())
	run, err := base(root)
	if err != nil {
		return nil, errors.Join(append(faults, err)...)
	}
	if err := root.Decode(run); err != nil {
		faults = append(faults, typeFaults(err)...)
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

// unknownKeys collects the keys under n, a mapping, that struct type t has no field for.
func unknownKeys(faults []error, prefix string, n *yaml.Node, t reflect.Type) []error {
	fields := map[string]reflect.Type{}
	var known []string
	for f := range t.Fields() {
		fields[fieldName(f)] = f.Type
		known = append(known, fieldName(f))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		ft, ok := fields[key.Value]
		if !ok {
			faults = append(faults, fmt.Errorf("line %d: unknown key %q%s", key.Line, prefix+key.Value, suggest(key.Value, known)))
			continue
		}
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && value.Kind == yaml.MappingNode {
			faults = unknownKeys(faults, prefix+key.Value+".", value, ft)
		}
	}
	return faults
}

// typeFaults splits the decoder's report into one error for each value.
func typeFaults(err error) []error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return []error{errors.New(strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	var faults []error
	for _, e := range te.Errors {
		faults = append(faults, fmt.Errorf("%v", e))
	}
	return faults
}
