package main

import (
	"fmt"
	"math"
	"math/bits"
)

func wrap() {
	var i8 int8 = 127
	i8++
	var u8 uint8 = 0
	u8--
	var i16 int16 = math.MaxInt16
	i16 += 2
	var u16 uint16 = 3
	u16 -= 5
	var i32 int32 = math.MinInt32
	i32--
	var u32 uint32 = 1 << 31
	u32 *= 2
	var i64 int64 = math.MaxInt64
	i64++
	var u64 uint64
	u64--
	fmt.Println(i8, u8, i16, u16, i32, u32, i64, u64)
	a, b := int8(-128), int8(-1)
	fmt.Println(a/b, a%b, -a, a*b, ^a)
	x, y := uint8(200), uint8(100)
	fmt.Println(x+y, x*y, y-x, x<<1, x>>3, ^x, x&^y, x^y, x|y, x&y)
	fmt.Println(int8(x), uint16(b), uint32(a), int64(u64), uint8(u32+257), int32(math.MaxUint32&u64))
}

func shifts() {
	n := uint(70)
	one := 1
	fmt.Println(one<<n, uint8(1)<<7, int8(one)<<7>>7, -8>>1, -8>>n, uint32(0xffffffff)>>31)
	var s8 int8 = 5
	fmt.Println(1<<s8, int64(1)<<40, uint64(1)<<63)
	var u8 uint8 = 0xf0
	u8 <<= 2
	fmt.Println(u8)
	u8 >>= 7
	fmt.Println(u8)
	var w int64 = -1
	w >>= 63
	fmt.Println(w, uint64(w)>>60)
	defer func() { fmt.Println(recover()) }()
	m := -1
	fmt.Println(1 << m)
}

func division() {
	for _, p := range [][2]int{{7, 2}, {-7, 2}, {7, -2}, {-7, -2}} {
		fmt.Print(p[0]/p[1], " ", p[0]%p[1], "; ")
	}
	var u uint = 7
	fmt.Println(u/2, u%4, math.MinInt64/-1 == math.MinInt64+0*len("x"))
	mi := math.MinInt64
	fmt.Println(mi/-1, mi%-1)
}

func popcounts() {
	x := uint32(0xdeadbeef)
	n := 0
	for v := x; v != 0; v &= v - 1 {
		n++
	}
	fmt.Println(n, bits.OnesCount32(x), bits.LeadingZeros32(1), bits.TrailingZeros64(8), bits.Reverse8(0x12), bits.Len(255))
	hi, lo := bits.Mul64(1<<63, 6)
	fmt.Println(hi, lo)
	sum, carry := bits.Add64(math.MaxUint64, 1, 0)
	fmt.Println(sum, carry)
	fmt.Printf("%b %o %x %X %#x %08b %+d\n", 10, 10, 255, 255, 255, 5, 7)
	isPow := func(v uint) bool { return v != 0 && v&(v-1) == 0 }
	fmt.Println(isPow(64), isPow(65))
	a, b := 5, 9
	a ^= b
	b ^= a
	a ^= b
	fmt.Println(a, b)
	h := uint32(2166136261)
	for _, c := range []byte("hash me") {
		h ^= uint32(c)
		h *= 16777619
	}
	fmt.Println(h)
	r := uint64(88172645463325252)
	for range 3 {
		r ^= r << 13
		r ^= r >> 7
		r ^= r << 17
	}
	fmt.Println(r, r%1000)
}

type flags uint8

const (
	A flags = 1 << iota
	B
	C
	_
	D
)

func (f flags) has(g flags) bool { return f&g != 0 }
func (f *flags) set(g flags)     { *f |= g }
func (f *flags) clear(g flags)   { *f &^= g }

func main() {
	wrap()
	shifts()
	division()
	popcounts()
	var f flags
	f.set(A | D)
	f.set(C)
	f.clear(A)
	fmt.Println(f, f.has(A), f.has(C), f.has(D), A, B, C, D)
	var arr [4]uint8
	for i := range arr {
		arr[i] -= uint8(i + 1)
		arr[i]++
	}
	fmt.Println(arr)
	m := map[string]int8{}
	for range 130 {
		m["x"]++
	}
	m["y"]--
	m["z"] += 100
	m["z"] += 100
	fmt.Println(m)
	type T struct{ n uint16 }
	t := T{65535}
	t.n++
	p := &t
	p.n--
	p.n *= 2
	fmt.Println(t)
	var r rune = 'a'
	r += 'b' - 'a'
	var by byte = 'z'
	by++
	fmt.Println(r, string(r), by, string(rune(by)))
	const big = 1 << 100
	fmt.Println(big>>98, float64(big), uint64(big>>40))
	var up uintptr = 10
	fmt.Println(up-11 > 0)
}
