package interp

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// A Val is a value of a type that a cell has made, inside an interface. It prints as the type says.
type Val struct {
	info *typeInfo
	V    any // the value as the engine holds it
}

// A typeInfo is what the session knows of a type that cells have made.
type typeInfo struct {
	id          int
	name        string // as %T prints it
	base        string // the cell type whose methods it has
	shape       *shape
	elem        int // 1 + id of what it points to
	elemMethods []string
	elemIface   bool // what it points to is an interface, with those methods
	bound       bool // the methods are there

	mu      sync.RWMutex
	methods map[string]reflect.Value // func(receiver, parameters…)
	s       *Session
}

func (t *typeInfo) method(name string) (reflect.Value, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m, ok := t.methods[name]
	return m, ok
}

// A shape is how a type looks inside, for printing: the engine's types have lost names and methods.
type shape struct {
	made     bool
	name     string // of the type, as %T has it
	id       int    // 1 + id of the type, when it may have methods
	fields   []string
	hidden   []bool   // of the fields: Go does not export it
	embedded []bool   // of the fields
	ptr      int      // 1 + id of the pointer type, for a named type
	parts    []*shape // of the fields; of the element; of key and element
}

func (sh *shape) part(i int) *shape {
	if sh != nil && i < len(sh.parts) {
		return sh.parts[i]
	}
	return nil
}

// plain reports whether values of the type have no methods of cells.
func (sh *shape) plain() bool { return sh == nil || sh.id == 0 }

// typeName is the name of the type of v, which looks like sh.
func (sh *shape) typeName(v reflect.Value) string {
	if sh != nil && sh.name != "" {
		return sh.name
	}
	return v.Type().String()
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

func (s *Session) typeInfo(id int) *typeInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typeList[id]
}

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
		panic(runtimeError("runtime error: comparing uncomparable type " + v.info.name))
	}
	return v.V == w.V
}

// rtGet sets *p to what x holds if that has the type id: -1 the compiled type of *p, -2 a compiled interface.
func (s *Session) rtGet(p any, id int, x any) bool {
	dst := reflect.ValueOf(p).Elem()
	x = open(x)
	if x == nil {
		return false
	}
	v, isVal := x.(Val)
	switch {
	case id >= 0:
		return isVal && v.info.id == id && set(dst, reflect.ValueOf(v.V))
	case id == -1:
		if isVal || reflect.TypeOf(x) != dst.Type() {
			return false
		}
		dst.Set(reflect.ValueOf(x))
		return true
	}
	return s.into(dst, x) == nil
}

// rtInto sets the compiled interface *p to x.
func (s *Session) rtInto(p, x any) {
	if err := s.into(reflect.ValueOf(p).Elem(), open(x)); err != nil {
		panic(err)
	}
}

func (s *Session) into(dst reflect.Value, x any) error {
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
		if _, ok := v.info.method(method.Name); !ok {
			return conversionError(fmt.Sprintf("interface conversion: %s is not %s: missing method %s", v.info.name, t, method.Name))
		}
	}
	if t == reflect.TypeFor[error]() {
		dst.Set(reflect.ValueOf(v.asError()))
		return nil
	}
	w := s.im.exports[s.im.keys[t.PkgPath()]]["_"+t.Name()]
	if !w.IsValid() {
		return conversionError(fmt.Sprintf("a %s cannot be a %s in cells: that interface cannot be implemented by a cell's type", v.info.name, t))
	}
	wrap := reflect.New(w.Type().Elem()).Elem()
	wrap.Field(0).Set(reflect.ValueOf(v))
	for i := 1; i < wrap.NumField(); i++ {
		m, _ := v.info.method(strings.TrimPrefix(wrap.Type().Field(i).Name, "W"))
		wrap.Field(i).Set(bound(m, v, wrap.Field(i).Type()))
	}
	dst.Set(wrap)
	return nil
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

// rtBind sets *p, a function, to the method name of x.
func (s *Session) rtBind(p, x any, name string) {
	dst := reflect.ValueOf(p).Elem()
	switch v := open(x).(type) {
	case nil:
		panic(nilError{})
	case Val:
		m, ok := v.info.method(name)
		if !ok {
			panic(conversionError("method " + name + " of " + v.info.name + " is not there"))
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

// rtHas reports whether x has the methods, names with commas between.
func (s *Session) rtHas(x any, names string) bool {
	x = open(x)
	if x == nil {
		return false
	}
	if names == "" {
		return true
	}
	v, isVal := x.(Val)
	for name := range strings.SplitSeq(names, ",") {
		if isVal {
			if _, ok := v.info.method(name); !ok {
				return false
			}
		} else if !reflect.ValueOf(x).MethodByName(name).IsValid() {
			return false
		}
	}
	return true
}

// rtFail panics: x, in an interface of type inter, is not of the wanted type, or lacks one of its methods.
func (s *Session) rtFail(x any, inter, want, methods string) {
	if open(x) == nil {
		panic(conversionError("interface conversion: " + inter + " is nil, not " + want))
	}
	for name := range strings.SplitSeq(methods, ",") {
		if name != "" && !s.rtHas(x, name) {
			panic(conversionError("interface conversion: " + typeName(x) + " is not " + want + ": missing method " + name))
		}
	}
	panic(conversionError("interface conversion: " + inter + " is " + typeName(x) + ", not " + want))
}

// typeName is what %T prints.
func typeName(x any) string {
	if v, ok := open(x).(Val); ok {
		return v.info.name
	}
	return fmt.Sprintf("%T", x)
}
