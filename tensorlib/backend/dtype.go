package backend

import (
	"fmt"
	"math"
)

// DType is the type of a tensor's elements.
type DType uint8

// The element types. Bool is one byte, 0 or 1. On Float32, Int32, Int64 and Bool devices compute; the others are stored, copied and
// converted. New ones go to the end: the numbers of the others stay.
const (
	Float32 DType = iota
	Int32
	Int64
	Bool
	Float16  // IEEE 754 binary16: 5 bits of exponent, 10 of fraction
	BFloat16 // the upper half of a Float32: 8 bits of exponent, 7 of fraction
	Float64
	Int8
	Uint8
	NumDTypes
)

// dtype is a row of the table below.
type dtype struct {
	name     string
	size     int // bytes
	computes bool
	float    bool
	toFloat  func(bits uint64) float64 // of floats
	toInt    func(bits uint64) int64   // of the others
	ofFloat  func(x float64) uint64
	ofInt    func(x int64) uint64
}

// dtypes is all that there is to know of a dtype: a new one is a constant and a row.
var dtypes = [NumDTypes]dtype{
	Float32: {
		name: "float32", size: 4, computes: true, float: true,
		toFloat: func(b uint64) float64 { return float64(math.Float32frombits(uint32(b))) },
		ofFloat: func(x float64) uint64 { return uint64(math.Float32bits(float32(x))) },
		ofInt:   func(x int64) uint64 { return uint64(math.Float32bits(float32(x))) },
	},
	Int32: integer("int32", 4, true, math.MinInt32, math.MaxInt32, func(b uint64) int64 { return int64(int32(b)) }),
	Int64: integer("int64", 8, true, math.MinInt64, math.MaxInt64, func(b uint64) int64 { return int64(b) }),
	Bool: {
		name: "bool", size: 1, computes: true,
		toInt:   func(b uint64) int64 { return int64(b & 0xff) },
		ofFloat: func(x float64) uint64 { return truth(x != 0) },
		ofInt:   func(x int64) uint64 { return truth(x != 0) },
	},
	Float16: {
		name: "float16", size: 2, float: true,
		toFloat: func(b uint64) float64 { return float64(DecodeFloat16(uint16(b))) },
		ofFloat: func(x float64) uint64 { return uint64(EncodeFloat16(x)) },
		ofInt:   func(x int64) uint64 { return uint64(EncodeFloat16(oddFloat64(x))) },
	},
	BFloat16: {
		name: "bfloat16", size: 2, float: true,
		toFloat: func(b uint64) float64 { return float64(DecodeBFloat16(uint16(b))) },
		ofFloat: func(x float64) uint64 { return uint64(EncodeBFloat16(x)) },
		ofInt:   func(x int64) uint64 { return uint64(EncodeBFloat16(oddFloat64(x))) },
	},
	Float64: {
		name: "float64", size: 8, float: true,
		toFloat: math.Float64frombits, ofFloat: math.Float64bits,
		ofInt: func(x int64) uint64 { return math.Float64bits(float64(x)) },
	},
	Int8:  integer("int8", 1, false, math.MinInt8, math.MaxInt8, func(b uint64) int64 { return int64(int8(b)) }),
	Uint8: integer("uint8", 1, false, 0, math.MaxUint8, func(b uint64) int64 { return int64(uint8(b)) }),
}

// integer is the row of a whole number between low and high. Of floats it takes the part before the point, the nearest of low and high when
// that does not fit, and 0 for NaN; integers wrap around.
func integer(name string, size int, computes bool, low, high int64, value func(bits uint64) int64) dtype {
	return dtype{
		name: name, size: size, computes: computes, toInt: value,
		ofInt: func(x int64) uint64 { return uint64(x) },
		ofFloat: func(x float64) uint64 {
			switch {
			case x != x:
				return 0
			case x <= float64(low):
				return uint64(low)
			case x >= float64(high): // of Int64 that is 2^63, which no int64 reaches
				return uint64(high)
			}
			return uint64(int64(x))
		},
	}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// Valid reports whether there is such a dtype.
func (d DType) Valid() bool { return d < NumDTypes }

// row is the entry of the table. It panics when there is none: an unknown dtype never passes for another.
func (d DType) row() *dtype {
	if !d.Valid() {
		panic(fmt.Sprintf("backend: no dtype %d", uint8(d)))
	}
	return &dtypes[d]
}

// Size is the number of bytes of one element.
func (d DType) Size() int { return d.row().size }

// Float reports whether the elements are floating-point numbers.
func (d DType) Float() bool { return d.row().float }

// Computes reports whether devices compute on such elements; the others they store, copy and convert.
func (d DType) Computes() bool { return d.row().computes }

func (d DType) String() string {
	if !d.Valid() {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Decode is the value of an element with these bits.
func (d DType) Decode(bits uint64) float64 {
	if r := d.row(); r.float {
		return r.toFloat(bits)
	}
	return float64(d.row().toInt(bits))
}

// Encode is the bits of the element that x becomes: the nearest float, of two the even one; the part of x before the point, the nearest
// integer of d when that does not fit, and 0 for NaN; of Bool x != 0.
func (d DType) Encode(x float64) uint64 { return d.mask(d.row().ofFloat(x)) }

// Convert is the bits of the element of d that an element of from with these bits becomes, as Encode does; integers become others by
// wrapping around.
func (d DType) Convert(from DType, bits uint64) uint64 {
	if r := from.row(); r.float {
		return d.mask(d.row().ofFloat(r.toFloat(bits)))
	}
	return d.mask(d.row().ofInt(from.row().toInt(bits)))
}

// mask leaves the bits that an element of d has.
func (d DType) mask(bits uint64) uint64 { return bits & (math.MaxUint64 >> (64 - 8*d.row().size)) }
