package main

import (
	"errors"
	"fmt"
)

type color int

func (c color) String() string { return fmt.Sprint("color", int(c)) }

type point struct {
	X, Y int
	c    color
}
type fault struct{ code int }

func (f fault) Error() string { return fmt.Sprint("fault ", f.code) }

type node struct {
	p    *point
	next *node
}

func main() {
	octets()
	var np *point
	fmt.Printf("%s|%d|%v|%t\n", np, np, np, np)
	fmt.Printf("%s\n", []*point{nil})
	fmt.Printf("%s\n", node{})
	fmt.Printf("none\n", color(1), point{1, 2, 3}, nil, fault{1}, []color{1}, 5)
	fmt.Printf("%v\n", color(1), &point{1, 2, 3})
	fmt.Printf("100%% of %v %%\n", color(1), color(2))
	fmt.Printf("%[2]v %[1]v\n", color(1), color(2), color(3))
	fmt.Printf("%w|%w|%w\n", fault{1}, point{1, 2, 3}, color(1))
	fmt.Println(fmt.Sprintf("%w", errors.New("e")), fmt.Errorf("%w %w", point{1, 2, 3}, fault{2}))
	fmt.Printf("%w", fault{3}, fault{4})
	fmt.Println()
}

type octet uint8

func (o octet) String() string { return fmt.Sprintf("<%d>", uint8(o)) }

func octets() {
	fmt.Printf("%v %s %x %q %d %v\n", []octet{65}, []octet{66}, [2]octet{1, 2}, [1]octet{67}, []octet{68}, [1][1]octet{{69}})
}
