package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Keys lists the dotted paths that Set accepts, in the order of the structs: "seed", "pretrain.optim.lr"; in a pipeline "base.optim.lr", for
// the stage named base.
func (r *Run) Keys() []string {
	var keys []string
	for _, l := range r.leaves() {
		keys = append(keys, l.path)
	}
	return keys
}

// Set changes one setting. The key is a dotted path, or the end of one where that is unique: "pretrain.optim.lr", "optim.lr"
// and "lr" are the same, and so is "pretrain.lr". It checks the form of the value, not its range; call Validate when all is set.
func (r *Run) Set(key, value string) error {
	field, err := r.find(key)
	if err != nil {
		return err
	}
	if slices.Contains([]string{"preset", "kind"}, field.path) {
		return fmt.Errorf("set %s: the %s of a run cannot be changed; start from another preset", key, field.path)
	}
	value = strings.TrimSpace(value)
	want := ""
	switch v := field.value; v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Bool:
		b, e := strconv.ParseBool(value)
		err, want = e, "true or false"
		v.SetBool(b)
	case reflect.Int:
		n, e := strconv.ParseInt(strings.ReplaceAll(value, "_", ""), 10, 64)
		if e == nil {
			v.SetInt(n)
		}
		err, want = e, "a whole number"
	case reflect.Uint64:
		n, e := strconv.ParseUint(strings.ReplaceAll(value, "_", ""), 10, 64)
		if e == nil {
			v.SetUint(n)
		}
		err, want = e, "a whole number, not negative"
	case reflect.Float64:
		f, e := strconv.ParseFloat(value, 64)
		if e == nil {
			v.SetFloat(f)
		}
		err, want = e, "a number"
	default:
		panic("spec: no way to set a " + v.Kind().String()) // a new field type needs a case
	}
	if err != nil {
		return fmt.Errorf("set %s=%q: want %s", field.path, value, want)
	}
	return nil
}

// find is the leaf that key names, in full or by its end.
func (r *Run) find(key string) (leaf, error) {
	var hits []leaf
	var paths []string
	for _, l := range r.leaves() {
		paths = append(paths, l.path)
		if strings.EqualFold(l.path, key) {
			return l, nil
		}
		if strings.HasSuffix(strings.ToLower(l.path), "."+strings.ToLower(key)) {
			hits = append(hits, l)
		}
	}
	if len(hits) == 0 {
		hits = r.within(key)
	}
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return leaf{}, fmt.Errorf("set %s: unknown key%s", key, suggest(key, paths))
	}
	var names []string
	for _, h := range hits {
		names = append(names, h.path)
	}
	return leaf{}, fmt.Errorf("set %s: ambiguous key; say %s", key, strings.Join(names, " or "))
}

// within are the leaves of a section or stage that the key begins with, whose paths end as it does: "sft.lr" is sft.optim.lr.
func (r *Run) within(key string) (hits []leaf) {
	section, end, ok := strings.Cut(strings.ToLower(key), ".")
	for _, l := range r.leaves() {
		path := strings.ToLower(l.path)
		if ok && strings.HasPrefix(path, section+".") && strings.HasSuffix(path, "."+end) {
			hits = append(hits, l)
		}
	}
	return hits
}

// Mutable reports whether the setting of that full path may be changed while the run goes on.
func (r *Run) Mutable(path string) bool {
	s := r.Section()
	if s == nil {
		return false
	}
	if r.Kind != "pipeline" {
		var own bool
		if path, own = strings.CutPrefix(path, r.Kind+"."); !own {
			return false
		}
	}
	return s.Mutable(path)
}

// leaf is one setting: a field that is not a struct.
type leaf struct {
	path  string
	value reflect.Value
}

// leaves lists the settings of the run. Those of a pipeline's stages begin with the stage's name in place of the kind.
func (r *Run) leaves() []leaf {
	found := walk(nil, "", reflect.ValueOf(r).Elem())
	if r.Pipeline == nil {
		return found
	}
	found = append(found, leaf{"fresh", reflect.ValueOf(&r.Pipeline.Fresh).Elem()})
	for i := range r.Pipeline.Stages {
		stage := &r.Pipeline.Stages[i]
		found = append(found, leaf{stage.Name + ".seed", reflect.ValueOf(&stage.Seed).Elem()})
		if s := stage.Section(); s != nil {
			found = walk(found, stage.Name+".", reflect.ValueOf(s).Elem())
		}
	}
	return found
}

// walk lists the fields of a struct and of those in it.
func walk(found []leaf, prefix string, v reflect.Value) []leaf {
	for i := range v.NumField() {
		field, f := v.Type().Field(i), v.Field(i)
		name, inline := fieldName(field)
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		switch {
		case !f.IsValid() || name == "-" || !field.IsExported() || f.Type() == reflect.TypeFor[Pipeline]():
		case inline:
			found = walk(found, prefix, f)
		case f.Kind() == reflect.Struct:
			found = walk(found, prefix+name+".", f)
		default:
			found = append(found, leaf{prefix + name, f})
		}
	}
	return found
}

// fieldName is the name of a struct's field in YAML and JSON; inline: its fields stand among those of the struct itself.
func fieldName(f reflect.StructField) (name string, inline bool) {
	name, rest, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, rest == "inline"
}
