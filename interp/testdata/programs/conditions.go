package main

import "fmt"

type point struct{ x, y int }

func (p point) far() bool { return p.x*p.x+p.y*p.y > 100 }

type flag bool

func say(what string, b bool) bool {
	fmt.Print(what, " ")
	return b
}

func far(p point) bool { return p.far() }

// Composite literals in either operand of && and ||, however deep, and in the conditions of statements.
func operands() {
	a, b := point{1, 2}, &point{20, 0}
	fmt.Println(a == point{1, 2} || say("no", true))
	fmt.Println(point{20, 0}.far() && say("yes", false))
	fmt.Println(say("yes", false) || a == point{1, 2} && far(point{30, 0}))
	fmt.Println((&point{1, 2} == b) || !far(point{0, 1}), [2]uint8{51})
	fmt.Println(len([]point{{1, 1}}) == 1 && len(map[string]point{"k": {}}) == 1 && [1]point{{2, 3}}[0].y == 3 || say("no", false))
	fmt.Println(flag(point{1, 1} == a) || flag(say("yes", true)))
	fmt.Println(!(far(point{1, 0}) || far(point{11, 0})) || func(p point) bool { return p.far() && say("in", true) }(point{50, 1}))
}

func statements() (n int) {
	defer func() { n += 100 }()
	for i := 0; i < 20 && !far(point{i, 0}) || far(point{0, -i}) && i < 13; i++ {
		if far(point{i, 1}) || (say("if", i == 3) && !far(point{4, i})) {
			n += i
		} else if (point{i, i} == point{4, 4}) && say("four", true) || i == 5 {
			n += 1000
		}
	}
	switch a := (point{2, 0}); a {
	case point{1, 0}, point{2, 0}, point{3, 0}:
		n += 10000
	default:
		n = -1
	}
	switch a := (point{2, 0}); {
	case a == point{1, 0} || far(a), far(point{1, 2}):
		n = -2
	case far(point{1, 0}), a == point{2, 0} && say("two", true):
		n += 20000
	}
	return n
}

func main() {
	operands()
	fmt.Println(statements())
	x := point{1, 1} == point{1, 1} && say("top", true)
	fmt.Println(x)
}
