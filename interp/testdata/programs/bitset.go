package main

import (
	"fmt"
	"math/bits"
	"strings"
)

type Set []uint64

func (s *Set) Add(ns ...int) {
	for _, n := range ns {
		for n/64 >= len(*s) {
			*s = append(*s, 0)
		}
		(*s)[n/64] |= 1 << (n % 64)
	}
}
func (s Set) Has(n int) bool { return n/64 < len(s) && s[n/64]&(1<<uint(n%64)) != 0 }
func (s Set) Len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return
}
func (s Set) Each(yield func(int) bool) {
	for i, w := range s {
		for w != 0 {
			if !yield(i*64 + bits.TrailingZeros64(w)) {
				return
			}
			w &= w - 1
		}
	}
}
func (s Set) String() string {
	var parts []string
	for n := range s.Each {
		parts = append(parts, fmt.Sprint(n))
	}
	return "{" + strings.Join(parts, " ") + "}"
}
func crc(data string) uint32 {
	c := ^uint32(0)
	for i := range len(data) {
		c ^= uint32(data[i])
		for range 8 {
			if c&1 == 1 {
				c = c>>1 ^ 0xEDB88320
			} else {
				c >>= 1
			}
		}
	}
	return ^c
}
func gray(n uint) uint          { return n ^ n>>1 }
func rotl(x uint8, k int) uint8 { return x<<k | x>>(8-k) }
func isqrt(n uint64) (r uint64) {
	for b := uint64(1) << 31; b > 0; b >>= 1 {
		if t := r | b; t*t <= n {
			r = t
		}
	}
	return
}

type rng struct{ s uint64 }

func (r *rng) next() uint32 {
	old := r.s
	r.s = old*6364136223846793005 + 1442695040888963407
	x := uint32(((old >> 18) ^ old) >> 27)
	rot := uint32(old >> 59)
	return x>>rot | x<<(-rot&31)
}
func main() {
	var s Set
	s.Add(1, 5, 64, 200)
	fmt.Println(s, s.Len(), s.Has(64), s.Has(65), s.Has(1000))
	for n := range s.Each {
		if n > 5 {
			fmt.Println("first over 5:", n)
			break
		}
	}
	fmt.Printf("%08x %08x\n", crc("hello"), crc(""))
	for i := range uint(6) {
		fmt.Printf("%03b ", gray(i))
	}
	fmt.Println(rotl(0x81, 1), isqrt(1<<40+5), isqrt(99))
	r := &rng{42}
	for range 4 {
		fmt.Print(r.next(), " ")
	}
	var h uint64 = 14695981039346656037
	for _, b := range []byte("fnv") {
		h = (h ^ uint64(b)) * 1099511628211
	}
	fmt.Println(h, int32(h), int8(h>>56), uint16(^h))
	x := int16(-12345)
	fmt.Println(x>>3, uint16(x)>>3, x<<4, -x, ^x, x&0xff, x%100, x/100, uint8(x))
}
