package rt

import (
	"errors"
	"reflect"
)

// errVal lets a Val be an error.
type errVal struct{ Val }

func (e errVal) Error() string { return e.callString("Error") }

// Unwrap is the method of the value, if it has one.
func (e errVal) Unwrap() error {
	m, ok := e.info.method("Unwrap")
	if !ok || !implements(m.Type(), reflect.TypeFor[func() error]()) {
		return nil
	}
	err, _ := m.Call([]reflect.Value{reflect.ValueOf(e.V)})[0].Interface().(error)
	return err
}

// Is is the method of the value, if it has one.
func (e errVal) Is(target error) bool { return e.is(target) }

// As is the method of the value, if it has one.
func (e errVal) As(target any) bool { return e.as(target) }

// errList lets a Val be an error that wraps several.
type errList struct{ Val }

func (e errList) Error() string { return e.callString("Error") }

// Unwrap is the method of the value.
func (e errList) Unwrap() []error {
	m, _ := e.info.method("Unwrap")
	errs, _ := m.Call([]reflect.Value{reflect.ValueOf(e.V)})[0].Interface().([]error)
	return errs
}

// As is the method of the value, if it has one.
func (e errList) As(target any) bool { return e.as(target) }

// Is is the method of the value, if it has one.
func (e errList) Is(target error) bool { return e.is(target) }

// asError is v, which has a method Error, as an error.
func (v Val) asError() error {
	if m, ok := v.info.method("Unwrap"); ok && implements(m.Type(), reflect.TypeFor[func() []error]()) {
		return errList{v}
	}
	return errVal{v}
}

func (v Val) is(target error) bool {
	m, ok := v.info.method("Is")
	if !ok || !implements(m.Type(), reflect.TypeFor[func(error) bool]()) {
		return false
	}
	arg := reflect.New(reflect.TypeFor[error]()).Elem()
	if target != nil {
		arg.Set(reflect.ValueOf(target))
	}
	return m.Call([]reflect.Value{reflect.ValueOf(v.V), arg})[0].Bool()
}

// as calls the method As(any) bool of the value, if it has one.
func (v Val) as(target any) bool {
	m, ok := v.info.method("As")
	if !ok || !implements(m.Type(), reflect.TypeFor[func(any) bool]()) {
		return false
	}
	return m.Call([]reflect.Value{reflect.ValueOf(v.V), reflect.ValueOf(target)})[0].Bool()
}

// errorsIs is errors.Is that knows the types of cells: whether they can be compared, above all.
func errorsIs(err, target error) bool {
	if err == nil || target == nil {
		return err == nil && target == nil
	}
	t := open(target)
	comparable := reflect.TypeOf(t).Comparable()
	if v, ok := t.(Val); ok {
		comparable = reflect.TypeOf(v.V).Comparable()
	}
	for e := range chain(err) {
		if comparable && equal(e, t) {
			return true
		}
		if x, ok := e.(interface{ Is(error) bool }); ok && x.Is(target) {
			return true
		}
	}
	return false
}

// errorsAs is errors.As that knows the types of cells.
func (rt *Runtime) errorsAs(err error, target any) bool {
	t, ok := target.(Val)
	if !ok {
		return errors.As(err, target)
	}
	dst := reflect.ValueOf(t.V)
	if dst.Kind() != reflect.Pointer || dst.IsNil() {
		panic("errors: target must be a non-nil pointer")
	}
	for e := range chain(err) {
		v, isVal := open(e).(Val)
		switch {
		case t.info.ElemIface:
			if rt.has(e, t.info.ElemMethods) {
				dst.Elem().Set(reflect.ValueOf(open(e)))
				return true
			}
		case isVal && v.info == t.info.Elem:
			return set(dst.Elem(), reflect.ValueOf(v.V))
		}
		if isVal && v.as(target) {
			return true
		}
	}
	return false
}

// chain ranges over err and what it wraps, as errors.As does.
func chain(err error) func(yield func(error) bool) {
	var walk func(err error, yield func(error) bool) bool
	walk = func(err error, yield func(error) bool) bool {
		for err != nil {
			if !yield(err) {
				return false
			}
			switch w := err.(type) { //nolint:errorlint // this is the unwrapping itself
			case interface{ Unwrap() []error }:
				for _, e := range w.Unwrap() {
					if !walk(e, yield) {
						return false
					}
				}
				return true
			case interface{ Unwrap() error }:
				err = w.Unwrap()
			default:
				return true
			}
		}
		return true
	}
	return func(yield func(error) bool) { walk(err, yield) }
}
