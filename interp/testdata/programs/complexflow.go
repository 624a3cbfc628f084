package main

import (
	"errors"
	"fmt"
)

var errStop = errors.New("stop")

func search(grid [][]int, want int) (path []string, err error) {
	defer func() {
		if err != nil && !errors.Is(err, errStop) {
			err = fmt.Errorf("search: %w", err)
		}
	}()
rows:
	for y, row := range grid {
		for x, v := range row {
			switch {
			case v == want:
				path = append(path, fmt.Sprintf("found@%d,%d", x, y))
				return path, errStop
			case v < 0:
				path = append(path, "skip row")
				continue rows
			case v == 99:
				break rows
			case v == 50:
				return nil, errors.New("fifty")
			}
			path = append(path, fmt.Sprint(v))
		}
	}
	return path, nil
}
func each(n int, f func(int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			if err == errStop {
				return nil
			}
			return fmt.Errorf("at %d: %w", i, err)
		}
	}
	return nil
}
func retry(n int, f func(int) (string, error)) (s string, err error) {
	for i := 1; ; i++ {
		if s, err = f(i); err == nil || i == n {
			return
		}
	}
}
func parse(s string) (n int, rest string, err error) {
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' {
			break
		}
		if n = n*10 + int(c-'0'); n > 1000 {
			err = errors.New("too big")
			return
		}
	}
	if rest = s[i:]; i == 0 {
		err = errors.New("no digits")
	}
	return
}
func main() {
	fmt.Println(search([][]int{{1, 2}, {3, -1, 4}, {5, 6}}, 6))
	fmt.Println(search([][]int{{1, 99}, {6}}, 6))
	fmt.Println(search([][]int{{1, 50}, {6}}, 6))
	sum := 0
	fmt.Println(each(10, func(i int) error {
		if i == 4 {
			return errStop
		}
		sum += i
		return nil
	}), sum)
	fmt.Println(each(10, func(i int) error {
		if i == 2 {
			return errors.New("bad")
		}
		return nil
	}))
	fmt.Println(retry(3, func(i int) (string, error) {
		if i < 3 {
			return "", fmt.Errorf("try %d", i)
		}
		return "ok", nil
	}))
	fmt.Println(retry(2, func(i int) (string, error) { return "x", fmt.Errorf("try %d", i) }))
	for _, s := range []string{"12ab", "x", "99999", ""} {
		fmt.Println(parse(s))
	}
	state, steps := "start", 0
	for state != "end" {
		steps++
		switch state {
		case "start":
			state = "mid"
		case "mid":
			if steps < 5 {
				continue
			}
			state = "end"
		}
	}
	fmt.Println(steps)
}
