package main

import (
	"container/heap"
	"fmt"
	"math"
	"sort"
)

type edge struct {
	to   string
	cost float64
}
type queue []struct {
	at   string
	dist float64
}

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any) {
	*q = append(*q, x.(struct {
		at   string
		dist float64
	}))
}
func (q *queue) Pop() any {
	o := *q
	x := o[len(o)-1]
	*q = o[:len(o)-1]
	return x
}
func shortest(g map[string][]edge, from string) map[string]float64 {
	dist := map[string]float64{}
	for k := range g {
		dist[k] = math.Inf(1)
	}
	dist[from] = 0
	q := &queue{{from, 0}}
	for q.Len() > 0 {
		cur := heap.Pop(q).(struct {
			at   string
			dist float64
		})
		if cur.dist > dist[cur.at] {
			continue
		}
		for _, e := range g[cur.at] {
			if d := cur.dist + e.cost; d < dist[e.to] {
				dist[e.to] = d
				heap.Push(q, struct {
					at   string
					dist float64
				}{e.to, d})
			}
		}
	}
	return dist
}
func topo(deps map[string][]string) (order []string, err error) {
	state := map[string]int{}
	var visit func(string) error
	visit = func(n string) error {
		switch state[n] {
		case 1:
			return fmt.Errorf("cycle at %s", n)
		case 2:
			return nil
		}
		state[n] = 1
		for _, d := range deps[n] {
			if err := visit(d); err != nil {
				return err
			}
		}
		state[n] = 2
		order = append(order, n)
		return nil
	}
	keys := make([]string, 0, len(deps))
	for k := range deps {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if err = visit(k); err != nil {
			return nil, err
		}
	}
	return
}
func main() {
	g := map[string][]edge{"a": {{"b", 7}, {"c", 3}}, "b": {{"d", 1}}, "c": {{"b", 1}, {"d", 8}}, "d": nil, "z": nil}
	fmt.Println(shortest(g, "a"))
	fmt.Println(topo(map[string][]string{"app": {"lib", "log"}, "lib": {"core"}, "log": {"core"}, "core": nil}))
	fmt.Println(topo(map[string][]string{"a": {"b"}, "b": {"a"}}))
}
