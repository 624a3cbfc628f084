package rt

import (
	"cmp"
	"reflect"
	"slices"
)

// An entry is a key of a map with its value.
type entry struct{ key, value reflect.Value }

// sortedEntries are the entries of a map in the order in which fmt prints them.
func sortedEntries(m reflect.Value) []entry {
	entries := make([]entry, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return compareKeys(a.key, b.key) })
	return entries
}

func compareKeys(a, b reflect.Value) int {
	switch {
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.CanComplex():
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	}
	switch a.Kind() {
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Bool:
		return cmp.Compare(boolNumber(a), boolNumber(b))
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return cmp.Compare(a.Pointer(), b.Pointer())
	case reflect.Struct:
		if a.Type() == valType && b.Type() == valType {
			return compareVals(a.Interface().(Val), b.Interface().(Val))
		}
		for i := range min(a.NumField(), b.NumField()) {
			if c := compareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case reflect.Array:
		for i := range min(a.Len(), b.Len()) {
			if c := compareKeys(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return cmp.Compare(boolNumber(reflect.ValueOf(!a.IsNil())), boolNumber(reflect.ValueOf(!b.IsNil())))
		}
		return compareKeys(a.Elem(), b.Elem())
	}
	return 0
}

func compareVals(a, b Val) int {
	if a.info != b.info {
		return cmp.Compare(a.info.ID, b.info.ID)
	}
	return compareKeys(reflect.ValueOf(a.V), reflect.ValueOf(b.V))
}

func boolNumber(v reflect.Value) int {
	if v.Bool() {
		return 1
	}
	return 0
}
