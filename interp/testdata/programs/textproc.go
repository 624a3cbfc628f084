package main

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

type word struct {
	text string
	n    int
}

func freq(s string) (out []word) {
	m := map[string]int{}
	sc := bufio.NewScanner(strings.NewReader(s))
	sc.Split(bufio.ScanWords)
	for sc.Scan() {
		m[strings.ToLower(strings.TrimFunc(sc.Text(), func(r rune) bool { return !unicode.IsLetter(r) }))]++
	}
	for t, n := range m {
		out = append(out, word{t, n})
	}
	slices.SortFunc(out, func(a, b word) int { return cmp.Or(-cmp.Compare(a.n, b.n), cmp.Compare(a.text, b.text)) })
	return
}
func main() {
	for _, w := range freq("The cat, the dog; THE end. Cat!") {
		fmt.Printf("%-5s%d|", w.text, w.n)
	}
	fmt.Println()
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	s := "ann@site.com, bob@corp.com"
	fmt.Println(re.FindStringSubmatch(s), re.FindAllString(s, -1), re.ReplaceAllString(s, "$2:$1"))
	fmt.Println(re.ReplaceAllStringFunc(s, func(m string) string { return strings.ToUpper(m[:3]) }), re.MatchString("x"))
	rd := csv.NewReader(strings.NewReader("a,b\n1,\"x,y\"\n"))
	rows, err := rd.ReadAll()
	fmt.Println(rows, len(rows[1]), err)
	fmt.Println(hex.EncodeToString([]byte("hi")), base64.StdEncoding.EncodeToString([]byte("hello")))
	b, err := hex.DecodeString("zz")
	fmt.Println(b, err)
	var sb strings.Builder
	w := csv.NewWriter(&sb)
	w.Write([]string{"q\"uote", "pl ain"})
	w.Flush()
	fmt.Print(sb.String())
	out := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return '_'
		}
		return unicode.ToTitle(r)
	}, "a b\tc")
	fmt.Println(out, strings.Replace("aaa", "a", "b", 2), strings.Fields(" x  y "))
}
