package main

import "fmt"

func main() {
	next := 0
next:
	for next < 3 {
		next++
		for {
			continue next
		}
	}
	fmt.Println(next)
}
