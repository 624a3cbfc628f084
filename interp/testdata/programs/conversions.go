package main

import "fmt"

type A struct {
	X int `json:"x"`
	Y string
}
type B struct {
	X int
	Y string
}
type Celsius float64
type Fahrenheit float64

func (c Celsius) F() Fahrenheit { return Fahrenheit(c*9/5 + 32) }

type IntSlice []int
type Fn func(int) int
type Runes []rune

func main() {
	a := A{1, "y"}
	b := B(a)
	c := struct {
		X int
		Y string
	}(b)
	pb := (*B)(&a)
	pb.X = 9
	fmt.Println(a, b, c, *pb, Celsius(100).F())
	f := 3.99
	n := -7
	fmt.Println(int(f), int(-f), uint8(n), int8(200+n*0+100), float32(f), uint(int8(n)), int64(float64(1<<53)))
	s := IntSlice([]int{1, 2})
	plain := []int(s)
	plain[0] = 50
	fmt.Println(s, Fn(func(i int) int { return i + 1 })(2), string(Runes{65, 66}), []byte("é"), []rune("é"), string([]byte{104, 105}))
	var i any = s
	_, isS := i.(IntSlice)
	_, isP := i.([]int)
	fmt.Println(isS, isP, string(rune(n+72)), float64(n)/2, n/2, n>>1, uint32(n)>>28)
	const k = 10
	var d float64 = k / 4
	var e float64 = k / 4.0
	fmt.Println(d, e, k/4*1.0, 1/2.0+1/2)
	arr := [2]int(plain)
	parr := (*[1]int)(plain)
	parr[0]++
	fmt.Println(arr, *parr, plain)
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println([3]int(plain))
	}()
	x := complex64(complex(1, 2))
	fmt.Println(real(x), imag(complex128(x)), bool(true), byte('a'), rune(byte(200)))
	var u8 uint8 = 255
	var i8 = int8(u8)
	fmt.Println(i8, uint16(i8), int(u8)+1, uint8(u8+1), ^u8, -i8)
	ch := make(chan int, 1)
	var ro <-chan int = ch
	var so chan<- int = ch
	so <- 4
	fmt.Println(<-ro)
}
