package main

import (
	"fmt"
	"strings"
	"time"
)

type Server struct {
	addr    string
	timeout time.Duration
	tags    []string
	hook    func(string) string
}
type Option func(*Server) error

func Timeout(d time.Duration) Option {
	return func(s *Server) error {
		if d < 0 {
			return fmt.Errorf("timeout %v", d)
		}
		s.timeout = d
		return nil
	}
}
func Tags(ts ...string) Option {
	return func(s *Server) error { s.tags = append(s.tags, ts...); return nil }
}
func New(addr string, opts ...Option) (*Server, error) {
	s := &Server{addr: addr, timeout: time.Second, hook: strings.ToUpper}
	for i, o := range opts {
		if err := o(s); err != nil {
			return nil, fmt.Errorf("option %d: %w", i, err)
		}
	}
	return s, nil
}

type Middleware func(Handler) Handler
type Handler func(string) string

func chain(h Handler, ms ...Middleware) Handler {
	for i := len(ms) - 1; i >= 0; i-- {
		h = ms[i](h)
	}
	return h
}
func tag(t string) Middleware {
	return func(next Handler) Handler {
		return func(s string) string { return "<" + t + ">" + next(s) + "</" + t + ">" }
	}
}

type Builder struct{ parts []string }

func (b *Builder) Select(cols ...string) *Builder {
	b.parts = append(b.parts, "SELECT "+strings.Join(cols, ","))
	return b
}
func (b *Builder) Where(c string, args ...any) *Builder {
	b.parts = append(b.parts, "WHERE "+fmt.Sprintf(c, args...))
	return b
}
func (b Builder) String() string { return strings.Join(b.parts, " ") }
func main() {
	s, err := New(":80", Tags("a", "b"), Timeout(3*time.Second), Tags())
	fmt.Println(s.addr, s.timeout, s.tags, s.hook("x"), err)
	_, err = New("", Timeout(-1))
	fmt.Println(err)
	fmt.Println(chain(strings.ToUpper, tag("b"), tag("i"))("text"))
	fmt.Println((&Builder{}).Select("a", "b").Where("x > %d", 5), Builder{})
	ops := map[string]func(float64, float64) (float64, error){
		"div": func(a, b float64) (float64, error) {
			if b == 0 {
				return 0, fmt.Errorf("div %v by zero", a)
			}
			return a / b, nil
		},
	}
	fmt.Println(ops["div"](1, 4))
	fmt.Println(ops["div"](1, 0))
	if f, ok := ops["none"]; !ok {
		fmt.Println(f == nil)
	}
}
