package rt

import (
	"reflect"
	"sync"
)

// A Type is what the runtime knows of a type that cells have made. Lowering describes it; the methods come when the cell that
// first puts a value of the type into an interface runs.
type Type struct {
	ID          int
	Name        string // as %T prints it
	Shape       *Shape
	Elem        *Type // what a pointer points to, where that is a type that cells have made, or an interface
	ElemIface   bool  // … is an interface,
	ElemMethods int   // … with the methods of this set

	rt      *Runtime
	mu      sync.RWMutex
	methods map[string]reflect.Value // func(receiver, parameters…)
	sigs    map[string]string        // of the methods: name and signature, as in method sets
}

// NewType registers a type under a new ID.
func (rt *Runtime) NewType(name string) *Type {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	t := &Type{ID: len(rt.types), Name: name, rt: rt}
	rt.types = append(rt.types, t)
	return t
}

// typeOf is the type with that ID.
func (rt *Runtime) typeOf(id int) *Type {
	rt.mu.RLock()
	defer rt.mu.RUnlock()
	return rt.types[id]
}

// SetSignature says what the method name takes and gives; key is that of method sets.
func (t *Type) SetSignature(name, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sigs == nil {
		t.sigs = map[string]string{}
	}
	t.sigs[name] = key
}

func (t *Type) method(name string) (reflect.Value, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m, ok := t.methods[name]
	return m, ok
}

// has reports whether the type has a method with the name, and with the key that says what it takes and gives.
func (t *Type) has(name, key string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.methods[name].IsValid() && t.sigs[name] == key
}

// setMethod adds a method to the type with that ID.
func (rt *Runtime) setMethod(id int, name string, f any) {
	t := rt.typeOf(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.methods == nil {
		t.methods = map[string]reflect.Value{}
	}
	t.methods[name] = reflect.ValueOf(f)
}

// A Shape is how a type looks inside, for printing: the engine's types have lost names and methods.
type Shape struct {
	Made     bool     // a type that cells have made is in it; else the rest is empty
	Name     string   // of the type, as %T has it
	Type     *Type    // the type, when it may have methods
	Ptr      *Type    // the pointer to it, for a named type
	Fields   []string // of a struct
	Hidden   []bool   // of the fields: Go does not export it
	Embedded []bool   // of the fields
	Parts    []*Shape // of the fields; of the element; of key and element
}

func (sh *Shape) part(i int) *Shape {
	if sh != nil && i < len(sh.Parts) {
		return sh.Parts[i]
	}
	return nil
}

// plain reports whether values of the type have no methods of cells.
func (sh *Shape) plain() bool { return sh == nil || sh.Type == nil }

// typeName is the name of the type of v, which looks like sh.
func (sh *Shape) typeName(v reflect.Value) string {
	if sh != nil && sh.Name != "" {
		return sh.Name
	}
	return v.Type().String()
}

// A MethodSet is the methods of an interface, as values are asked for them.
type MethodSet struct {
	Names []string
	Keys  []string // name and signature of each, the same text for identical ones only
}

// NewMethodSet registers a method set and returns its number.
func (rt *Runtime) NewMethodSet(set *MethodSet) int {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.sets = append(rt.sets, set)
	return len(rt.sets) - 1
}

// lacks is the first method of a set that x does not have, or not with those parameters and results.
func (rt *Runtime) lacks(x any, id int) string {
	rt.mu.RLock()
	set := rt.sets[id]
	rt.mu.RUnlock()
	v, isVal := x.(Val)
	if !isVal {
		return rt.compiledLacks(reflect.TypeOf(x), id, set)
	}
	for i, name := range set.Names {
		if !v.info.has(name, set.Keys[i]) {
			return name
		}
	}
	return ""
}

// compiledLacks is lacks for values of a compiled type.
func (rt *Runtime) compiledLacks(t reflect.Type, id int, set *MethodSet) string {
	if len(set.Names) == 0 {
		return ""
	}
	type key struct {
		t  reflect.Type
		id int
	}
	if known, ok := rt.lacking.Load(key{t, id}); ok {
		return known.(string)
	}
	missing := rt.host.Missing(t, id)
	rt.lacking.Store(key{t, id}, missing)
	return missing
}
