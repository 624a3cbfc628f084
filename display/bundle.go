package display

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/png"
	"reflect"
	"sync/atomic"
)

// maxText is how many bytes of a value's text are shown; the rest is cut with a note.
const maxText = 64 << 10

// textOf, when set, renders values that fmt cannot: the interpreter knows the names that reflection has lost.
var textOf atomic.Pointer[func(v any) (string, bool)]

// SetText makes f the first to be asked for a value's text. It returns false for values that it leaves to fmt.
func SetText(f func(v any) (string, bool)) { textOf.Store(&f) }

// Bundle renders v. It always has "text/plain". A MIME or String method that panics is reported in the text, and is no
// reason to lose the cell.
func Bundle(v any) (b map[string]any) {
	defer func() {
		if r := recover(); r != nil {
			b = map[string]any{"text/plain": fmt.Sprintf("(showing a %T failed: %v)", v, r)}
		}
	}()
	switch x := v.(type) {
	case nil:
		return map[string]any{"text/plain": "nil"}
	case interface{ MIME() map[string]any }:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return map[string]any{"text/plain": "nil"}
		}
		m := x.MIME()
		if m == nil {
			m = map[string]any{}
		}
		if m["text/plain"] == nil {
			m["text/plain"] = fmt.Sprintf("%T", v)
		}
		return m
	case image.Image:
		return imageBundle(x)
	}
	return map[string]any{"text/plain": Text(v)}
}

// Text is the plain form of v, at most 64 KiB of it.
func Text(v any) string {
	s := text(v)
	if len(s) > maxText {
		return s[:maxText] + fmt.Sprintf("… (%d more bytes)", len(s)-maxText)
	}
	return s
}

func text(v any) string {
	if f := textOf.Load(); f != nil {
		if s, ok := (*f)(v); ok {
			return s
		}
	}
	switch x := v.(type) {
	case string:
		return x
	case error:
		return x.Error()
	case fmt.Stringer:
		return x.String()
	}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Elem().Kind() == reflect.Struct {
		return fmt.Sprintf("&%+v", rv.Elem().Interface())
	}
	return fmt.Sprintf("%+v", v)
}

func imageBundle(img image.Image) map[string]any {
	size := img.Bounds().Size()
	label := fmt.Sprintf("%T %dx%d", img, size.X, size.Y)
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return map[string]any{"text/plain": label + ": " + err.Error()}
	}
	return map[string]any{"text/plain": label, "image/png": base64.StdEncoding.EncodeToString(buf.Bytes())}
}

// A rich value is text of one MIME type with a plain form.
type rich struct{ mime, text, plain string }

// MIME is the bundle of r.
func (r rich) MIME() map[string]any { return map[string]any{r.mime: r.text, "text/plain": r.plain} }

// String is the plain form.
func (r rich) String() string { return r.plain }

// HTML is a value that shows as the given HTML.
func HTML(s string) any { return rich{"text/html", s, s} }

// Markdown is a value that shows as the given Markdown.
func Markdown(s string) any { return rich{"text/markdown", s, s} }

// SVG is a value that shows as the given SVG document.
func SVG(s string) any { return rich{"image/svg+xml", s, fmt.Sprintf("SVG, %d bytes", len(s))} }

// PNG is a value that shows as the given PNG file.
func PNG(b []byte) any {
	return rich{"image/png", base64.StdEncoding.EncodeToString(b), fmt.Sprintf("PNG, %d bytes", len(b))}
}

// Escape makes s safe inside HTML.
func Escape(s string) string { return html.EscapeString(s) }
