// Package errors has the generic functions of the standard package.
package errors

// AsType finds the first error in err's tree that is an E.
func AsType[E error](err error) (E, bool) {
	var target E
	ok := As(err, &target)
	return target, ok
}
