package backend

import (
	"math"
	"math/bits"
)

// DecodeFloat16 is the value of an IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction.
func DecodeFloat16(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&0x3ff
	switch {
	case exp == 31: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	case exp > 0:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	case frac == 0:
		return math.Float32frombits(sign)
	}
	// A subnormal, frac * 2^-24: shift its first bit to where float32 hides it.
	shift := uint32(bits.LeadingZeros32(frac)) - 21
	return math.Float32frombits(sign | (127-14-shift)<<23 | frac<<(13+shift)&(1<<23-1))
}

// EncodeFloat16 is the binary16 nearest to x, of two the even one.
func EncodeFloat16(x float64) uint16 {
	b := math.Float32bits(oddFloat32(x))
	sign := uint16(b>>16) & 0x8000
	b &= 1<<31 - 1
	switch {
	case b > 0xff<<23:
		return sign | 0x7e00 // NaN
	case b >= (127+16)<<23:
		return sign | 0x7c00 // 65536 and more
	case b < (127-14)<<23: // subnormals are steps of 2^-24, as the float32s from 0.5 on are: let the addition round
		const half = 0x3f000000
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-half)
	}
	b += 0xfff + b>>13&1 // may carry up to infinity
	return sign | uint16((b-(127-15)<<23)>>13)
}

// DecodeBFloat16 is the value of a bfloat16, the upper half of a float32.
func DecodeBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// EncodeBFloat16 is the bfloat16 nearest to x, of two the even one.
func EncodeBFloat16(x float64) uint16 {
	b := math.Float32bits(oddFloat32(x))
	if b&(1<<31-1) > 0xff<<23 {
		return uint16(b>>16) | 0x40 // NaN stays NaN
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// oddFloat32 is x as a float32 from which rounding once more gives what rounding x at once would: when bits are lost the last one is set
// (Boldo & Melquiond, 2008, "round to odd").
func oddFloat32(x float64) float32 {
	f := float32(x)
	if float64(f) == x || x != x {
		return f
	}
	b := math.Float32bits(f)
	if math.Abs(float64(f)) > math.Abs(x) {
		b--
	}
	return math.Float32frombits(b | 1)
}

// oddFloat64 is the same from int64 to float64.
func oddFloat64(x int64) float64 {
	const lost = 1<<11 - 1 // what a float64 cannot hold of the largest
	if x >= -1<<53 && x <= 1<<53 || x&lost == 0 {
		return float64(x)
	}
	return float64(x&^lost | (lost + 1))
}
