package rt

import (
	"fmt"
	"image"
	"reflect"

	"github.com/athanor-ml/athanor/display"
)

// A mimeVal is a Val whose type has the method by which package display shows it.
type mimeVal struct{ Val }

var mimeMethod = reflect.TypeFor[func() map[string]any]()

// MIME is the method of the value.
func (v mimeVal) MIME() map[string]any {
	m, _ := v.info.method("MIME")
	return m.Call([]reflect.Value{reflect.ValueOf(v.V)})[0].Interface().(map[string]any)
}

// shown is x in the form in which package display finds out how it wants to be shown.
func (rt *Runtime) shown(x any) any {
	v, ok := open(x).(Val)
	if !ok {
		return x
	}
	if m, ok := v.info.method("MIME"); ok && implements(m.Type(), mimeMethod) {
		return mimeVal{v}
	}
	var img image.Image
	if rt.into(reflect.ValueOf(&img).Elem(), v) == nil {
		return imageVal{v, img}
	}
	return x
}

// An imageVal is a Val whose type has the methods of an image.
type imageVal struct {
	Val
	img image.Image
}

// MIME is the picture, with a text that names the cell's type.
func (v imageVal) MIME() map[string]any {
	bundle := display.Bundle(v.img)
	size := v.img.Bounds().Size()
	bundle["text/plain"] = fmt.Sprintf("%s %dx%d", v.info.Name, size.X, size.Y)
	return bundle
}

// Text is how a value of a compiled type that may hold values of cells prints; ok is false for all others, which fmt can print.
func (rt *Runtime) Text(v any) (text string, ok bool) {
	c, ok := rt.wrapped(v).(container)
	if !ok {
		return "", false
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && (p.IsNil() || p.Elem().Kind() != reflect.Struct) {
		return "", false
	}
	return fmt.Sprintf("%+v", c), true
}
