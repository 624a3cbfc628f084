package main

import "fmt"

func count(n int) (s string) {
	switch n {
	case 0:
		s += "zero "
		fallthrough
	default:
		i := 0
	again:
		i++
		s += fmt.Sprint(i, " ")
		if i < 3 {
			goto again
		}
		fallthrough
	case 1:
	loop:
		for j := range 5 {
			for range 2 {
				if j == 2 {
					break loop
				}
				continue loop
			}
		}
		s += "one"
	}
	return s
}

func main() { fmt.Println(count(0), count(1), count(2)) }
