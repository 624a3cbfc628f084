package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type Str string
type Bytes []byte
type Runes []rune

func (s Str) Up() Str { return Str(strings.ToUpper(string(s))) }

func main() {
	s := "héllo, 世界\x00\xff"
	fmt.Println(len(s), utf8.RuneCountInString(s), utf8.ValidString(s), []byte(s[:3]), s[1], s[1:3])
	fmt.Printf("%q %+q %x % x %#x %U %c\n", s, s, "hi", "hi", "hi", '世', 0x4E16)
	b := []byte(s)
	b[0] = 'H'
	fmt.Println(s[0], b[0], string(b[:1]), string([]rune{72, 0x10FFFF + 1, -1, 0xD800}))
	r := []rune("añ")
	r[0]++
	fmt.Println(string(r), len(r), cap(r[:1]) >= 1, string(rune(65)), string(r[1]))
	var st Str = "abc"
	fmt.Println(st.Up(), st[1:].Up(), st+"d", len(st), string(st[0]), Str([]byte("x")), Str(Runes{0x41}), []byte(st), Bytes("q"))
	bs := Bytes("xyz")
	fmt.Println(string(bs), bs, string(bs[1]), strings.Repeat("ab", 3))
	fmt.Println("a" < "b", "a" < "B", "abc" < "abd", "" < "a", "é" > "z", s == s[:], "a"+"b" == "ab")
	x := "a"
	x += "b"
	y := x
	x += "c"
	fmt.Println(x, y, x > y)
	raw := `raw\n "q"
second`
	fmt.Println(raw, len(raw), "\u00e9\U0001F600\t\x41\101\\\"", '\'', "\a\b\f\v"[2])
	for i, w := range strings.Fields("  the quick  fox ") {
		fmt.Print(i, w, ";")
	}
	fmt.Println(strings.Split("a,b,,c", ","), strings.SplitN("a,b,c", ",", 2), len(strings.Split("", ",")), strings.TrimFunc("123abc456", unicode.IsDigit))
	before, after, ok := strings.Cut("k=v=w", "=")
	fmt.Println(before, after, ok, strings.Title("go lang"), strings.Map(func(r rune) rune {
		if r == 'a' {
			return -1
		}
		return unicode.ToUpper(r)
	}, "banana"))
	fmt.Println(strings.EqualFold("Straße", "STRASSE"), strings.Contains("seafood", "foo"), strings.LastIndex("go gopher", "go"), strings.IndexFunc("abc1", unicode.IsDigit), strings.NewReplacer("a", "1", "b", "2").Replace("abc"))
	var sb strings.Builder
	for i := 3; i > 0; i-- {
		fmt.Fprintf(&sb, "%d...", i)
	}
	sb.WriteByte('!')
	sb.WriteRune('世')
	sb.WriteString("end")
	fmt.Println(sb.String(), sb.Len())
	var buf bytes.Buffer
	buf.WriteString("hello ")
	buf.Write([]byte("world\nline two\n"))
	line, err := buf.ReadString('\n')
	fmt.Printf("%q %v %q\n", line, err, buf.String())
	fmt.Println(bytes.Equal([]byte("a"), []byte{'a'}), bytes.ToUpper([]byte("up")), string(bytes.Join([][]byte{[]byte("x"), []byte("y")}, []byte("-"))))
	app := append([]byte("abc"), "def"...)
	n := copy(app[1:], "ZZ")
	fmt.Println(string(app), n)
	rev := []rune("stressed")
	for i, j := 0, len(rev)-1; i < j; i, j = i+1, j-1 {
		rev[i], rev[j] = rev[j], rev[i]
	}
	fmt.Println(string(rev))
	counts := map[rune]int{}
	for _, c := range "mississippi" {
		counts[c]++
	}
	fmt.Println(counts, counts['s'])
	for i := 0; i < len("aé"); i++ {
		fmt.Printf("%d:%x ", i, "aé"[i])
	}
	rr, size := utf8.DecodeRuneInString("\xff")
	fmt.Println(rr == utf8.RuneError, size, utf8.AppendRune(nil, 'é'))
	const c = "const"
	fmt.Println(c[1], len(c), c[1:3], len([3]int{}))
	switch s := "b" + "c"; s {
	case "bc":
		fmt.Println("matched", s)
	}
	fmt.Println(strings.Compare("a", "b"), strings.Count("cheese", "e"), strings.Count("abc", ""), strings.HasPrefix("golang", "go"))
	for part := range strings.SplitSeq("x-y-z", "-") {
		fmt.Print(part, " ")
	}
	for l := range strings.Lines("one\ntwo") {
		fmt.Printf("%q ", l)
	}
	fmt.Println()
	type pair struct {
		k string
		v []byte
	}
	p := pair{"k", []byte("v")}
	q := p
	q.k += "2"
	q.v[0] = 'w'
	fmt.Printf("%v %s %q %+v\n", p, p, q, q)
	fmt.Printf("%5s|%-5s|%.2s|%5.1s|%05d|%x|%X\n", "ab", "ab", "abc", "xyz", 42, []byte("az"), "az")
	fmt.Printf("%s %v %d\n", []string{"a b", "c"}, []string{"a b"}, []byte("ab"))
	fmt.Printf("%t %v %p %%\n", true, false, nil)
	fmt.Printf("%!|%z|%d\n", 1)
	fmt.Printf("%d %s\n", "str", 5)
	fmt.Printf("%[2]d %[1]d %d\n", 1, 2)
	fmt.Printf("%*d|%-*d|\n", 5, 1, 5, 2)
	fmt.Println(fmt.Sprint("a", 1, 2, "b", "c", 3.0, nil, 'x'), fmt.Sprintln("a", 1))
}
