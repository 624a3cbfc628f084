package rt

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// The engine's structs have no embedded fields and its types no methods, so encoding/json is given a mirror of a cell's
// value where that matters: a struct type made by reflection, with the names, tags and embedded fields that the cell wrote,
// in which values with methods of their own stand as Vals.

// A jsonValue stands for a Val in calls of encoding/json.
type jsonValue struct{ Val }

// MarshalJSON encodes the value.
func (j jsonValue) MarshalJSON() ([]byte, error) { return marshalJSON(j.Val) }

// UnmarshalJSON decodes into what the value points to.
func (j jsonValue) UnmarshalJSON(data []byte) error {
	err := j.info.rt.decodeJSON(data, reflect.ValueOf(j.V).Elem(), j.info.Shape.part(0))
	if m, ok := err.(methodError); ok { //nolint:errorlint // it is never wrapped
		return m.error
	}
	return err
}

// jsonArg is what encoding/json gets for x.
func (rt *Runtime) jsonArg(x any) any {
	v, ok := open(x).(Val)
	if !ok {
		return x
	}
	p := reflect.ValueOf(v.V)
	if !rt.special(v.info.Shape) || p.Kind() == reflect.Pointer && p.IsNil() {
		if !jsonMethods(v.info) {
			return v.V
		}
	}
	if p.Kind() == reflect.Pointer && !p.IsNil() {
		return &jsonValue{v}
	}
	return v
}

// special reports whether encoding/json has to see a mirror of values that look like sh.
func (rt *Runtime) special(sh *Shape) bool { return rt.specialIn(sh, map[*Shape]bool{}) }

func (rt *Runtime) specialIn(sh *Shape, seen map[*Shape]bool) bool {
	if sh == nil || !sh.Made || seen[sh] {
		return false
	}
	seen[sh] = true
	for _, t := range []*Type{sh.Type, sh.Ptr} {
		if t != nil && jsonMethods(t) {
			return true
		}
	}
	for i, part := range sh.Parts {
		if i < len(sh.Embedded) && sh.Embedded[i] || rt.specialIn(part, seen) {
			return true
		}
	}
	return false
}

// jsonMethods reports whether encoding/json would call a method of the type.
func jsonMethods(info *Type) bool {
	for name := range jsonSignatures {
		if _, ok := info.jsonMethod(name); ok {
			return true
		}
	}
	return false
}

// jsonSignatures are the methods that encoding/json calls.
var jsonSignatures = map[string]reflect.Type{
	"MarshalJSON": reflect.TypeFor[func() ([]byte, error)](), "UnmarshalJSON": reflect.TypeFor[func([]byte) error](),
	"MarshalText": reflect.TypeFor[func() ([]byte, error)](), "UnmarshalText": reflect.TypeFor[func([]byte) error](),
}

func (t *Type) jsonMethod(name string) (reflect.Value, bool) {
	m, ok := t.method(name)
	return m, ok && implements(m.Type(), jsonSignatures[name])
}

// callJSON calls a method that takes or gives bytes and an error.
func callJSON(info *Type, v reflect.Value, name string, args ...reflect.Value) (b []byte, found bool, err error) {
	m, ok := info.jsonMethod(name)
	if !ok || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, false, nil
	}
	out := m.Call(append([]reflect.Value{receiver(v, m)}, args...))
	err, _ = out[len(out)-1].Interface().(error)
	if len(out) == 2 {
		b = out[0].Bytes()
	}
	return b, true, err
}

// marshalJSON encodes a Val.
func marshalJSON(v Val) ([]byte, error) {
	x := reflect.ValueOf(v.V)
	if b, ok, err := callJSON(v.info, x, "MarshalJSON"); ok {
		return b, err
	}
	if b, ok, err := callJSON(v.info, x, "MarshalText"); ok {
		if err != nil {
			return nil, err
		}
		return json.Marshal(string(b))
	}
	rt := v.info.rt
	if !rt.special(v.info.Shape) {
		return json.Marshal(v.V)
	}
	return json.Marshal(rt.mirror(x, v.info.Shape, true))
}

// mirror is what encoding/json encodes in the place of v. At the root methods are not asked again.
func (rt *Runtime) mirror(v reflect.Value, sh *Shape, root bool) any {
	rt.checkStack() // a pointer may lead back to itself
	if !rt.special(sh) {
		return v.Interface()
	}
	if !root {
		if own := rt.withMethods(v, sh); own != nil {
			return own
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return rt.mirror(v.Elem(), sh.part(0), false)
	case reflect.Struct:
		m := reflect.New(rt.mirrorType(v.Type(), sh, anyType)).Elem()
		rt.fillMirror(m, v, sh)
		return m.Interface()
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = rt.mirror(v.Index(i), sh.part(0), false)
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		entries := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			entries[rt.keyText(it.Key(), sh.part(0))] = rt.mirror(it.Value(), sh.part(1), false)
		}
		return entries
	}
	return v.Interface()
}

var (
	anyType = reflect.TypeFor[any]()
	rawType = reflect.TypeFor[json.RawMessage]()
)

// withMethods is v as a Val, if it encodes itself.
func (rt *Runtime) withMethods(v reflect.Value, sh *Shape) any {
	if sh.Type != nil {
		if info := sh.Type; jsonMethods(info) {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				return json.RawMessage("null")
			}
			return Val{info, v.Interface()}
		}
	}
	if sh.Ptr != nil && v.CanAddr() {
		if info := sh.Ptr; jsonMethods(info) {
			return Val{info, v.Addr().Interface()}
		}
	}
	return nil
}

func (rt *Runtime) keyText(k reflect.Value, sh *Shape) string {
	if k.Kind() != reflect.String && sh != nil && sh.Type != nil {
		if b, ok, _ := callJSON(sh.Type, k, "MarshalText"); ok {
			return string(b)
		}
	}
	if t, ok := k.Interface().(encoding.TextMarshaler); ok && k.Kind() != reflect.String {
		b, _ := t.MarshalText()
		return string(b)
	}
	return fmt.Sprint(plainLeaf(k))
}

// mirrorType is the struct type that stands for t: special fields are of type leaf.
func (rt *Runtime) mirrorType(t reflect.Type, sh *Shape, leaf reflect.Type) reflect.Type {
	fields := make([]reflect.StructField, 0, t.NumField())
	for i := range t.NumField() {
		f := reflect.StructField{Name: "X" + sh.Fields[i], Tag: t.Field(i).Tag, Type: t.Field(i).Type}
		switch {
		case rt.promotes(t, sh, i):
			f.Anonymous = true
			f.Tag = ""
			if elem := t.Field(i).Type; elem.Kind() == reflect.Pointer {
				f.Type = reflect.PointerTo(rt.mirrorType(elem.Elem(), sh.part(i).part(0), leaf))
			} else {
				f.Type = rt.mirrorType(elem, sh.part(i), leaf)
			}
		case sh.Hidden[i]:
			f.Type, f.Tag = reflect.TypeFor[struct{}](), `json:"-"`
		case rt.special(sh.part(i)):
			f.Type = leaf
			f.Tag = nameTag(f.Tag, sh.Fields[i])
		default:
			f.Tag = nameTag(f.Tag, sh.Fields[i])
		}
		fields = append(fields, f)
	}
	// two embedded structs that look alike must not be the same type
	fields = append(fields, reflect.StructField{Name: fmt.Sprintf("X_%p", sh), Type: reflect.TypeFor[struct{}](), Tag: `json:"-"`})
	return reflect.StructOf(fields)
}

// promotes reports whether field i is an embedded struct whose fields encoding/json takes for the outer one'rt.
func (rt *Runtime) promotes(t reflect.Type, sh *Shape, i int) bool {
	ft, part := t.Field(i).Type, sh.part(i)
	if ft.Kind() == reflect.Pointer {
		ft, part = ft.Elem(), part.part(0)
	}
	if !sh.Embedded[i] || ft.Kind() != reflect.Struct || part == nil || !part.Made {
		return false
	}
	name, _, _ := strings.Cut(jsonTag(t.Field(i).Tag), ",")
	return name == ""
}

// HiddenTag begins the tags of fields that Go would not export, and keeps them out of the encodings: the engine exports all
// fields.
const HiddenTag = `json:"-" xml:"-" yaml:"-" `

// jsonTag is what the cell's tag says to encoding/json: fields that Go does not export have a tag of ours before it.
func jsonTag(tag reflect.StructTag) string {
	return reflect.StructTag(strings.TrimPrefix(string(tag), HiddenTag)).Get("json")
}

// nameTag is tag with the field's own name where it gives none.
func nameTag(tag reflect.StructTag, name string) reflect.StructTag {
	value, opts, _ := strings.Cut(tag.Get("json"), ",")
	if value == "" {
		value = name
	}
	if opts != "" {
		opts = "," + opts
	}
	if value == "-" && opts == "" {
		return `json:"-"`
	}
	return reflect.StructTag(fmt.Sprintf("json:%q", value+opts))
}

// fillMirror copies the fields of v to its mirror m.
func (rt *Runtime) fillMirror(m, v reflect.Value, sh *Shape) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case rt.promotes(v.Type(), sh, i) && f.Kind() == reflect.Pointer:
			if !f.IsNil() {
				m.Field(i).Set(reflect.New(m.Field(i).Type().Elem()))
				rt.fillMirror(m.Field(i).Elem(), f.Elem(), sh.part(i).part(0))
			}
		case rt.promotes(v.Type(), sh, i):
			rt.fillMirror(m.Field(i), f, sh.part(i))
		case sh.Hidden[i]:
		case !rt.special(sh.part(i)):
			m.Field(i).Set(f)
		case jsonOmits(v.Type().Field(i).Tag, f):
		default:
			if x := rt.mirror(f, sh.part(i), false); x != nil {
				m.Field(i).Set(reflect.ValueOf(x))
			}
		}
	}
}

// jsonOmits reports whether the options of a tag leave v out.
func jsonOmits(tag reflect.StructTag, v reflect.Value) bool {
	_, opts, _ := strings.Cut(tag.Get("json"), ",")
	for opt := range strings.SplitSeq(opts, ",") {
		switch {
		case opt == "omitzero" && v.IsZero():
			return true
		case opt == "omitempty" && v.Kind() != reflect.Struct && (v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map || v.Kind() == reflect.Array) && v.Len() == 0):
			return true
		}
	}
	return false
}
