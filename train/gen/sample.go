package gen

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
)

// sampler chooses tokens.
type sampler struct {
	o    Options
	size int          // ids that may be chosen
	seen map[int]bool // for the penalty
	rand *tensorlib.Rand
	list []candidate
}

// candidate is a token and its logit, later its probability.
type candidate struct {
	id int
	p  float64
}

func newSampler(o Options, size int) *sampler {
	return &sampler{o: o, size: size, seen: map[int]bool{}, rand: tensorlib.NewRand(o.Seed)}
}

// saw notes tokens that the penalty applies to from now on.
func (s *sampler) saw(ids ...int) {
	for _, id := range ids {
		s.seen[id] = true
	}
}

// token chooses the token at place i of those written, from logits (V).
func (s *sampler) token(logits []float32, i int) (int, error) {
	s.list = s.list[:0]
	for id, l := range logits[:s.size] {
		if l != l || math.IsInf(float64(l), 1) {
			return 0, errors.New("the model's logits are not finite: its weights are damaged or its training diverged")
		}
		s.list = append(s.list, candidate{id, s.penalized(id, float64(l))})
	}
	byProbability := func(a, b candidate) int { return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.id, b.id)) }
	if s.o.Temperature == 0 {
		return slices.MinFunc(s.list, byProbability).id, nil
	}
	slices.SortFunc(s.list, byProbability)
	if k := s.o.TopK; k > 0 && k < len(s.list) {
		s.list = s.list[:k]
	}
	sum := s.softmax()
	if p := s.o.TopP; p > 0 && p < 1 {
		sum = s.nucleus(p * sum)
	}
	return s.pick(s.rand.Split(uint64(i)).Float64() * sum), nil
}

// penalized is the logit of a token after the penalty of CTRL: it lowers positive and negative logits alike.
func (s *sampler) penalized(id int, l float64) float64 {
	switch p := s.o.Penalty; {
	case p == 0 || !s.seen[id]:
		return l
	case l > 0:
		return l / p
	default:
		return l * p
	}
}

// softmax turns the logits of the list, the largest first, into probabilities without a common factor, and returns their sum.
func (s *sampler) softmax() (sum float64) {
	top := s.list[0].p
	for i := range s.list {
		s.list[i].p = math.Exp((s.list[i].p - top) / s.o.Temperature)
		sum += s.list[i].p
	}
	return sum
}

// nucleus cuts the list to the first ones that together have at least the probability want, and returns their sum.
func (s *sampler) nucleus(want float64) (sum float64) {
	for i := range s.list {
		if sum += s.list[i].p; sum >= want {
			s.list = s.list[:i+1]
			break
		}
	}
	return sum
}

// pick is the token in whose share of the line from 0 to the sum of the list u lies.
func (s *sampler) pick(u float64) int {
	for _, c := range s.list {
		if u -= c.p; u < 0 {
			return c.id
		}
	}
	return s.list[len(s.list)-1].id // rounding
}
