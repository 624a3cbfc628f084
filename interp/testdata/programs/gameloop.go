package main

import "fmt"

type Vec struct{ X, Y int }
type Entity interface {
	Tick(*World)
	Pos() Vec
}
type World struct {
	W, H int
	es   []Entity
	log  []string
	tick int
}
type body struct {
	pos, vel Vec
	name     string
}

func (b *body) Pos() Vec { return b.pos }
func (b *body) step(w *World) {
	b.pos.X += b.vel.X
	b.pos.Y += b.vel.Y
	if b.pos.X < 0 || b.pos.X >= w.W {
		b.vel.X = -b.vel.X
		b.pos.X += 2 * b.vel.X
		w.log = append(w.log, fmt.Sprintf("%d:%s bounced x", w.tick, b.name))
	}
	if b.pos.Y < 0 || b.pos.Y >= w.H {
		b.vel.Y *= -1
		b.pos.Y += 2 * b.vel.Y
	}
}

type Ball struct{ body }
type Chaser struct {
	*body
	target Entity
	near   func(a, b Vec) bool
}

func (b *Ball) Tick(w *World) { b.step(w) }
func (c Chaser) Tick(w *World) {
	t := c.target.Pos()
	sgn := func(n int) int {
		switch {
		case n < 0:
			return -1
		case n > 0:
			return 1
		}
		return 0
	}
	c.vel = Vec{sgn(t.X - c.pos.X), sgn(t.Y - c.pos.Y)}
	c.step(w)
	if c.near(c.Pos(), t) {
		w.log = append(w.log, fmt.Sprint(w.tick, ":caught at ", t))
	}
}
func (w *World) Run(n int) {
	for range n {
		w.tick++
		for _, e := range w.es {
			e.Tick(w)
		}
	}
}
func (w World) String() string {
	grid := make([][]byte, w.H)
	for y := range grid {
		grid[y] = make([]byte, w.W)
		for x := range grid[y] {
			grid[y][x] = '.'
		}
	}
	for i, e := range w.es {
		p := e.Pos()
		grid[p.Y][p.X] = byte('A' + i)
	}
	s := ""
	for _, r := range grid {
		s += string(r) + "/"
	}
	return s
}
func main() {
	w := &World{W: 8, H: 4}
	ball := &Ball{body{Vec{1, 1}, Vec{2, 1}, "ball"}}
	ch := Chaser{&body{pos: Vec{7, 3}, name: "chaser"}, ball, func(a, b Vec) bool { return a == b }}
	w.es = append(w.es, ball, ch)
	fmt.Println(*w)
	for range 4 {
		w.Run(2)
		fmt.Println(w)
	}
	fmt.Println(w.log, w.tick, ball.pos, ch.vel)
}
