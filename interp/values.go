package interp

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
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
	elemMethods int
	elemIface   bool // what it points to is an interface, with the methods of that set
	bound       bool // the methods are there

	mu      sync.RWMutex
	methods map[string]reflect.Value // func(receiver, parameters…)
	sigs    map[string]string        // of the methods: name and signature, as in method sets
	s       *Session
}

func (t *typeInfo) method(name string) (reflect.Value, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m, ok := t.methods[name]
	return m, ok
}

// has reports whether the type has a method with the name, and with the key that says what it takes and gives.
func (t *typeInfo) has(name, key string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.methods[name].IsValid() && t.sigs[name] == key
}

func (t *typeInfo) setSignature(name, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sigs == nil {
		t.sigs = map[string]string{}
	}
	t.sigs[name] = name + key
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
		if m, ok := v.info.method(method.Name); !ok || !implements(m.Type(), method.Type) {
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

// rtHas reports whether x has the methods of the set with the number id.
func (s *Session) rtHas(x any, id int) bool {
	x = open(x)
	return x != nil && s.lacks(x, id) == ""
}

// lacks is the first method of a set that x does not have, or not with those parameters and results.
func (s *Session) lacks(x any, id int) string {
	s.mu.Lock()
	set := s.methodSets[id]
	s.mu.Unlock()
	v, isVal := x.(Val)
	if !isVal {
		return s.compiledLacks(reflect.TypeOf(x), id, set)
	}
	for i, name := range set.names {
		if !v.info.has(name, set.keys[i]) {
			return name
		}
	}
	return ""
}

// compiledLacks is lacks for values of a compiled type.
func (s *Session) compiledLacks(t reflect.Type, id int, set *methodSet) string {
	if len(set.names) == 0 {
		return ""
	}
	type key struct {
		t  reflect.Type
		id int
	}
	if known, ok := s.lacking.Load(key{t, id}); ok {
		return known.(string)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := ""
	if f, _ := types.MissingMethod(s.im.typ(t), set.typ, true); f != nil {
		missing = f.Name()
	}
	s.lacking.Store(key{t, id}, missing)
	return missing
}

// rtFail panics: x, in an interface of type inter, is not of the wanted type, or lacks one of the methods of a set, if id is not
// negative.
func (s *Session) rtFail(x any, inter, want string, id int) {
	x = open(x)
	if x == nil {
		panic(conversionError("interface conversion: " + inter + " is nil, not " + want))
	}
	if id >= 0 {
		panic(conversionError("interface conversion: " + typeName(x) + " is not " + want + ": missing method " + s.lacks(x, id)))
	}
	panic(conversionError("interface conversion: " + inter + " is " + typeName(x) + ", not " + want))
}

// prints is the type inside v that a print function would print by a method, and the method; both are empty when there is none.
func (v Val) prints() (name, method string) {
	seen := map[*shape]bool{}
	var in func(sh *shape) bool
	in = func(sh *shape) bool {
		if sh == nil || seen[sh] {
			return false
		}
		seen[sh] = true
		if sh.id > 0 {
			for _, m := range printHooks {
				if _, ok := v.info.s.typeInfo(sh.id - 1).method(m); ok {
					name, method = sh.name, m
					return true
				}
			}
		}
		return slices.ContainsFunc(sh.parts, in)
	}
	in(v.info.shape)
	return name, method
}

// typeName is what %T prints.
func typeName(x any) string {
	switch v := open(x).(type) {
	case Val:
		return v.info.name
	case conversionError:
		return "*runtime.TypeAssertionError"
	case nilError:
		return "runtime.errorString"
	case runtimeError:
		return v.typeName()
	}
	return fmt.Sprintf("%T", x)
}
