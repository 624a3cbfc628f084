package main

import (
	"fmt"
	"math"
	"math/cmplx"
	"strconv"
)

func main() {
	zero := 0.0
	inf, nan, negz := 1/zero, zero/zero, math.Copysign(0, -1)
	fmt.Println(inf, -inf, nan, negz, 1/negz, nan == nan, nan != nan, nan < 1, inf > math.MaxFloat64)
	fmt.Println(inf-inf, inf*0, math.IsNaN(math.Sqrt(-1)), math.Inf(-1), zero == negz)
	var f32 float32 = 16777216
	fmt.Println(f32+1 == f32, float32(0.1), float64(float32(0.1)), f32/3, float32(1)/3)
	fmt.Println(0.1+0.2, 1e100, 1e-7, 123456789.0, 1e21, 1e20, float32(1e10), 100000.0, 3.0)
	x := 0.1
	y := 0.2
	fmt.Println(x+y, x*3, x+y == 0.3, 0.1+0.2 == 0.3)
	fmt.Println(int(x*39.9), int(-x*39.9), int64(x*100), uint8(int(x*3007)), math.Trunc(-2.5), math.Round(2.5), math.RoundToEven(2.5), math.Floor(-0.5))
	fmt.Printf("%f %.2f %8.3f|%-8.1f|%e %g %G %08.3f %+.1f %x\n", 3.14159, 2.5, 2.0, 1.5, 12345.678, 1e-10, 1e20, -3.14159, 2.0, 1.0)
	fmt.Printf("%v %6.2f%% %5t %q\n", float32(2.5), 99.5, true, "x")
	c := complex(1, 2)
	d := 3 - 4i
	fmt.Println(c+d, c*d, c/d, c-d, -c, real(c), imag(d), c == complex(1, 2), cmplx.Abs(d), c != d)
	var c64 complex64 = complex64(c)
	c64 *= 2i
	fmt.Println(c64, real(c64), fmt.Sprintf("%T %T %.1f", c64, real(c64), c))
	c += 1
	c *= c
	fmt.Println(c, cmplx.Sqrt(-1), cmplx.Exp(1i*math.Pi))
	z := [2]complex128{1i, 2}
	z[0] *= 1i
	fmt.Println(z, map[complex128]string{-1 + 0i: "minus one"}[z[0]])
	m := map[float64]string{}
	m[nan] = "a"
	m[nan] = "b"
	m[0.0] = "zero"
	m[negz] = "negzero"
	_, ok := m[nan]
	fmt.Println(len(m), ok, m[0])
	clear(m)
	fmt.Println(len(m), min(1.5, nan), max(nan, 1), min(zero, negz), max(negz, zero), min(2, 1.5), max(3, 2, 7.5, 1))
	const h = 1.0 / 3
	var hf float32 = h
	fmt.Println(h, hf, h*3 == 1, math.Pi, float32(math.Pi))
	sum := 0.0
	for i := range 10 {
		sum += 1 / float64(i+1)
	}
	fmt.Println(sum)
	var s32 float32
	for range 10 {
		s32 += 0.1
	}
	fmt.Println(s32, float64(s32) == 1)
	for _, s := range []string{"1.5", "1e400", "x", "inf", "0x1p-2", "1_000.5", " 1"} {
		v, err := strconv.ParseFloat(s, 64)
		fmt.Println(v, err)
	}
	fmt.Println(math.Float64bits(1.5), math.Float32bits(-2), math.MaxInt64, uint64(math.MaxUint64), math.SmallestNonzeroFloat64)
	frac, exp := math.Frexp(12.5)
	ip, fp := math.Modf(-3.25)
	fmt.Println(frac, exp, ip, fp, math.Mod(7, -3), math.Remainder(7, 4), math.Hypot(3, 4), math.FMA(2, 3, 4))
	x /= 0.3
	x -= 1
	x++
	fmt.Println(x, -x, +x)
	newton := func(n float64) float64 {
		g := n
		for math.Abs(g*g-n) > 1e-12 {
			g = (g + n/g) / 2
		}
		return g
	}
	fmt.Println(newton(2), newton(1e10))
	var i interface{} = float32(1.5)
	_, is64 := i.(float64)
	v32, is32 := i.(float32)
	fmt.Println(is64, is32, v32*2, i == float32(1.5), i == 1.5)
	big := 1e300
	fmt.Println(big*big, -big*big, float32(big), int64(float32(1<<24)))
}
