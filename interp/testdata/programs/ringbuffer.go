package main

import (
	"errors"
	"fmt"
	"io"
)

type Ring struct {
	buf        []byte
	r, w, size int
}

var ErrFull = errors.New("ring: full")

func (r *Ring) Write(p []byte) (n int, err error) {
	for _, b := range p {
		if r.size == len(r.buf) {
			return n, ErrFull
		}
		r.buf[r.w] = b
		r.w = (r.w + 1) % len(r.buf)
		r.size++
		n++
	}
	return
}
func (r *Ring) Read(p []byte) (n int, err error) {
	if r.size == 0 {
		return 0, io.EOF
	}
	for n < len(p) && r.size > 0 {
		p[n] = r.buf[r.r]
		r.r = (r.r + 1) % len(r.buf)
		r.size--
		n++
	}
	return
}

type upper struct{ io.Writer }

func (u upper) Write(p []byte) (int, error) {
	q := make([]byte, len(p))
	for i, b := range p {
		if b >= 'a' && b <= 'z' {
			b -= 32
		}
		q[i] = b
	}
	return u.Writer.Write(q)
}

type countReader struct {
	io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

type closer struct{ closed *bool }

func (c closer) Close() error { *c.closed = true; return nil }
func main() {
	r := &Ring{buf: make([]byte, 8)}
	n, err := fmt.Fprint(r, "hello")
	fmt.Println(n, err, r.size)
	n, err = io.WriteString(upper{r}, " world")
	fmt.Println(n, err, errors.Is(err, ErrFull))
	b := make([]byte, 3)
	k, err := r.Read(b)
	fmt.Println(k, err, string(b))
	cr := &countReader{Reader: r}
	rest, err := io.ReadAll(cr)
	fmt.Printf("%q %v %d\n", rest, err, cr.n)
	_, err = r.Read(b)
	fmt.Println(err == io.EOF, err)
	closed := false
	var rc io.ReadCloser = struct {
		io.Reader
		io.Closer
	}{cr, closer{&closed}}
	fmt.Println(rc.Close(), closed)
	_, isW := any(r).(io.ReadWriter)
	fmt.Println(isW)
	fmt.Fscan(io.MultiReader(r, &Ring{buf: []byte("42 7"), size: 4}), &n, &k)
	fmt.Println(n, k)
}
