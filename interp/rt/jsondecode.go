package rt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// decodeJSON decodes data into v, which looks like sh.
func (rt *Runtime) decodeJSON(data []byte, v reflect.Value, sh *Shape) error {
	if !rt.special(sh) {
		return json.Unmarshal(data, v.Addr().Interface())
	}
	null := bytes.Equal(bytes.TrimSpace(data), []byte("null"))
	if v.Kind() == reflect.Pointer {
		if null {
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return rt.decodeJSON(data, v.Elem(), sh.part(0))
	}
	if done, err := rt.decodeByMethod(data, v, sh); done {
		return err
	}
	if null {
		if k := v.Kind(); k == reflect.Slice || k == reflect.Map || k == reflect.Interface {
			v.SetZero()
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		m := reflect.New(rt.mirrorType(v.Type(), sh, rawType))
		rt.fillRaw(m.Elem(), v, sh)
		var first typeFault
		if err := first.fatal(json.Unmarshal(data, m.Interface())); err != nil {
			return err
		}
		if err := first.fatal(rt.takeRaw(m.Elem(), v, sh)); err != nil {
			return err
		}
		return first.err
	case reflect.Slice, reflect.Array:
		return rt.decodeList(data, v, sh)
	case reflect.Map:
		return rt.decodeMap(data, v, sh)
	}
	return json.Unmarshal(data, v.Addr().Interface())
}

// decodeByMethod decodes by a method of the type, if it has one.
func (rt *Runtime) decodeByMethod(data []byte, v reflect.Value, sh *Shape) (done bool, err error) {
	if sh.Ptr == nil {
		return false, nil
	}
	info := sh.Ptr
	if _, done, err = callJSON(info, v.Addr(), "UnmarshalJSON", reflect.ValueOf(data)); done {
		return true, ofMethod(err)
	}
	if _, ok := info.jsonMethod("UnmarshalText"); !ok {
		return false, nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return true, err
	}
	_, _, err = callJSON(info, v.Addr(), "UnmarshalText", reflect.ValueOf([]byte(text)))
	return true, ofMethod(err)
}

// A methodError is the error of a method of a cell's type, which ends the decoding.
type methodError struct{ error }

func ofMethod(err error) error {
	if err == nil {
		return nil
	}
	return methodError{err}
}

// A typeFault is the first value in the data that does not fit its place. Decoding goes on after it, as in encoding/json.
type typeFault struct{ err error }

// fatal is err, unless decoding goes on after it.
func (t *typeFault) fatal(err error) error {
	if _, ok := err.(*json.UnmarshalTypeError); !ok { //nolint:errorlint // wrapped ones come from methods
		return err
	}
	if t.err == nil {
		t.err = err
	}
	return nil
}

// fillRaw gives the mirror m what v holds, where encoding/json decodes into the mirror itself.
func (rt *Runtime) fillRaw(m, v reflect.Value, sh *Shape) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case rt.promotes(v.Type(), sh, i) && f.Kind() == reflect.Pointer:
			if !f.IsNil() {
				m.Field(i).Set(reflect.New(m.Field(i).Type().Elem()))
				rt.fillRaw(m.Field(i).Elem(), f.Elem(), sh.part(i).part(0))
			}
		case rt.promotes(v.Type(), sh, i):
			rt.fillRaw(m.Field(i), f, sh.part(i))
		case !sh.Hidden[i] && !rt.special(sh.part(i)):
			m.Field(i).Set(f)
		}
	}
}

// takeRaw decodes what encoding/json has left in the mirror m.
func (rt *Runtime) takeRaw(m, v reflect.Value, sh *Shape) error {
	var first typeFault
	for i := range v.NumField() {
		f, from := v.Field(i), m.Field(i)
		var err error
		switch {
		case rt.promotes(v.Type(), sh, i) && f.Kind() == reflect.Pointer:
			if from.IsNil() {
				continue
			}
			if f.IsNil() {
				f.Set(reflect.New(f.Type().Elem()))
			}
			err = rt.takeRaw(from.Elem(), f.Elem(), sh.part(i).part(0))
		case rt.promotes(v.Type(), sh, i):
			err = rt.takeRaw(from, f, sh.part(i))
		case sh.Hidden[i]:
		case !rt.special(sh.part(i)):
			f.Set(from)
		case from.Len() > 0:
			err = rt.decodeJSON(from.Bytes(), f, sh.part(i))
		}
		if err = first.fatal(err); err != nil {
			return err
		}
	}
	return first.err
}

func (rt *Runtime) decodeList(data []byte, v reflect.Value, sh *Shape) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), len(raw), len(raw)))
	}
	var first typeFault
	for i := range v.Len() {
		if i >= len(raw) {
			v.Index(i).SetZero()
			continue
		}
		if err := first.fatal(rt.decodeJSON(raw[i], v.Index(i), sh.part(0))); err != nil {
			return err
		}
	}
	return first.err
}

func (rt *Runtime) decodeMap(data []byte, v reflect.Value, sh *Shape) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	var first typeFault
	for name, text := range raw {
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := rt.decodeKey(name, key, sh.part(0)); err != nil {
			return err
		}
		if err := first.fatal(rt.decodeJSON(text, elem, sh.part(1))); err != nil {
			return err
		}
		v.SetMapIndex(key, elem)
	}
	return first.err
}

func (rt *Runtime) decodeKey(name string, key reflect.Value, sh *Shape) error {
	if sh != nil && sh.Ptr != nil {
		if _, done, err := callJSON(sh.Ptr, key.Addr(), "UnmarshalText", reflect.ValueOf([]byte(name))); done {
			return err
		}
	}
	switch {
	case key.Kind() == reflect.String:
		key.SetString(name)
		return nil
	case key.CanInt():
		n, err := strconv.ParseInt(name, 10, 64)
		key.SetInt(n)
		return err
	case key.CanUint():
		n, err := strconv.ParseUint(name, 10, 64)
		key.SetUint(n)
		return err
	}
	return fmt.Errorf("json: cannot decode the key %q", name)
}
