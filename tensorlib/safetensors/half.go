package safetensors

import (
	"encoding/binary"
	"math/bits"
)

// widen converts 16-bit floats to the bits of float32s.
func widen(data []byte, bitsOf func(uint16) uint32) []byte {
	out := make([]byte, 2*len(data))
	for i := 0; i < len(data); i += 2 {
		binary.LittleEndian.PutUint32(out[2*i:], bitsOf(binary.LittleEndian.Uint16(data[i:])))
	}
	return out
}

// half is the float32 of the same value as an IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction.
func half(h uint16) uint32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&0x3ff
	switch {
	case exp == 31: // infinity and NaN
		return sign | 0xff<<23 | frac<<13
	case exp > 0:
		return sign | (exp+127-15)<<23 | frac<<13
	case frac == 0:
		return sign
	}
	// A subnormal, frac * 2^-24: shift its first bit to where float32 hides it.
	shift := uint32(bits.LeadingZeros32(frac)) - 21
	return sign | (127-14-shift)<<23 | frac<<(13+shift)&(1<<23-1)
}
