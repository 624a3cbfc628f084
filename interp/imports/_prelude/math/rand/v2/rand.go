// Package rand adds the generic function of the standard math/rand/v2 to the compiled ones.
package rand

// N is a random number in [0, n) of any integer type.
func N[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr](n T) T {
	if n <= 0 {
		panic("invalid argument to N")
	}
	return T(Uint64N(uint64(n)))
}
