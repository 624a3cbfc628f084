package imports

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Exports is the table of what cells may call: "import/path/name" to exported name to value, as yaegi wants it. A function
// stands as its value, a variable as an addressable value, a constant as a value (an untyped one as go/constant.Value), a
// type as a nil pointer to it.
type Exports = map[string]map[string]reflect.Value

// An Importer makes go/types packages out of the table that the engine runs with. So what type-checks is what can run, and
// neither a Go toolchain nor export data is needed. Packages are built when they are first imported. It is not safe for
// concurrent use.
type Importer struct {
	fset    *token.FileSet
	exports Exports
	keys    map[string]string // import path -> key of exports
	names   map[string]string // import path -> package name
	pkgs    map[string]*types.Package
	done    map[string]bool // the package's scope is filled
	byType  map[reflect.Type]types.Type
	rtypes  map[*types.TypeName]reflect.Type // the way back, for compiled named types
	sources map[string]*Source               // the prelude, as far as it has been asked for; nil: not in it
}

// New makes an Importer for a table; the source of the prelude goes into fset.
func New(exports Exports, fset *token.FileSet) *Importer {
	im := &Importer{
		fset:    fset,
		sources: map[string]*Source{},
		exports: exports,
		keys:    map[string]string{},
		names:   map[string]string{},
		pkgs:    map[string]*types.Package{"unsafe": types.Unsafe},
		done:    map[string]bool{"unsafe": true},
		byType:  map[reflect.Type]types.Type{},
		rtypes:  map[*types.TypeName]reflect.Type{},
	}
	for key := range exports {
		if key == "." {
			continue
		}
		im.keys[path.Dir(key)] = key
		im.names[path.Dir(key)] = path.Base(key)
	}
	im.byType[reflect.TypeFor[error]()] = types.Universe.Lookup("error").Type()
	im.byType[reflect.TypeFor[any]()] = types.Universe.Lookup("any").Type()
	return im
}

// Import returns the package with all its names; it implements types.Importer.
func (im *Importer) Import(p string) (*types.Package, error) {
	if src := im.Source(p); src != nil {
		return src.pkg, nil
	}
	return im.compiled(p)
}

// compiled is the package of the table with all its names.
func (im *Importer) compiled(p string) (*types.Package, error) {
	pkg := im.pkg(p)
	if im.done[p] {
		return pkg, nil
	}
	key, ok := im.keys[p]
	if !ok {
		return nil, fmt.Errorf("package %s is not available in cells", p)
	}
	im.done[p] = true
	for name, v := range im.exports[key] {
		if token.IsExported(name) {
			if obj := im.object(pkg, name, v); obj != nil {
				pkg.Scope().Insert(obj)
			}
		}
	}
	pkg.MarkComplete()
	return pkg, nil
}

func (im *Importer) pkg(p string) *types.Package {
	if pkg := im.pkgs[p]; pkg != nil {
		return pkg
	}
	pkg := types.NewPackage(p, im.Name(p))
	im.pkgs[p] = pkg
	return pkg
}

var constantType = reflect.TypeFor[constant.Value]()

func (im *Importer) object(pkg *types.Package, name string, v reflect.Value) types.Object {
	if !v.IsValid() {
		return nil
	}
	t := v.Type()
	switch {
	case v.CanAddr():
		return types.NewVar(token.NoPos, pkg, name, im.typ(t))
	case t.Implements(constantType):
		val := v.Interface().(constant.Value)
		return types.NewConst(token.NoPos, pkg, name, untyped(val), val)
	case t.Kind() == reflect.Func:
		return types.NewFunc(token.NoPos, pkg, name, im.signature(t, nil, 0))
	case t.Kind() == reflect.Pointer && v.IsNil():
		typ := im.typ(t.Elem())
		if n, ok := typ.(*types.Named); ok && n.Obj().Pkg() == pkg && n.Obj().Name() == name {
			return n.Obj()
		}
		return types.NewTypeName(token.NoPos, pkg, name, typ)
	}
	if val := constOf(v); val != nil {
		return types.NewConst(token.NoPos, pkg, name, im.typ(t), val)
	}
	return types.NewVar(token.NoPos, pkg, name, im.typ(t))
}

func untyped(v constant.Value) types.Type {
	switch v.Kind() {
	case constant.Bool:
		return types.Typ[types.UntypedBool]
	case constant.String:
		return types.Typ[types.UntypedString]
	case constant.Int:
		return types.Typ[types.UntypedInt]
	case constant.Complex:
		return types.Typ[types.UntypedComplex]
	default:
		return types.Typ[types.UntypedFloat]
	}
}

func constOf(v reflect.Value) constant.Value {
	switch {
	case v.Kind() == reflect.Bool:
		return constant.MakeBool(v.Bool())
	case v.Kind() == reflect.String:
		return constant.MakeString(v.String())
	case v.CanInt():
		return constant.MakeInt64(v.Int())
	case v.CanUint():
		return constant.MakeUint64(v.Uint())
	case v.CanFloat():
		return constant.MakeFloat64(v.Float())
	case v.CanComplex():
		c := v.Complex()
		return constant.BinaryOp(constant.MakeFloat64(real(c)), token.ADD, constant.MakeImag(constant.MakeFloat64(imag(c))))
	}
	return nil
}

var basics = map[reflect.Kind]types.BasicKind{
	reflect.Bool: types.Bool, reflect.String: types.String, reflect.UnsafePointer: types.UnsafePointer,
	reflect.Int: types.Int, reflect.Int8: types.Int8, reflect.Int16: types.Int16, reflect.Int32: types.Int32, reflect.Int64: types.Int64,
	reflect.Uint: types.Uint, reflect.Uint8: types.Uint8, reflect.Uint16: types.Uint16, reflect.Uint32: types.Uint32, reflect.Uint64: types.Uint64,
	reflect.Uintptr: types.Uintptr, reflect.Float32: types.Float32, reflect.Float64: types.Float64,
	reflect.Complex64: types.Complex64, reflect.Complex128: types.Complex128,
}

// Compiled reports whether a package is in the table.
func (im *Importer) Compiled(path string) bool { return im.keys[path] != "" }

// Paths lists the packages of the table.
func (im *Importer) Paths() []string { return slices.Sorted(maps.Keys(im.keys)) }

// Name is the name of the package at an import path.
func (im *Importer) Name(p string) string {
	if name := im.names[p]; name != "" {
		return name
	}
	return path.Base(p)
}

// Exports reports whether the table has a name of a package.
func (im *Importer) Exports(path, name string) bool {
	_, ok := im.exports[im.keys[path]][name]
	return ok
}

// Wrapper is the struct type through which a type of a cell can be the compiled interface t, as yaegi's tables have it: a field
// IValue, then a function for each method; nil when there is none.
func (im *Importer) Wrapper(t reflect.Type) reflect.Type {
	w := im.exports[im.keys[t.PkgPath()]]["_"+t.Name()]
	if !w.IsValid() {
		return nil
	}
	return w.Type().Elem()
}

// Reflect is the compiled type that a type name stands for; nil when it stands for none.
func (im *Importer) Reflect(obj *types.TypeName) reflect.Type { return im.rtypes[obj] }

// Type is the go/types twin of t.
func (im *Importer) Type(t reflect.Type) types.Type { return im.typ(t) }

func (im *Importer) typ(t reflect.Type) types.Type {
	if tt, ok := im.byType[t]; ok {
		return tt
	}
	if t.Name() != "" && t.PkgPath() != "" {
		return im.named(t)
	}
	tt := im.literal(t)
	im.byType[t] = tt
	return tt
}

func (im *Importer) named(t reflect.Type) types.Type {
	if strings.Contains(t.Name(), "[") && t.Kind() == reflect.Func {
		tt := im.literal(t) // an instance such as iter.Seq[string]: its underlying function type is assignable both ways
		im.byType[t] = tt
		return tt
	}
	pkg := im.pkg(t.PkgPath())
	obj := types.NewTypeName(token.NoPos, pkg, t.Name(), nil)
	named := types.NewNamed(obj, types.Typ[types.Invalid], nil)
	im.byType[t], im.rtypes[obj] = named, t
	named.SetUnderlying(im.literal(t))
	if t.Kind() != reflect.Interface {
		im.methods(named, t, obj)
	}
	return named
}

// methods adds the exported methods of t, each with the receiver that its method set tells.
func (im *Importer) methods(named *types.Named, t reflect.Type, obj *types.TypeName) {
	if t.Kind() == reflect.Pointer {
		return
	}
	ptr := reflect.PointerTo(t)
	for m := range ptr.Methods() {
		var recvType types.Type = named
		if _, byValue := t.MethodByName(m.Name); !byValue {
			recvType = types.NewPointer(named)
		}
		recv := types.NewVar(token.NoPos, obj.Pkg(), "", recvType)
		named.AddMethod(types.NewFunc(token.NoPos, obj.Pkg(), m.Name, im.signature(m.Type, recv, 1)))
	}
}

func (im *Importer) signature(t reflect.Type, recv *types.Var, skip int) *types.Signature {
	params := make([]*types.Var, 0, t.NumIn())
	for i := skip; i < t.NumIn(); i++ {
		params = append(params, types.NewParam(token.NoPos, nil, "", im.typ(t.In(i))))
	}
	results := make([]*types.Var, 0, t.NumOut())
	for out := range t.Outs() {
		results = append(results, types.NewParam(token.NoPos, nil, "", im.typ(out)))
	}
	return types.NewSignatureType(recv, nil, nil, types.NewTuple(params...), types.NewTuple(results...), t.IsVariadic())
}

// literal is the twin of t's underlying type.
func (im *Importer) literal(t reflect.Type) types.Type {
	if k, ok := basics[t.Kind()]; ok {
		return types.Typ[k]
	}
	switch t.Kind() {
	case reflect.Array:
		return types.NewArray(im.typ(t.Elem()), int64(t.Len()))
	case reflect.Slice:
		return types.NewSlice(im.typ(t.Elem()))
	case reflect.Pointer:
		return types.NewPointer(im.typ(t.Elem()))
	case reflect.Map:
		return types.NewMap(im.typ(t.Key()), im.typ(t.Elem()))
	case reflect.Chan:
		dir := map[reflect.ChanDir]types.ChanDir{reflect.BothDir: types.SendRecv, reflect.SendDir: types.SendOnly, reflect.RecvDir: types.RecvOnly}[t.ChanDir()]
		return types.NewChan(dir, im.typ(t.Elem()))
	case reflect.Func:
		return im.signature(t, nil, 0)
	case reflect.Interface:
		return im.iface(t)
	case reflect.Struct:
		return im.structure(t)
	}
	panic("interp: no type for " + t.String())
}

func (im *Importer) iface(t reflect.Type) types.Type {
	methods := make([]*types.Func, 0, t.NumMethod())
	for m := range t.Methods() {
		var pkg *types.Package
		if m.PkgPath != "" {
			pkg = im.pkg(m.PkgPath)
		}
		methods = append(methods, types.NewFunc(token.NoPos, pkg, m.Name, im.signature(m.Type, nil, 0)))
	}
	return types.NewInterfaceType(methods, nil).Complete()
}

func (im *Importer) structure(t reflect.Type) types.Type {
	fields := make([]*types.Var, t.NumField())
	tags := make([]string, t.NumField())
	for i := range fields {
		f := t.Field(i)
		var pkg *types.Package
		if f.PkgPath != "" {
			pkg = im.pkg(f.PkgPath)
		}
		fields[i] = types.NewField(token.NoPos, pkg, f.Name, im.typ(f.Type), f.Anonymous)
		tags[i] = string(f.Tag)
	}
	return types.NewStruct(fields, tags)
}
