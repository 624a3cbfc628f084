package gen

import (
	"errors"
	"math"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
)

var errDiverged = errors.New("the model's logits are not finite: its weights are damaged or its training diverged")

// sampler chooses tokens.
type sampler struct {
	o    Options
	size int         // ids that may be chosen
	list []candidate // scratch
}

// candidate is a token and its logit, later its probability.
type candidate struct {
	id int
	p  float64
}

// before reports whether c is likelier than d; of equals the smaller id is.
func (c candidate) before(d candidate) bool { return c.p > d.p || c.p == d.p && c.id < d.id }

// token chooses a token from logits (V) by the first number of rand, with the penalty on those seen, and returns it with its
// log-probability under the distribution that it comes from.
func (s *sampler) token(logits []float32, rand *tensorlib.Rand, seen map[int]bool) (id int, logProb float64, err error) {
	s.list = s.list[:0]
	top := candidate{p: math.Inf(-1)}
	for id, l := range logits[:s.size] {
		if l != l || math.IsInf(float64(l), 1) {
			return 0, 0, errDiverged
		}
		c := candidate{id, s.penalized(float64(l), seen[id])}
		s.list = append(s.list, c)
		if c.before(top) {
			top = c
		}
	}
	if math.IsInf(top.p, -1) {
		return 0, 0, errDiverged
	}
	if s.o.Temperature == 0 {
		return top.id, -math.Log(s.softmax(top.p, 1)), nil
	}
	if k := s.o.TopK; k > 0 && k < len(s.list) {
		s.list = s.likeliest(func(n int, _ float64) bool { return n == k })
	}
	sum := s.softmax(top.p, s.o.Temperature)
	if p := s.o.TopP; p > 0 && p < 1 {
		want := p * sum
		s.list = s.likeliest(func(_ int, got float64) bool { sum = got; return got >= want })
	}
	c := s.pick(rand.Float64() * sum)
	return c.id, math.Log(c.p / sum), nil
}

// penalized is a logit after the penalty of CTRL, which lowers positive and negative ones alike.
func (s *sampler) penalized(l float64, seen bool) float64 {
	switch p := s.o.Penalty; {
	case p == 0 || !seen:
		return l
	case l > 0:
		return l / p
	default:
		return l * p
	}
}

// softmax turns the logits of the list, of which top is the largest, into probabilities without a common factor, and returns
// their sum.
func (s *sampler) softmax(top, temperature float64) (sum float64) {
	for i := range s.list {
		s.list[i].p = math.Exp((s.list[i].p - top) / temperature)
		sum += s.list[i].p
	}
	return sum
}

// likeliest is the likeliest of the list, in order, until there are enough: n of them, with the sum of their p. It costs V + n log V: the
// list is a heap from which they are taken.
func (s *sampler) likeliest(enough func(n int, sum float64) bool) []candidate {
	heap := s.list
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	n, sum := 0, 0.0
	for len(heap) > 0 {
		sum += heap[0].p
		n++
		last := len(heap) - 1
		heap[0], heap[last] = heap[last], heap[0]
		heap = heap[:last]
		if enough(n, sum) {
			break
		}
		sink(heap, 0)
	}
	taken := s.list[len(heap):] // the likeliest is the last
	slices.Reverse(taken)
	return taken
}

// sink puts the element at i in order with those under it.
func sink(heap []candidate, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1].before(heap[child]) {
			child++
		}
		if !heap[child].before(heap[i]) {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// pick is the candidate in whose share of the line from 0 to the sum of the list u lies.
func (s *sampler) pick(u float64) candidate {
	for _, c := range s.list {
		if u -= c.p; u < 0 {
			return c
		}
	}
	return s.list[len(s.list)-1] // rounding
}
