package main

import "fmt"

const (
	A = iota * 10
	B
	_
	D
	E, F = iota, iota + 100
	G, H
)
const (
	KB = 1 << (10 * (iota + 1))
	MB
	GB
)

type Day uint8

const (
	Mon Day = iota + 1
	Tue
	Wed
)

func (d Day) Next() Day { return d%3 + 1 }

const big = 1 << 200
const huge = big * big >> 399
const (
	f1           = 1 / 3.0
	i1           = 7 / 2
	mix          = 7 / 2.0
	str          = "con" + "cat"
	r            = 'a' + 1
	c            = 1 + 2i
	cmp          = 3 < 4 && "a" < "b"
	typed   int8 = -128
	u            = ^uint16(0)
	l            = len("héllo")
	shifted      = 1.0 << 3
)
const Untyped = 1e3

func main() {
	fmt.Println(A, B, D, E, F, G, H, KB, MB, GB)
	fmt.Println(Mon, Tue, Wed, Wed.Next(), Mon.Next().Next())
	fmt.Println(huge, big>>190, f1, i1, mix, str, r, string(rune(r)), c, cmp, typed, u, l, shifted)
	fmt.Printf("%T %T %T %T %T %T\n", r, c, f1, u, shifted, Untyped)
	var i int = Untyped
	var f float32 = Untyped
	var d Day = 'b' - 'a'
	fmt.Println(i, f, d, i/Untyped, 5%3, -5%3, 1<<3|1, 6&^2)
	const local = iota
	const (
		a = iota + local
		b
	)
	fmt.Println(local, a, b)
	var b8 byte = 255
	fmt.Println(b8+1, ^b8, -b8, uint32(1)<<31, int64(-1)<<63)
	var arr [len(str)]int
	fmt.Println(len(arr), cap(arr[:2]))
	x := 10
	var y float64 = 1 << 3
	fmt.Println(1<<x, y, uint8(1)<<7, 07, 0b101, 0o17, 0x_ff, 1_000, 0x1p4, 'é', '\x41', '\u00e9')
}
