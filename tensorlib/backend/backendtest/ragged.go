package backendtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// documents is First of documents of these lengths, one behind the other.
func documents(lengths ...int) (first []int) {
	for _, n := range lengths {
		first = append(first, slices.Repeat([]int{len(first)}, n)...)
	}
	return first
}

// attentionRagged: packed documents, left padding, windows that slide, and rows with keys of different numbers.
func attentionRagged(s *suite) {
	window := make([]int, 40)
	for t := range window {
		window[t] = max(0, t-9)
	}
	for _, z := range []attendShape{
		{B: 1, H: 1, T: 5, S: 5, D: 3, causal: true, first: documents(2, 3)},
		{B: 2, H: 2, T: 33, S: 33, D: 8, causal: true, first: slices.Concat(documents(7, 1, 25), documents(16, 17))},
		{B: 1, H: 2, T: 600, S: 600, D: 16, causal: true, first: documents(3, 290, 307)},
		{B: 2, H: 1, T: 9, S: 9, D: 5, causal: true, first: slices.Concat(slices.Repeat([]int{4}, 9), documents(9))}, // padded on the left
		{B: 1, H: 1, T: 40, S: 40, D: 7, causal: true, first: window},
		{B: 1, H: 3, T: 40, S: 40, D: 7, first: window},
		{B: 1, H: 1, T: 3, S: 9, D: 4, causal: true, first: []int{5, 8, 9}}, // the last one sees none
		{B: 3, H: 2, T: 1, S: 130, D: 16, causal: true, lengths: []int{130, 1, 77}},
		{B: 3, H: 2, T: 21, S: 300, D: 16, causal: true, lengths: []int{21, 300, 257}},
		{B: 3, H: 1, T: 4, S: 30, D: 5, lengths: []int{0, 30, 7}},
		{B: 2, H: 1, T: 6, S: 30, D: 5, causal: true, lengths: []int{3, 20}}, // the first queries of row 0 see none
		{B: 2, H: 2, T: 3, S: 30, D: 5, causal: true, lengths: []int{11, 20}, first: []int{2, 2, 2, 9, 9, 18}},
	} {
		s.attendOnce(z)
	}
}

// attention4 is everything that an attention and its gradient read and write.
type attention4 struct{ q, k, v, dout, out, lse, dq, dk, dv backend.View }

// attendAll runs attention and its gradient.
func (s *suite) attendAll(q, k, v, dout array, o backend.AttentionOptions) (a attention4) {
	f := backend.Float32
	a = attention4{q: s.floats(q), k: s.floats(k), v: s.floats(v), dout: s.floats(dout)}
	a.out, a.lse = s.blank(f, plain, q.dims...), s.blank(f, plain, q.dims[:3]...)
	a.dq, a.dk, a.dv = s.blank(f, plain, q.dims...), s.blank(f, plain, k.dims...), s.blank(f, plain, k.dims...)
	s.dev.Attention(a.out, a.lse, a.q, a.k, a.v, o)
	if !o.Lengths.Present() {
		s.dev.AttentionGrad(a.dq, a.dk, a.dv, a.dout, a.out, a.lse, a.q, a.k, a.v, o)
	}
	return a
}

// attentionIsolated: whatever stands in another document, every bit of a document's results and gradients stays.
func attentionIsolated(s *suite) {
	const B, H, T, D, cut = 2, 3, 300, 16, 37 // the second document begins at cut
	z := attendShape{B: B, H: H, T: T, S: T, D: D, causal: true, first: slices.Repeat(documents(cut, T-cut), B)}
	o := s.attendOptions(&z, 0.25)
	var in [4]array
	for i := range in {
		in[i] = s.random(-1, 1, B, H, T, D)
	}
	before := s.attendAll(in[0], in[1], in[2], in[3], o)
	for _, size := range []float64{1, 1e15} {
		for i := range in {
			for row := range B * H {
				for j := range cut * D {
					in[i].x[row*T*D+j] = float64(float32(size * (2*s.rng.Float64() - 1)))
				}
			}
		}
		after := s.attendAll(in[0], in[1], in[2], in[3], o)
		for name, pair := range map[string][2]backend.View{
			"out": {before.out, after.out}, "lse": {before.lse, after.lse},
			"dq": {before.dq, after.dq}, "dk": {before.dk, after.dk}, "dv": {before.dv, after.dv},
		} {
			want, got := pair[0], pair[1]
			for _, v := range []*backend.View{&want, &got} { // of the second document
				v.Offset, v.Dims[2] = cut*v.Strides[2], T-cut
			}
			s.near(fmt.Sprintf("%s of the second document (to the bit), with numbers to %g in the first", name, size), s.get(got), s.get(want), 0)
		}
	}
}

// attentionRows: a row has the same bits whatever the other rows are, however many, and whatever stands behind its keys.
func attentionRows(s *suite) {
	const B, H, T, S, D = 4, 2, 5, 290, 16
	z := attendShape{B: B, H: H, T: T, S: S, D: D, causal: true, lengths: []int{290, 5, 131, 260}}
	q, k, v := s.random(-1, 1, B, H, T, D), s.random(-2, 2, B, H, S, D), s.random(-1, 1, B, H, S, D)
	all := s.get(s.attendAll(q, k, v, q, s.attendOptions(&z, 0.25)).out)
	for b, n := range z.lengths {
		row := func(a array) array {
			size := len(a.x) / B
			return array{append([]int{1}, a.dims[1:]...), slices.Clone(a.x[b*size:][:size])}
		}
		q1, k1, v1 := row(q), row(k), row(v)
		for h := range H {
			for i := (h*S + n) * D; i < (h+1)*S*D; i++ {
				k1.x[i], v1.x[i] = math.NaN(), math.Inf(1)
			}
		}
		alone := attendShape{B: 1, H: H, T: T, S: S, D: D, causal: true, lengths: []int{n}}
		got := s.get(s.attendAll(q1, k1, v1, q1, s.attendOptions(&alone, 0.25)).out)
		s.near(fmt.Sprintf("row %d of %d keys alone (to the bit)", b, n), got, row(all), 0)
	}
}
