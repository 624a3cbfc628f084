package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// reduceOp folds dimensions into one number each.
type reduceOp struct {
	op
	kind backend.ReduceOp
}

func (o *reduceOp) apply(t *Tensor, dims []int, keep bool) *Tensor {
	dev := use(o.name, t)
	switch t.v.DType {
	case Bool, Int8, Uint8:
		t = t.To(Int64)
	}
	computes(o.name, t)
	if o.kind == backend.Mean && t.v.DType != Float32 {
		t = t.To(Float32)
	}
	is := axes(o.name, t, dims)
	var kept, short [backend.MaxRank]int
	rank, count := 0, 1
	for i, d := range t.v.Dims[:t.v.Rank] {
		kept[i] = d
		if is[i] {
			kept[i] = 1
			count *= d
			continue
		}
		short[rank] = d
		rank++
	}
	if count == 0 && o.kind != backend.Sum {
		fail(o.name, "of no elements", t)
	}
	out := empty(dev, t.v.DType, kept[:t.v.Rank])
	dev.Reduce(o.kind, out.v, t.v)
	if n := record(&o.op, out, t); n != nil {
		n.num[0] = count
	}
	guard(o.name, out)
	if !keep {
		return out.Reshape(short[:rank]...)
	}
	return out
}

// Sum adds up the elements along the named dimensions, which disappear; along all of them when none are named. Sums of
// Bool, Int8 and Uint8 are Int64.
func (t *Tensor) Sum(dims ...int) *Tensor { return opSum.apply(t, dims, false) }

// Mean is the arithmetic mean along the named dimensions, or of everything; always Float32.
func (t *Tensor) Mean(dims ...int) *Tensor { return opMean.apply(t, dims, false) }

// Max is the largest element along the named dimensions, or of all. Equal largest elements share the gradient.
func (t *Tensor) Max(dims ...int) *Tensor { return opMax.apply(t, dims, false) }

// Min is the smallest element along the named dimensions, or of all. Equal smallest elements share the gradient.
func (t *Tensor) Min(dims ...int) *Tensor { return opMin.apply(t, dims, false) }

// SumKeep is Sum that leaves the dimensions in place with size 1.
func (t *Tensor) SumKeep(dims ...int) *Tensor { return opSum.apply(t, dims, true) }

// MeanKeep is Mean that leaves the dimensions in place with size 1.
func (t *Tensor) MeanKeep(dims ...int) *Tensor { return opMean.apply(t, dims, true) }

// MaxKeep is Max that leaves the dimensions in place with size 1.
func (t *Tensor) MaxKeep(dims ...int) *Tensor { return opMax.apply(t, dims, true) }

// MinKeep is Min that leaves the dimensions in place with size 1.
func (t *Tensor) MinKeep(dims ...int) *Tensor { return opMin.apply(t, dims, true) }

// Var is the mean of the squared distances from the mean, along the named dimensions or of everything: the variance
// with N, not N-1, below the line.
func (t *Tensor) Var(dims ...int) *Tensor { return t.Sub(t.MeanKeep(dims...)).Square().Mean(dims...) }

// ArgMax is the index (Int64) of the first largest element along the last dimension, which disappears.
func (t *Tensor) ArgMax() *Tensor {
	dev := use("ArgMax", t)
	if t.v.Rank == 0 || t.v.Dims[t.v.Rank-1] == 0 {
		fail("ArgMax", "the last dimension is missing or empty", t)
	}
	want("ArgMax", Float32, t)
	out := empty(dev, Int64, t.v.Dims[:t.v.Rank-1])
	dev.ArgMax(out.v, t.v)
	return out
}

var (
	opSum = &reduceOp{op{"Sum", func(s *sweep, n *node) {
		s.give(n.in[0], s.share(n.grad, expandTo(&n.grad.v, n.in[0].v.Dims[:n.in[0].v.Rank])))
	}}, backend.Sum}

	opMean = &reduceOp{op{"Mean", func(s *sweep, n *node) {
		g := s.affine(&n.grad.v, 1/float32(n.num[0]), 0)
		g.v = expandTo(&g.v, n.in[0].v.Dims[:n.in[0].v.Rank])
		s.give(n.in[0], g)
	}}, backend.Mean}

	opMax = &reduceOp{op{"Max", extremum}, backend.Max}
	opMin = &reduceOp{op{"Min", extremum}, backend.Min}
)

// extremum divides the gradient of Max and Min among the elements that are equal to the result.
func extremum(s *sweep, n *node) {
	t := n.in[0]
	is := dense(Bool, t.v.Dims[:t.v.Rank])
	allocate(s.dev, &is)
	s.dev.Binary(backend.Eq, is, t.v, expandTo(&n.out.v, is.Dims[:is.Rank]))
	g := s.like(&t.v)
	s.dev.Copy(g.v, is)
	s.dev.Free(is.Buf)
	share := s.like(&n.grad.v)
	s.dev.Reduce(backend.Sum, share.v, g.v)
	s.dev.Binary(backend.Div, share.v, n.grad.v, share.v)
	s.dev.Binary(backend.Mul, g.v, g.v, expandTo(&share.v, g.v.Dims[:g.v.Rank]))
	s.drop(share)
	s.give(t, g)
}
