package main

import (
	"fmt"
	"math"
	"time"
)

type Weekday int

const (
	Sunday Weekday = iota
	Monday
)

func (d Weekday) String() string { return [...]string{"Sun", "Mon"}[d] }

type Size uint64

const (
	_       = iota
	KB Size = 1 << (10 * iota)
	MB
)

func (s Size) String() string {
	switch {
	case s >= MB:
		return fmt.Sprintf("%.1fMB", float64(s)/float64(MB))
	case s >= KB:
		return fmt.Sprintf("%.1fKB", float64(s)/float64(KB))
	}
	return fmt.Sprintf("%dB", uint64(s))
}

type Perm uint8

const (
	R Perm = 1 << iota
	W
	X
	All = R | W | X
)
const timeout = 3 * time.Second
const huge = 1 << 62
const fl = huge * 4.0
const (
	a, b = iota, -iota
	c, d
	e, f
)

func main() {
	fmt.Println(Sunday, Monday, []Weekday{1, 0}, map[Weekday]int{Monday: 1}, KB, MB*3/2, Size(12))
	fmt.Printf("%d %v %s %x %T %q\n", Monday, Monday, Monday, Monday, Monday, Monday)
	fmt.Println(All, All&^W, R|X, X>>1 == W, timeout, timeout/2, timeout.Seconds(), time.Duration(1.5*float64(time.Second)))
	fmt.Println(huge, fl, math.MaxUint32, math.MinInt64, uint64(math.MaxUint64), a, b, c, d, e, f)
	var x uint8 = 1<<8 - 1
	var y = 'a' * 2
	var z = 1.0 * 3
	const h = len([10]int{}) + cap([3]string{})
	fmt.Println(x, y, z, h, -5/2, -5%2, 5.0/2, 1e2, 7.0/2 == 3.5)
	const big = 1 << 100 / 3
	fmt.Println(big>>90, float32(big), big%1000)
	switch Weekday(1) {
	case Sunday:
		fmt.Println("sun")
	case Monday:
		fmt.Println("mon")
	}
	var u8 uint8 = 200
	const k = 100
	fmt.Println(u8+k, u8-k-k-k, u8*2, k-u8)
	fmt.Println("a"+"b" < "b", "x" == string('x'), len("日本"), "日本"[1], 'x'-'0')
	fmt.Println(time.March, time.Month(5), time.Saturday, time.UTC, time.Unix(0, 0).UTC().Year())
	const s = "const" + " " + "string"
	fmt.Println(s[2:5], len(s), s > "c", complex(1, 2)*2i, real(3+4i), 0x1p-2)
}
