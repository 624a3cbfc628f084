package rt

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// A Val, and a container that may hold some, prints as package fmt prints the compiled value: methods of cells' types are
// called where fmt would call them, and types have the names that the cell knows. Single numbers and strings are left to
// fmt itself.

// A printer writes one argument of a print function.
type printer struct {
	rt          *Runtime
	f           fmt.State
	verb        rune
	plus, sharp bool // %+v and %#v
}

func (rt *Runtime) printer(f fmt.State, verb rune) *printer {
	return &printer{rt: rt, f: f, verb: verb, plus: verb == 'v' && f.Flag('+') && !f.Flag('#'), sharp: verb == 'v' && f.Flag('#')}
}

// Format prints the value as fmt prints a compiled one of the same type.
func (v Val) Format(f fmt.State, verb rune) {
	p := v.info.rt.printer(f, verb)
	x := reflect.ValueOf(v.V)
	if !p.methods(x, v.info) {
		p.value(x, v.info.Shape, 0, false)
	}
}

// A container is a value of a compiled type that may hold Vals inside.
type container struct {
	rt *Runtime
	v  any
}

// Format prints it.
func (c container) Format(f fmt.State, verb rune) {
	c.rt.printer(f, verb).value(reflect.ValueOf(c.v), nil, 0, false)
}

// printable makes the arguments of a print function print as compiled ones do.
func (rt *Runtime) printable(args []any) []any {
	out := args
	for i, a := range args {
		x := rt.wrapped(a)
		if x == nil {
			continue
		}
		if &out[0] == &args[0] {
			out = append([]any{}, args...)
		}
		out[i] = x
	}
	return out
}

// wrapped is what stands for the argument a; nil where a stands for itself.
func (rt *Runtime) wrapped(a any) any {
	switch a.(type) {
	case nil, Val, errVal, errList:
		return nil
	}
	t := reflect.TypeOf(a)
	if t.Kind() == reflect.Struct {
		if v, ok := open(a).(Val); ok {
			return v
		}
	}
	if rt.holds(t) {
		return container{rt, a}
	}
	return nil
}

// sprint is fmt.Sprint, which puts spaces between operands that are no strings: a cell's string type counts as one.
func (rt *Runtime) sprint(args []any) string {
	var b strings.Builder
	isString := func(i int) bool {
		x := open(args[i])
		if v, ok := x.(Val); ok {
			x = v.V
		}
		return x != nil && reflect.TypeOf(x).Kind() == reflect.String
	}
	for i, a := range rt.printable(args) {
		if i > 0 && !isString(i) && !isString(i-1) {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, a)
	}
	return b.String()
}

// holds reports whether a value of the compiled type t is printed field by field and may have Vals inside.
func (rt *Runtime) holds(t reflect.Type) bool {
	if known, ok := rt.holders.Load(t); ok {
		return known.(bool)
	}
	found := false
	switch {
	case t == valType || hasPrintMethod(t):
	case t.Kind() == reflect.Pointer:
		found = t.Elem().Kind() != reflect.Pointer && holdsVals(t.Elem(), map[reflect.Type]bool{})
	default:
		found = holdsVals(t, map[reflect.Type]bool{})
	}
	rt.holders.Store(t, found)
	return found
}

var (
	formatMethod = reflect.TypeFor[func(fmt.State, rune)]()
	errorMethod  = reflect.TypeFor[func() string]()
	valType      = reflect.TypeFor[Val]()
	printMethods = []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[error](), reflect.TypeFor[fmt.GoStringer]()}
)

func hasPrintMethod(t reflect.Type) bool {
	return slices.ContainsFunc(printMethods, t.Implements)
}

func holdsVals(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Slice, reflect.Array:
		return holdsVals(t.Elem(), seen)
	case reflect.Map:
		return holdsVals(t.Key(), seen) || holdsVals(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if holdsVals(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// methods prints v by a method of its type, if fmt would.
func (p *printer) methods(v reflect.Value, info *Type) (done bool) {
	if !v.IsValid() || !v.CanInterface() {
		return false
	}
	if m, ok := info.method("Format"); ok && implements(m.Type(), formatMethod) {
		defer p.catch(v, "Format", &done)
		m.Call([]reflect.Value{v, reflect.ValueOf(p.f), reflect.ValueOf(p.verb)})
		return true
	}
	if p.sharp {
		return p.stringMethod(v, info, "GoString", "%s")
	}
	if !strings.ContainsRune("vsxXq", p.verb) {
		return false
	}
	return p.stringMethod(v, info, "Error", fmt.FormatString(p.f, p.verb)) || p.stringMethod(v, info, "String", fmt.FormatString(p.f, p.verb))
}

// stringMethod prints what a method without parameters returns.
func (p *printer) stringMethod(v reflect.Value, info *Type, name, format string) (done bool) {
	m, ok := info.method(name)
	if !ok || m.Type().NumIn() != 1 || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.String {
		return false
	}
	defer p.catch(v, name, &done)
	fmt.Fprintf(p.f, format, m.Call([]reflect.Value{receiver(v, m)})[0].String())
	return true
}

// receiver is v in the form that the method m takes.
func receiver(v, m reflect.Value) reflect.Value {
	if want := m.Type().In(0); v.Type() != want {
		to := reflect.New(want).Elem()
		if set(to, v) {
			return to
		}
	}
	return v
}

// catch prints the panic of a print method as fmt does.
func (p *printer) catch(v reflect.Value, method string, done *bool) {
	r := recover()
	if r == nil {
		return
	}
	*done = true
	if v.Kind() == reflect.Pointer && v.IsNil() {
		fmt.Fprint(p.f, "<nil>")
		return
	}
	fmt.Fprintf(p.f, "%%!%c(PANIC=%s method: %v)", p.verb, method, recovered(r))
}

// value prints v, which looks like sh if that is not nil. Below fields that Go does not export, hidden is set and methods
// are not called.
func (p *printer) value(v reflect.Value, sh *Shape, depth int, hidden bool) {
	p.rt.checkStack() // a map may hold itself
	if !v.IsValid() {
		fmt.Fprint(p.f, "<nil>")
		return
	}
	if sh != nil && !sh.Made {
		sh = nil
	}
	if depth > 0 && !hidden && p.byMethod(v, sh) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		p.structure(v, sh, depth, hidden)
	case reflect.Map:
		p.mapping(v, sh, depth, hidden)
	case reflect.Slice, reflect.Array:
		p.list(v, sh, depth, hidden)
	case reflect.Interface:
		p.iface(v, sh, depth, hidden)
	case reflect.Pointer:
		if k := v.Type().Elem().Kind(); depth == 0 && !v.IsNil() && (k == reflect.Array || k == reflect.Slice || k == reflect.Struct || k == reflect.Map) {
			fmt.Fprint(p.f, "&")
			p.value(v.Elem(), sh.part(0), depth+1, hidden)
			return
		}
		p.pointer(v, sh)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		p.pointer(v, sh)
	default:
		p.leaf(v, sh)
	}
}

// byMethod prints a value inside another by its method, if it has one.
func (p *printer) byMethod(v reflect.Value, sh *Shape) bool {
	if sh != nil && sh.Type != nil {
		return p.methods(v, sh.Type)
	}
	if v.Kind() == reflect.Interface || !v.CanInterface() || sh != nil || !hasPrintMethod(v.Type()) {
		return false
	}
	fmt.Fprintf(p.f, fmt.FormatString(p.f, p.verb), v.Interface())
	return true
}

func (p *printer) structure(v reflect.Value, sh *Shape, depth int, hidden bool) {
	if p.sharp {
		fmt.Fprint(p.f, sh.typeName(v))
	}
	fmt.Fprint(p.f, "{")
	for i := range v.NumField() {
		if i > 0 {
			p.between()
		}
		name, secret := v.Type().Field(i).Name, !v.Type().Field(i).IsExported()
		if sh != nil {
			name, secret = sh.Fields[i], sh.Hidden[i]
		}
		if p.plus || p.sharp {
			fmt.Fprint(p.f, name, ":")
		}
		p.value(v.Field(i), sh.part(i), depth+1, hidden || secret)
	}
	fmt.Fprint(p.f, "}")
}

func (p *printer) between() {
	if p.sharp {
		fmt.Fprint(p.f, ", ")
	} else {
		fmt.Fprint(p.f, " ")
	}
}

func (p *printer) mapping(v reflect.Value, sh *Shape, depth int, hidden bool) {
	end := "]"
	switch {
	case p.sharp && v.IsNil():
		fmt.Fprint(p.f, sh.typeName(v), "(nil)")
		return
	case p.sharp:
		fmt.Fprint(p.f, sh.typeName(v), "{")
		end = "}"
	default:
		fmt.Fprint(p.f, "map[")
	}
	for i, e := range sortedEntries(v) {
		if i > 0 {
			p.between()
		}
		p.value(e.key, sh.part(0), depth+1, hidden)
		fmt.Fprint(p.f, ":")
		p.value(e.value, sh.part(1), depth+1, hidden)
	}
	fmt.Fprint(p.f, end)
}

func (p *printer) list(v reflect.Value, sh *Shape, depth int, hidden bool) {
	if v.Type().Elem().Kind() == reflect.Uint8 && (strings.ContainsRune("sqxX", p.verb) || (p.verb == 'd' || p.verb == 'v' && !p.sharp) && sh.part(0).plain()) {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		fmt.Fprintf(p.f, fmt.FormatString(p.f, p.verb), b)
		return
	}
	end := "]"
	switch {
	case p.sharp && v.Kind() == reflect.Slice && v.IsNil():
		fmt.Fprint(p.f, sh.typeName(v), "(nil)")
		return
	case p.sharp:
		fmt.Fprint(p.f, sh.typeName(v), "{")
		end = "}"
	default:
		fmt.Fprint(p.f, "[")
	}
	for i := range v.Len() {
		if i > 0 {
			p.between()
		}
		p.value(v.Index(i), sh.part(0), depth+1, hidden)
	}
	fmt.Fprint(p.f, end)
}

func (p *printer) iface(v reflect.Value, sh *Shape, depth int, hidden bool) {
	elem := v.Elem()
	if !elem.IsValid() {
		if p.sharp {
			fmt.Fprint(p.f, sh.typeName(v), "(nil)")
			return
		}
		fmt.Fprint(p.f, "<nil>")
		return
	}
	if elem.CanInterface() {
		if val, ok := open(elem.Interface()).(Val); ok {
			x := reflect.ValueOf(val.V)
			if hidden || !p.methods(x, val.info) {
				p.value(x, val.info.Shape, depth+1, hidden)
			}
			return
		}
	}
	p.value(elem, nil, depth+1, hidden)
}

// pointer prints an address.
func (p *printer) pointer(v reflect.Value, sh *Shape) {
	at := v.Pointer()
	if p.sharp {
		text := "nil"
		if at != 0 {
			text = fmt.Sprintf("0x%x", at)
		}
		fmt.Fprint(p.f, "("+sh.typeName(v)+")("+text+")")
		return
	}
	if !strings.ContainsRune("vpbodxX", p.verb) {
		fmt.Fprintf(p.f, "%%!%c(%s=", p.verb, sh.typeName(v))
		(&printer{rt: p.rt, f: p.f, verb: 'v'}).value(v, sh, 0, true)
		fmt.Fprint(p.f, ")")
		return
	}
	fmt.Fprintf(p.f, fmt.FormatString(p.f, p.verb), *(*unsafe.Pointer)(unsafe.Pointer(&at)))
}

// leafVerbs are the verbs that fmt knows for each kind of leaf.
func leafVerbs(k reflect.Kind) string {
	switch {
	case k == reflect.Bool:
		return "tv"
	case k >= reflect.Int && k <= reflect.Uintptr:
		return "vdboOxXcqU"
	case k >= reflect.Float32 && k <= reflect.Complex128:
		return "vbgGxXfFeE"
	}
	return "vsxXq"
}

func (p *printer) leaf(v reflect.Value, sh *Shape) {
	x := plainLeaf(v)
	if !strings.ContainsRune(leafVerbs(v.Kind()), p.verb) {
		fmt.Fprintf(p.f, "%%!%c(%s=%v)", p.verb, sh.typeName(v), x)
		return
	}
	fmt.Fprintf(p.f, fmt.FormatString(p.f, p.verb), x)
}

var plainTypes = map[reflect.Kind]reflect.Type{
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](), reflect.Uint: reflect.TypeFor[uint](),
	reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](), reflect.Uint32: reflect.TypeFor[uint32](),
	reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uintptr: reflect.TypeFor[uintptr](), reflect.Float32: reflect.TypeFor[float32](),
	reflect.Float64: reflect.TypeFor[float64](), reflect.Complex64: reflect.TypeFor[complex64](), reflect.Complex128: reflect.TypeFor[complex128](),
}

// plainLeaf is the number, string or bool that v is, without a named type. Fields that are not exported may be read.
func plainLeaf(v reflect.Value) any {
	k := v.Kind()
	switch {
	case k == reflect.Bool:
		return v.Bool()
	case k == reflect.String:
		return v.String()
	case v.CanInt():
		return reflect.ValueOf(v.Int()).Convert(plainTypes[k]).Interface()
	case v.CanUint():
		return reflect.ValueOf(v.Uint()).Convert(plainTypes[k]).Interface()
	case v.CanFloat():
		return reflect.ValueOf(v.Float()).Convert(plainTypes[k]).Interface()
	}
	return reflect.ValueOf(v.Complex()).Convert(plainTypes[k]).Interface()
}

// asErrors makes Vals that are errors into errors, so that %w takes them.
func asErrors(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if v, ok := a.(Val); ok {
			if m, ok := v.info.method("Error"); ok && implements(m.Type(), errorMethod) {
				out[i] = v.asError()
			}
		}
	}
	return out
}
