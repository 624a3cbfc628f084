package rt

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// A printedIface is an interface, as print gets it.
type printedIface struct{ v any }

// printBuiltin is print and println, which write to standard error as the Go 1.26 runtime does.
func (rt *Runtime) printBuiltin(ln bool, args []any) {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = printed(a)
	}
	text := strings.Join(parts, "")
	if ln {
		text = strings.Join(parts, " ") + "\n"
	}
	_, _ = rt.Stderr.Write([]byte(text))
}

// printed is an argument of print: numbers in their shortest form, what has no text of its own as its address.
func printed(a any) string {
	if v, ok := a.(Val); ok {
		a = v.V
	}
	if i, ok := a.(printedIface); ok {
		words := *(*[2]uintptr)(unsafe.Pointer(&i.v))
		return fmt.Sprintf("(0x%x,0x%x)", words[0], words[1])
	}
	v := reflect.ValueOf(a)
	switch k := v.Kind(); k {
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	case reflect.Complex64, reflect.Complex128:
		bits := v.Type().Bits() / 2
		im := strconv.FormatFloat(imag(v.Complex()), 'g', -1, bits)
		if im[0] != '-' && im[0] != '+' {
			im = "+" + im
		}
		return "(" + strconv.FormatFloat(real(v.Complex()), 'g', -1, bits) + im + "i)"
	case reflect.Slice:
		return fmt.Sprintf("[%d/%d]0x%x", v.Len(), v.Cap(), v.Pointer())
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return fmt.Sprintf("0x%x", v.Pointer())
	case reflect.Invalid:
		return "(0x0,0x0)"
	default:
		return fmt.Sprint(plainLeaf(v))
	}
}
