package backend

import (
	"math"
	"testing"
)

// half is one of the two 16-bit floats.
type half struct {
	name     string
	dtype    DType
	decode   func(uint16) float32
	encode   func(float64) uint16
	infinity uint16
}

var halves = []half{
	{"float16", Float16, DecodeFloat16, EncodeFloat16, 0x7c00},
	{"bfloat16", BFloat16, DecodeBFloat16, EncodeBFloat16, 0x7f80},
}

// value is the number that the bits stand for, by the definition of the format.
func (h *half) value(bits uint16) float64 {
	fraction := 10
	if h.dtype == BFloat16 {
		fraction = 7
	}
	exponent, frac := int(bits&0x7fff)>>fraction, float64(bits&(1<<fraction-1))
	bias := 1<<(14-fraction) - 1
	size := 0.0
	switch {
	case exponent == 2*bias+1 && frac != 0:
		return math.NaN()
	case exponent == 2*bias+1:
		size = math.Inf(1)
	case exponent == 0:
		size = math.Ldexp(frac, 1-bias-fraction)
	default:
		size = math.Ldexp(1+math.Ldexp(frac, -fraction), exponent-bias)
	}
	if bits>>15 == 1 {
		return -size
	}
	return size
}

// TestHalves tries all 65536 values of both formats: what they decode to, that encoding gives them back, and that the numbers between one
// and the next round to the nearer one, those in the middle to the even one.
func TestHalves(t *testing.T) {
	for _, h := range halves {
		for i := range 1 << 16 {
			bits := uint16(i)
			want, got := h.value(bits), float64(h.decode(bits))
			if math.Float64bits(want) != math.Float64bits(got) && !(math.IsNaN(want) && math.IsNaN(got)) {
				t.Fatalf("%s %#04x is %v, want %v", h.name, bits, got, want)
			}
			back := h.encode(got)
			if back != bits && !(math.IsNaN(want) && math.IsNaN(h.value(back)) && back>>15 == bits>>15) {
				t.Fatalf("%s of %v is %#04x, want %#04x", h.name, got, back, bits)
			}
			if c := Float32.Convert(h.dtype, uint64(bits)); math.Float32frombits(uint32(c)) != float32(want) && !math.IsNaN(want) {
				t.Fatalf("%s %#04x converts to %#x", h.name, bits, c)
			}
			if bits&0x7fff < h.infinity {
				h.between(t, bits)
			}
		}
	}
}

// between tries the numbers from a finite value to the next one away from zero.
func (h *half) between(t *testing.T, bits uint16) {
	low, high := h.value(bits), h.value(bits+1)
	if math.IsInf(high, 0) { // where it would be, had the format one more
		high = low + (low - h.value(bits-1))
	}
	middle := low + (high-low)/2
	even := bits + bits&1
	for _, c := range []struct {
		x    float64
		want uint16
	}{
		{middle, even},
		{math.Nextafter(middle, low), bits},
		{math.Nextafter(middle, high), bits + 1},
		{low + (high-low)/4, bits},
		{high - (high-low)/4, bits + 1},
	} {
		if got := h.encode(c.x); got != c.want {
			t.Fatalf("%s of %v is %#04x, want %#04x of %#04x and the next", h.name, c.x, got, c.want, bits)
		}
	}
}

// TestConvert: from each dtype to each, where it is not plain what becomes of a number.
func TestConvert(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		to, from DType
		x, want  float64
	}{
		{Int32, Float32, 2.9, 2}, {Int32, Float64, -2.9, -2}, {Int64, Float16, -0.5, 0},
		{Int32, Float32, 3e9, math.MaxInt32}, {Int32, Float32, -inf, math.MinInt32}, {Int32, Float32, nan, 0},
		{Int64, Float64, 1e300, math.MaxInt64}, {Int64, Float32, -1e30, math.MinInt64},
		{Uint8, Float32, 300, 255}, {Uint8, Float32, -3, 0}, {Int8, BFloat16, 200, 127}, {Int8, Float64, -200, -128},
		{Uint8, Int32, -1, 255}, {Int8, Int64, 200, -56}, {Int32, Int64, 1 << 33, 0}, {Int64, Int8, -7, -7}, {Int32, Uint8, 200, 200},
		{Bool, Float32, 0.1, 1}, {Bool, Float64, nan, 1}, {Bool, Int8, -3, 1}, {Bool, Float16, 0, 0}, {Float16, Bool, 1, 1},
		{Float16, Float32, 1e6, inf}, {BFloat16, Float64, 1e300, inf}, {Float16, Float64, -1e-300, math.Copysign(0, -1)},
		{Float16, Int64, 2049, 2048}, {Float16, Int32, 2051, 2052}, {BFloat16, Uint8, 255, 255}, {BFloat16, Int32, 257, 256},
		{Float32, Float64, 1 + 1e-12, 1}, {Float64, Float32, 0.5, 0.5}, {Float64, Int64, -5, -5},
	} {
		got := c.to.Decode(c.to.Convert(c.from, c.from.Encode(c.x)))
		if math.Float64bits(got) != math.Float64bits(c.want) {
			t.Errorf("%v %v as %v is %v, want %v", c.from, c.x, c.to, got, c.want)
		}
	}
	if x := int64(1)<<62 + 1<<54 + 1; BFloat16.Convert(Int64, uint64(x)) != BFloat16.Convert(Int64, uint64(x+1<<50)) {
		t.Errorf("int64 %d as bfloat16 is rounded twice", x)
	}
}

func TestUnknownDType(t *testing.T) {
	for name, f := range map[string]func(){
		"Size":     func() { NumDTypes.Size() },
		"Computes": func() { NumDTypes.Computes() },
		"Float":    func() { DType(77).Float() },
		"Convert":  func() { Float32.Convert(77, 0) },
		"Encode":   func() { DType(255).Encode(1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of an unknown dtype does not panic", name)
				}
			}()
			f()
		}()
	}
	if s := DType(77).String(); s != "DType(77)" {
		t.Errorf("it prints as %q", s)
	}
}
