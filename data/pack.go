package data

import (
	"fmt"
	"slices"
	"sync"
)

// A plan is how the examples of a split lie in rows of T tokens, epoch after epoch. In each epoch the examples come in an order of their
// own, and each lies in exactly one row. Row r of all, counted through the epochs, is a function of the plan's key alone, so there is no
// iterator to save.

// planKey is all that decides a plan, beside the examples.
type planKey struct {
	split string
	seed  uint64
	T     int
	pack  bool
	fixed bool // the examples in their own order
}

// plans keeps the plans that were asked for lately.
type plans struct {
	mu  sync.Mutex
	all map[planKey]*plan
}

// maxPlans bounds the plans kept.
const maxPlans = 8

func (p *plans) get(key planKey, set *exampleSet) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all) >= maxPlans {
		p.all = map[planKey]*plan{}
	}
	if p.all[key] == nil {
		p.all[key] = newPlan(key, set)
	}
	return p.all[key]
}

// plan is safe for use by several goroutines.
type plan struct {
	key     planKey
	lengths []int // rooms that the examples take: a token less than they have

	mu     sync.Mutex
	before []int           // rows before each epoch
	epochs map[int][][]int // rows of the latest epochs: the examples of each
}

func newPlan(key planKey, set *exampleSet) *plan {
	p := &plan{key: key, lengths: make([]int, set.n()), before: []int{0}, epochs: map[int][][]int{}}
	for i := range p.lengths {
		from, to := set.span(i)
		if p.lengths[i] = to - from - 1; p.lengths[i] > key.T {
			panic(fmt.Sprintf("data: example %d of the %s split has %d tokens, too many for rows of %d: make the instructions with Context %d",
				i, key.split, to-from, key.T, key.T))
		}
	}
	return p
}

// row returns the examples of row r.
func (p *plan) row(r int) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.before[len(p.before)-1] <= r {
		p.before = append(p.before, p.before[len(p.before)-1]+len(p.epoch(len(p.before)-1)))
	}
	e, found := slices.BinarySearch(p.before, r)
	if !found {
		e--
	}
	return p.epoch(e)[r-p.before[e]]
}

// rows is the number of rows of an epoch.
func (p *plan) rows(e int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.epoch(e))
}

// epoch returns the rows of epoch e.
func (p *plan) epoch(e int) [][]int {
	if rows, ok := p.epochs[e]; ok {
		return rows
	}
	order := make([]int, len(p.lengths))
	for i := range order {
		order[i] = i
	}
	if !p.key.fixed {
		shuffle(order, mix(mix(p.key.seed)+uint64(e)))
	}
	rows := make([][]int, 0, len(order))
	if p.key.pack {
		rows = firstFit(order, p.lengths, p.key.T)
	} else {
		for _, i := range order {
			rows = append(rows, []int{i})
		}
	}
	if len(p.epochs) >= 2 { // a batch may lie in two
		clear(p.epochs)
	}
	p.epochs[e] = rows
	return rows
}

// shuffle puts order in an order that is a function of r: Fisher and Yates's, with splitmix64.
func shuffle(order []int, r uint64) {
	for i := len(order) - 1; i > 0; i-- {
		r = mix(r)
		j := int(r % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}

// firstFit puts each example into the first row that has room for it. A tree over the rows holds the most room in each subtree, so that
// n examples cost n log n.
func firstFit(order, lengths []int, T int) [][]int {
	leaves := 1
	for leaves < len(order) {
		leaves *= 2
	}
	room := make([]int, 2*leaves)
	for i := range room {
		room[i] = T
	}
	var rows [][]int
	for _, i := range order {
		at := 1
		for at < leaves {
			if at *= 2; room[at] < lengths[i] {
				at++
			}
		}
		r := at - leaves
		if r == len(rows) {
			rows = append(rows, nil)
		}
		rows[r] = append(rows[r], i)
		for room[at] -= lengths[i]; at > 1; at /= 2 {
			room[at/2] = max(room[at], room[at^1])
		}
	}
	return rows
}
