package main

import (
	"fmt"
	"math"
	"time"
)

type Bits uint8

const (
	A Bits = 1 << iota
	B
	_
	D
)

const (
	KB = 1 << (10 * (iota + 1))
	MB
)

const huge = 1 << 100

func main() {
	fmt.Println(A, B, D, A|D, KB, MB, huge>>98)
	var f32 float32 = 0.1
	fmt.Println(f32*3, float64(f32), 1/3.0, math.Pi)
	fmt.Println(math.MaxInt64, uint64(math.MaxUint64), math.MinInt64)
	d := 1500 * time.Millisecond
	fmt.Println(d, d.Seconds(), time.Duration(2)*time.Second)
	var i8 int8 = 127
	n8, f64 := 200, 2.9
	i8++
	var u uint = 0
	u--
	fmt.Println(i8, u == math.MaxUint, -7>>1, uint8(n8)+100)
	c := complex(1, 2)
	fmt.Println(c*c, real(c), imag(c), 'a', "\u00e9", `raw\n`, "tab\tq\"")
	fmt.Println(7/2, 7/2.0, 7%3, 1e3, 0x1F, 0b101, 0o17, 1_000)
	n := 3
	fmt.Println(1<<n, 1.0*float64(n), n&1 == 1, ^n, -n)
	r := []rune("héllo")
	fmt.Println(len(r), string(r[1]), string([]byte{65, 66}), []byte("hi"))
	fmt.Println(math.NaN() == math.NaN(), math.Inf(1) > 1e308, min(2, 1.5), int(f64), int64(-2.9*float64(n)))
}
