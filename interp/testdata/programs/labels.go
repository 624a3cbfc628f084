package main

import "fmt"

func nested() {
outer:
	for i := 0; i < 4; i++ {
	inner:
		for j := 0; ; j++ {
			switch {
			case j == 3:
				break inner
			case i == 2:
				continue outer
			case i == 3 && j == 1:
				break outer
			case j == 1:
				continue inner
			}
			fmt.Print(i, j, " ")
		}
		fmt.Print("| ")
	}
	fmt.Println()
}

func switches() {
sw:
	switch x := 3; {
	case x > 2:
		for i := range 5 {
			if i == 2 {
				break sw
			}
			fmt.Print(i, " ")
		}
		fmt.Print("never")
	case x > 1:
		fmt.Print("no")
	}
	for i := range 3 {
		switch i {
		case 1:
			continue
		case 0:
			fallthrough
		case 5:
			fmt.Print("five ")
			break
		default:
			fmt.Print("default ", i)
		}
	}
	fmt.Println()
	switch f := func(n int) int { fmt.Print("f", n, " "); return n }; f(2) {
	case f(1), f(2), f(3):
		fmt.Println("hit")
	case f(4):
		fmt.Println("no")
	}
	switch {
	default:
		fmt.Println("default first")
	case false:
	}
	switch x := any(3.5).(type) {
	case int, float64:
		fmt.Printf("%T %v\n", x, x)
	}
}

func gotos() {
	i := 0
again:
	i++
	if i < 4 {
		fmt.Print(i, " ")
		goto again
	}
	for j := range 10 {
		if j == 3 {
			goto done
		}
	}
	fmt.Println("never")
done:
	fmt.Println("done", i)
	if i > 100 {
		goto again
	}
}

func selects() {
	c := make(chan int, 10)
	for i := range 5 {
		c <- i
	}
loop:
	for {
		select {
		case v := <-c:
			if v == 1 {
				continue loop
			}
			if v == 3 {
				break loop
			}
			if v == 2 {
				break
			}
			fmt.Print("v", v, " ")
		default:
			fmt.Print("empty ")
			break loop
		}
		fmt.Print("after ")
	}
	fmt.Println(len(c))
}

func closuresInLoops() {
	var fs []func() int
outer:
	for i := 0; i < 5; i++ {
		for j := range 3 {
			if j == i {
				continue outer
			}
			if i == 4 {
				break outer
			}
			fs = append(fs, func() int { i += 10; return i*100 + j })
		}
	}
	for _, f := range fs {
		fmt.Print(f(), " ", f(), " ")
	}
	fmt.Println()
}

func find(m [][]int, want int) (x, y int, ok bool) {
	for y, row := range m {
		for x, v := range row {
			defer func() {}()
			if v == want {
				return x, y, true
			}
		}
	}
	return -1, -1, false
}

func typeSwitches(vs ...any) {
loop:
	for _, v := range vs {
		switch v := v.(type) {
		case nil:
			continue loop
		case string:
			if v == "stop" {
				break loop
			}
			fmt.Print("s:", v, " ")
		case []any:
			for _, w := range v {
				if w == nil {
					continue loop
				}
				fmt.Print(w, ",")
			}
		default:
			fmt.Printf("%T ", v)
		}
	}
	fmt.Println()
}

func main() {
	nested()
	switches()
	gotos()
	selects()
	closuresInLoops()
	fmt.Println(find([][]int{{1, 2}, {3, 4}}, 3))
	fmt.Println(find([][]int{{1, 2}, {3, 4}}, 5))
	typeSwitches(1, nil, "a", []any{1, 2, nil, 3}, 2.5, "stop", "unseen")
}
