package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
func caesar(s string, k int) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLower(r):
			return 'a' + (r-'a'+rune(k)+26)%26
		case unicode.IsUpper(r):
			return 'A' + (r-'A'+rune(k)+26)%26
		}
		return r
	}, s)
}
func rle(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		b.WriteString(strconv.Itoa(j - i))
		b.WriteByte(s[i])
		i = j
	}
	return b.String()
}
func lev(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := []int{i}
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur = append(cur, min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost))
		}
		prev = cur
	}
	return prev[len(b)]
}
func roman(n int) (s string) {
	for _, r := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.v {
			s += r.s
			n -= r.v
		}
	}
	return
}
func main() {
	fmt.Println(reverse("héllo, 世界"), caesar("Hello, World!", 3), caesar(caesar("abcxyz", 5), -5), rle("aaabccd"), lev("kitten", "sitting"), roman(1994))
	for _, q := range []string{"42", "-1", "abc", "99999999999999999999", "0x1f", ""} {
		n, err := strconv.Atoi(q)
		fmt.Println(n, err)
	}
	fmt.Println(strconv.ParseInt("-ff", 16, 64))
	fmt.Println(strconv.ParseBool("true"))
	fmt.Println(strconv.Quote("tab\t\"é\""), strconv.FormatInt(-255, 2), strconv.AppendInt(nil, 7, 10), strconv.FormatFloat(1.5, 'e', 3, 64))
	u, err := strconv.Unquote(`"a\nb"`)
	fmt.Printf("%q %v\n", u, err)
	words := strings.FieldsFunc("a1b2,c3", func(r rune) bool { return !unicode.IsLetter(r) })
	fmt.Println(words, len(words), strings.Join(words, "+"))
	counts := map[string]int{}
	for w := range strings.FieldsSeq("the cat the dog the end") {
		counts[w]++
	}
	fmt.Println(counts)
}
