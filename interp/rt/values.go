package rt

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// A Val is a value of a type that a cell has made, inside an interface. It prints as the type says.
type Val struct {
	info *Type
	V    any // the value as the engine holds it
}

func (v Val) callString(method string) string {
	m, ok := v.info.method(method)
	if !ok {
		return fmt.Sprint(v.V)
	}
	return m.Call([]reflect.Value{reflect.ValueOf(v.V)})[0].String()
}

// MarshalJSON encodes the value as its fields say, or as its own method does.
func (v Val) MarshalJSON() ([]byte, error) { return marshalJSON(v) }

// open takes a Val out of what wraps it to be a compiled interface.
func open(x any) any {
	switch w := x.(type) {
	case errVal:
		return w.Val
	case errList:
		return w.Val
	case nil, Val:
		return x
	}
	if v := reflect.ValueOf(x); v.Kind() == reflect.Struct && v.NumField() > 0 && v.Type().Field(0).Name == "IValue" {
		if inner, ok := v.Field(0).Interface().(Val); ok {
			return inner
		}
	}
	return x
}

// set makes *dst src; the engine may have two Go types for one recursive type of a cell.
func set(dst, src reflect.Value) bool {
	if src.Type().AssignableTo(dst.Type()) {
		dst.Set(src)
		return true
	}
	if src.Kind() != dst.Kind() || src.Type().Size() != dst.Type().Size() {
		return false
	}
	tmp := reflect.New(src.Type())
	tmp.Elem().Set(src)
	dst.Set(reflect.NewAt(dst.Type(), unsafe.Pointer(tmp.Pointer())).Elem())
	return true
}

// equal is == of two interfaces. The panic of types that cannot be compared names them as the cell does.
func equal(a, b any) bool {
	a, b = open(a), open(b)
	v, ok := a.(Val)
	if !ok {
		return a == b
	}
	w, ok := b.(Val)
	if !ok || v.info != w.info {
		return false
	}
	if t := reflect.TypeOf(v.V); t != nil && !t.Comparable() {
		panic(runtimeError("runtime error: comparing uncomparable type " + v.info.Name))
	}
	return v.V == w.V
}

// get sets *p to what x holds if that has the type id: -1 the compiled type of *p, -2 a compiled interface.
func (rt *Runtime) get(p any, id int, x any) bool {
	dst := reflect.ValueOf(p).Elem()
	x = open(x)
	if x == nil {
		return false
	}
	v, isVal := x.(Val)
	switch {
	case id >= 0:
		return isVal && v.info.ID == id && set(dst, reflect.ValueOf(v.V))
	case id == -1:
		if isVal || reflect.TypeOf(x) != dst.Type() {
			return false
		}
		dst.Set(reflect.ValueOf(x))
		return true
	}
	return rt.into(dst, x) == nil
}

// convertInto sets the compiled interface *p to x.
func (rt *Runtime) convertInto(p, x any) {
	if err := rt.into(reflect.ValueOf(p).Elem(), open(x)); err != nil {
		panic(err)
	}
}

func (rt *Runtime) into(dst reflect.Value, x any) error {
	if x == nil {
		dst.SetZero()
		return nil
	}
	t := dst.Type()
	v, ok := x.(Val)
	if !ok {
		if !reflect.TypeOf(x).Implements(t) {
			return conversionError(fmt.Sprintf("interface conversion: %s is not %s: missing method", typeName(x), t))
		}
		dst.Set(reflect.ValueOf(x))
		return nil
	}
	for method := range t.Methods() {
		if m, ok := v.info.method(method.Name); !ok || !implements(m.Type(), method.Type) {
			return conversionError(fmt.Sprintf("interface conversion: %s is not %s: missing method %s", v.info.Name, t, method.Name))
		}
	}
	if t == reflect.TypeFor[error]() {
		dst.Set(reflect.ValueOf(v.asError()))
		return nil
	}
	w := rt.host.Wrapper(t)
	if w == nil {
		return conversionError(fmt.Sprintf("a %s cannot be a %s in cells: that interface cannot be implemented by a cell's type", v.info.Name, t))
	}
	wrap := reflect.New(w).Elem()
	wrap.Field(0).Set(reflect.ValueOf(v))
	for i := 1; i < wrap.NumField(); i++ {
		m, _ := v.info.method(strings.TrimPrefix(wrap.Type().Field(i).Name, "W"))
		wrap.Field(i).Set(bound(m, v, wrap.Field(i).Type()))
	}
	dst.Set(wrap)
	return nil
}

// implements reports whether a method of a cell's type, with its receiver, is one that a compiled interface wants.
func implements(m, want reflect.Type) bool {
	if m.NumIn() != want.NumIn()+1 || m.NumOut() != want.NumOut() || m.IsVariadic() != want.IsVariadic() {
		return false
	}
	same := func(a, b reflect.Type) bool {
		return a == b || a.Kind() == reflect.Interface && b.Kind() == reflect.Interface
	}
	for i := range want.NumIn() {
		if !same(m.In(i+1), want.In(i)) {
			return false
		}
	}
	for i := range want.NumOut() {
		if !same(m.Out(i), want.Out(i)) {
			return false
		}
	}
	return true
}

// A conversionError is the panic of a failed assertion.
type conversionError string

func (e conversionError) Error() string { return string(e) }

// RuntimeError marks it as Go's own does.
func (e conversionError) RuntimeError() {}

// bound is method m of v as a function of type t.
func bound(m reflect.Value, v Val, t reflect.Type) reflect.Value {
	recv := reflect.ValueOf(v.V)
	return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		in := append([]reflect.Value{recv}, args...)
		if t.IsVariadic() {
			return m.CallSlice(in)
		}
		return m.Call(in)
	})
}

// bind sets *p, a function, to the method name of x.
func (rt *Runtime) bind(p, x any, name string) {
	dst := reflect.ValueOf(p).Elem()
	switch v := open(x).(type) {
	case nil:
		panic(nilError{})
	case Val:
		m, ok := v.info.method(name)
		if !ok {
			panic(conversionError("method " + name + " of " + v.info.Name + " is not there"))
		}
		dst.Set(bound(m, v, dst.Type()))
	default:
		m := reflect.ValueOf(v).MethodByName(name)
		if !m.IsValid() {
			panic(conversionError(fmt.Sprintf("method %s of %T is not there", name, v)))
		}
		dst.Set(m)
	}
}

// nilError is the panic of a nil pointer.
type nilError struct{}

func (nilError) Error() string {
	return "runtime error: invalid memory address or nil pointer dereference"
}

// RuntimeError marks it as Go's own does.
func (nilError) RuntimeError() {}

// has reports whether x has the methods of the set with the number id.
func (rt *Runtime) has(x any, id int) bool {
	x = open(x)
	return x != nil && rt.lacks(x, id) == ""
}

// fail panics: x, in an interface of type inter, is not of the wanted type, or lacks one of the methods of a set, if id is not
// negative.
func (rt *Runtime) fail(x any, inter, want string, id int) {
	x = open(x)
	if x == nil {
		panic(conversionError("interface conversion: " + inter + " is nil, not " + want))
	}
	if id >= 0 {
		panic(conversionError("interface conversion: " + typeName(x) + " is not " + want + ": missing method " + rt.lacks(x, id)))
	}
	panic(conversionError("interface conversion: " + inter + " is " + typeName(x) + ", not " + want))
}

// PrintHooks are the methods by which a type prints itself.
var PrintHooks = []string{"String", "Error", "Format"}

// prints is the type inside v that a print function would print by a method, and the method; both are empty when there is none.
func (v Val) prints() (name, method string) {
	seen := map[*Shape]bool{}
	var in func(sh *Shape) bool
	in = func(sh *Shape) bool {
		if sh == nil || seen[sh] {
			return false
		}
		seen[sh] = true
		if sh.Type != nil {
			for _, m := range PrintHooks {
				if _, ok := sh.Type.method(m); ok {
					name, method = sh.Name, m
					return true
				}
			}
		}
		return slices.ContainsFunc(sh.Parts, in)
	}
	in(v.info.Shape)
	return name, method
}

// typeName is what %T prints.
func typeName(x any) string {
	switch v := open(x).(type) {
	case Val:
		return v.info.Name
	case conversionError:
		return "*runtime.TypeAssertionError"
	case nilError:
		return "runtime.errorString"
	case runtimeError:
		return v.typeName()
	}
	return fmt.Sprintf("%T", x)
}
