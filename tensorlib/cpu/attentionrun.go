package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// ints is an Int32 view of (B, T) or (B); x is nil when the view is absent.
type ints struct {
	x        []int32
	row, col int // strides
}

func intsOf(v *backend.View) ints {
	if !v.Present() {
		return ints{}
	}
	return ints{x: at[int32](v), row: v.Strides[0], col: v.Strides[1]}
}

func (i *ints) at(b, t int) int { return int(i.x[b*i.row+t*i.col]) }

// run is the queries from…to of one head, which see the same first key lo, and the keys lo…hi that at least one of them sees.
type run struct {
	from, to, lo, hi int
	shift            int // causal: query t sees the keys up to t + shift
	causal           bool
}

// run is the longest run of head h from query from on, ended by query end.
func (j *attendJob) run(h, from, end int) run {
	r := run{from: from, to: end, hi: j.k.length, causal: j.causal}
	b := h / j.q.perB
	if j.lengths.x != nil {
		r.hi = min(max(j.lengths.at(b, 0), 0), r.hi)
	}
	r.shift = r.hi - j.q.length
	if j.first.x != nil {
		r.lo = max(j.first.at(b, from), 0)
		for t := from + 1; t < end; t++ {
			if max(j.first.at(b, t), 0) != r.lo {
				r.to = t
				break
			}
		}
	}
	if r.causal {
		r.hi = min(r.hi, r.to+r.shift)
	}
	return r
}

// visible is how many of the n keys from key s0 on query t sees.
func (r *run) visible(t, s0, n int) int {
	if r.causal {
		n = min(n, t+1+r.shift-s0)
	}
	return max(n, 0)
}
