package main

import "fmt"

func f(n int, x any) (s string) {
	i := 0
top:
	i++
	switch {
	case i < 2:
		goto top
	case i == 2:
		j := 0
	in:
		j++
		if j < 3 {
			goto in
		}
		s += fmt.Sprint("j", j)
		goto top
	case i > 5:
		goto out
	default:
		k := 0
	in2:
		if k < 2 {
			k++
			s += "k"
			goto in2
		}
		fallthrough
	case i == 100:
		s += "h"
	}
	for a := range 3 {
		b := 0
	again:
		b++
		if b <= a {
			goto again
		}
		s += fmt.Sprint(b)
		if a == 1 {
			goto next
		}
	}
next:
	switch v := x.(type) {
	case int:
	loop:
		if v > 0 {
			v--
			s += "v"
			goto loop
		}
	case string:
		s += v
	}
	if i < 7 {
		goto top
	}
out:
	func() {
		n := 0
	top:
		if n++; n < 4 {
			goto top
		}
		s += fmt.Sprint("n", n)
	}()
	if n > 0 {
		n--
		x = "str"
		i = 3
		goto next
	}
	return s
}

func main() {
	fmt.Println(f(0, 2))
	fmt.Println(f(2, nil))
	n := 0
L:
	for {
		switch {
		case n > 3:
			break L
		}
		n++
		if n == 2 {
			goto done
		}
	}
done:
	fmt.Println(n)
	goto end
end:
}
