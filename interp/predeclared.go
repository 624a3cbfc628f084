package interp

import (
	"go/types"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// predeclared says what the names are that every Go program has without declaring them.
var predeclared = map[string]string{
	"append":  "func append(s []T, elems ...T) []T\n\nappend adds elements to the end of a slice and returns the longer slice.",
	"cap":     "func cap(v T) int\n\ncap is the capacity of a slice, an array or a channel.",
	"clear":   "func clear(v T)\n\nclear deletes all entries of a map, or sets all elements of a slice to zero.",
	"close":   "func close(c chan<- T)\n\nclose says that no more values will be sent on a channel.",
	"complex": "func complex(r, i float64) complex128\n\ncomplex makes a complex number of its real and imaginary parts.",
	"copy":    "func copy(dst, src []T) int\n\ncopy copies elements between slices, as many as the shorter one has, and returns how many.",
	"delete":  "func delete(m map[K]V, key K)\n\ndelete removes the entry of a key from a map, if there is one.",
	"imag":    "func imag(c complex128) float64\n\nimag is the imaginary part of a complex number.",
	"len":     "func len(v T) int\n\nlen is the number of elements of a slice, array or map, of bytes of a string, or of values queued in a channel.",
	"make":    "func make(t Type, size ...int) Type\n\nmake makes a slice, a map or a channel.",
	"max":     "func max(x T, y ...T) T\n\nmax is the largest of its arguments.",
	"min":     "func min(x T, y ...T) T\n\nmin is the smallest of its arguments.",
	"new":     "func new(t Type or value) *Type\n\nnew makes a variable, zero or with the given value, and returns its address.",
	"panic":   "func panic(v any)\n\npanic ends the function, runs the deferred calls of all callers, and fails the cell unless one of them recovers.",
	"print":   "func print(args ...T)\n\nprint writes its arguments to standard error; fmt.Print is the one to use.",
	"println": "func println(args ...T)\n\nprintln writes its arguments to standard error; fmt.Println is the one to use.",
	"real":    "func real(c complex128) float64\n\nreal is the real part of a complex number.",
	"recover": "func recover() any\n\nrecover, in a deferred function, stops a panic and returns its value.",
	"nil":     "nil\n\nnil is the zero value of pointers, functions, interfaces, slices, maps and channels.",
	"true":    "const true bool",
	"false":   "const false bool",
	"iota":    "const iota\n\niota counts the lines of a const declaration from 0.",
	"any":     "type any = interface{}\n\nany is the interface that every type implements.",
	"error":   "type error interface{ Error() string }\n\nerror is what functions return to say what went wrong; nil is success.",
}

// predeclaredText describes a predeclared name; empty for other names, and for those that a cell has declared anew.
func (s *Session) predeclaredText(name string) string {
	if types.Universe.Lookup(name) == nil || s.st.has(name) {
		return ""
	}
	if text, ok := predeclared[name]; ok {
		return text
	}
	return types.ObjectString(types.Universe.Lookup(name), typetext.Plain)
}
