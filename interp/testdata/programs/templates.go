package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"
)

type Item struct {
	Name  string
	Price float64
	Tags  []string
}
type rot13 struct{ r io.Reader }

func (r rot13) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i := range p[:n] {
		switch c := p[i]; {
		case c >= 'a' && c <= 'z':
			p[i] = 'a' + (c-'a'+13)%26
		case c >= 'A' && c <= 'Z':
			p[i] = 'A' + (c-'A'+13)%26
		}
	}
	return n, err
}

type counter struct{ n int }

func (c *counter) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }
func main() {
	t := template.Must(template.New("t").Funcs(template.FuncMap{"up": strings.ToUpper, "twice": func(n int) int { return 2 * n }}).Parse(
		"{{range $i, $e := .Items}}{{if $i}}, {{end}}{{$e.Name | up}}={{printf \"%.2f\" $e.Price}}{{with $e.Tags}} {{len .}}{{index . 0}}{{end}}{{end}} {{twice .N}} {{.M.k}}\n"))
	err := t.Execute(os.Stdout, map[string]any{"Items": []Item{{"a", 1.5, []string{"x"}}, {"b", 2, nil}}, "N": 4, "M": map[string]int{"k": 7}})
	fmt.Println(err)
	b, _ := io.ReadAll(rot13{strings.NewReader("Uryyb, Tbcure!")})
	fmt.Println(string(b))
	var c counter
	n, err := io.Copy(io.MultiWriter(&c, io.Discard), io.LimitReader(strings.NewReader("0123456789"), 4))
	fmt.Println(n, err, c.n)
	fmt.Fprintf(&c, "%05d", 42)
	fmt.Println(c.n)
	sc := bufio.NewScanner(strings.NewReader("one two\nthree"))
	sc.Split(bufio.ScanWords)
	for sc.Scan() {
		fmt.Print(sc.Text(), "|")
	}
	fmt.Println(sc.Err())
	br := bufio.NewReader(strings.NewReader("line1\nline2"))
	for {
		l, err := br.ReadString('\n')
		fmt.Printf("%q ", l)
		if err == io.EOF {
			break
		}
	}
	fmt.Println()
	var buf bytes.Buffer
	bw := bufio.NewWriter(&buf)
	fmt.Fprint(bw, "buffered")
	fmt.Print(buf.Len(), " ")
	bw.Flush()
	fmt.Println(buf.Len(), buf.String())
	tw := tabwriter.NewWriter(os.Stdout, 0, 8, 1, '.', 0)
	fmt.Fprintln(tw, "a\tb\tc")
	fmt.Fprintln(tw, "aaa\tbbb\tc")
	tw.Flush()
	pr, pw := io.Pipe()
	go func() { fmt.Fprint(pw, "through the pipe"); pw.Close() }()
	all, _ := io.ReadAll(pr)
	fmt.Println(string(all))
	d := 90*time.Minute + 30*time.Second
	fmt.Println(d, d.Hours(), d.Truncate(time.Hour), time.Duration(1500)*time.Microsecond)
	tm := time.Date(2024, time.February, 29, 13, 4, 5, 0, time.UTC)
	fmt.Println(tm.Format(time.RFC3339), tm.Weekday(), tm.YearDay(), tm.AddDate(1, 0, 0).Format("2006-01-02"), tm.Add(24*time.Hour).Sub(tm))
	p, err := time.Parse("Jan 2, 2006", "Mar 5, 2023")
	fmt.Println(p.Unix(), err, p.Before(tm), tm.Month() == time.February)
	var rd io.Reader = &buf
	_, isW := rd.(io.Writer)
	_, isS := rd.(io.Seeker)
	fmt.Println(isW, isS)
	io.WriteString(os.Stdout, "to stdout\n")
	os.Stdout.WriteString("direct\n")
	w := io.Writer(os.Stdout)
	w.Write([]byte("via writer\n"))
	tr := io.TeeReader(strings.NewReader("tee"), &c)
	io.ReadAll(tr)
	fmt.Println(c.n)
	sr := io.NewSectionReader(strings.NewReader("0123456789"), 2, 5)
	sb, _ := io.ReadAll(sr)
	fmt.Println(string(sb))
}
