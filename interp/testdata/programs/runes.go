package main

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

func isPal(s string) bool {
	r := []rune(s)
	for i := range len(r) / 2 {
		if r[i] != r[len(r)-1-i] {
			return false
		}
	}
	return true
}
func decode(b []byte) (out []rune) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		out = append(out, r)
		b = b[n:]
	}
	return
}
func main() {
	s := "a\u00e9\u4e16\U0001F600\xffz"
	for i, r := range s {
		fmt.Printf("%d:%c:%d ", i, r, utf8.RuneLen(r))
	}
	fmt.Println(len(s), utf8.RuneCountInString(s), utf8.ValidString(s))
	for i := range s {
		fmt.Print(i, " ")
	}
	for range s {
		fmt.Print(".")
	}
	fmt.Println()
	fmt.Println(isPal("été"), isPal("abc"), decode([]byte("é\x80x")), string(decode([]byte("世"))))
	r := []rune(s)
	r[0], r[1] = r[1], r[0]
	fmt.Println(string(r[:3]), len(r), r[4] == utf8.RuneError, utf16.Encode([]rune("😀")))
	b := []byte("日本")
	b[0] = 'x'
	fmt.Println(string(b[:1]), utf8.Valid(b), fmt.Sprintf("%q %+q %x", "日", "日", "日"))
	var e rune
	var k int
	for k, e = range "xy" {
	}
	fmt.Println(k, e, string(e), 'a' < 'b', 'é', "\x41"+string('B'))
	m := map[rune]int{}
	for _, r := range "mississippi" {
		m[r]++
	}
	fmt.Println(m['s'], m['i'], m['z'], len(m))
	switch c := s[0]; {
	case 'a' <= c && c <= 'z':
		fmt.Println("lower", c, string(c-32))
	}
	bs := []byte{}
	bs = append(bs, "héllo"...)
	bs = append(bs, '!', 0x3f)
	fmt.Println(string(bs), len(bs), bs[1], string(bs[1:3]))
}
