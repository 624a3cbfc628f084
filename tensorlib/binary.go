package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// binaryOp is an operation of two tensors that broadcast.
type binaryOp struct {
	op
	kind backend.BinaryOp
}

// apply computes the operation on broadcast operands of one dtype.
func (o *binaryOp) apply(a, b *Tensor) *Tensor {
	dev := use(o.name, a, b)
	if a.v.DType != b.v.DType {
		failFix(o.name, "dtypes differ, "+a.v.DType.String()+" and "+b.v.DType.String(), "convert one with To", a, b)
	}
	if a.v.DType != Float32 {
		computes(o.name, a)
	}
	logic, isBool := o.kind == backend.And || o.kind == backend.Or, a.v.DType == Bool
	if logic && !isBool || isBool && !logic && !o.kind.Compares() {
		failFix(o.name, "not defined for "+a.v.DType.String(), "convert with To", a, b)
	}
	dims, rank, ok := broadcastDims(&a.v, &b.v)
	if !ok {
		fail(o.name, "shapes do not broadcast", a, b)
	}
	dt := a.v.DType
	if o.kind.Compares() {
		dt = Bool
	}
	out := empty(dev, dt, dims[:rank])
	dev.Binary(o.kind, out.v, expandTo(&a.v, dims[:rank]), expandTo(&b.v, dims[:rank]))
	if o.back != nil {
		record(&o.op, out, a, b)
	}
	guard(o.name, out)
	return out
}

// Add is t + o, elementwise; the shapes broadcast.
func (t *Tensor) Add(o *Tensor) *Tensor { return opAdd.apply(t, o) }

// Sub is t - o.
func (t *Tensor) Sub(o *Tensor) *Tensor { return opSub.apply(t, o) }

// Mul is t * o, elementwise.
func (t *Tensor) Mul(o *Tensor) *Tensor { return opMul.apply(t, o) }

// Div is t / o; of integers it rounds towards zero.
func (t *Tensor) Div(o *Tensor) *Tensor { return opDiv.apply(t, o) }

// Pow is t to the power o. Its gradient by o is NaN where t is negative.
func (t *Tensor) Pow(o *Tensor) *Tensor { return opPow.apply(t, o) }

// Maximum is the larger of t and o; where they are equal each gets half of the gradient.
func (t *Tensor) Maximum(o *Tensor) *Tensor { return opMaximum.apply(t, o) }

// Minimum is the smaller of t and o; where they are equal each gets half of the gradient.
func (t *Tensor) Minimum(o *Tensor) *Tensor { return opMinimum.apply(t, o) }

var (
	opAdd = &binaryOp{op{"Add", func(s *sweep, n *node) {
		s.accumulateReduced(n.in[0], s.share(n.grad, n.grad.v))
		s.accumulateReduced(n.in[1], s.share(n.grad, n.grad.v))
	}}, backend.Add}

	opSub = &binaryOp{op{"Sub", func(s *sweep, n *node) {
		s.accumulateReduced(n.in[0], s.share(n.grad, n.grad.v))
		if n.in[1].wants() {
			s.accumulateReduced(n.in[1], s.affine(&n.grad.v, -1, 0))
		}
	}}, backend.Sub}

	opMul = &binaryOp{op{"Mul", func(s *sweep, n *node) {
		for i := range 2 {
			if n.in[i].wants() {
				s.accumulateReduced(n.in[i], s.binary(backend.Mul, &n.grad.v, &n.in[1-i].v))
			}
		}
	}}, backend.Mul}

	// d(a/b) = da/b - (a/b)/b db
	opDiv = &binaryOp{op{"Div", func(s *sweep, n *node) {
		da := s.binary(backend.Div, &n.grad.v, &n.in[1].v)
		if n.in[1].wants() {
			db := s.binary(backend.Mul, &da.v, &n.out.v)
			s.dev.Unary(backend.Neg, db.v, db.v)
			s.accumulateReduced(n.in[1], db)
		}
		s.accumulateReduced(n.in[0], da)
	}}, backend.Div}

	// d(a^b) = b a^(b-1) da + a^b log(a) db
	opPow = &binaryOp{op{"Pow", func(s *sweep, n *node) {
		a, b := n.in[0], n.in[1]
		if a.wants() {
			less := s.affine(&b.v, 1, -1)
			da := s.binaryIn(&n.grad.v, backend.Pow, &a.v, &less.v)
			s.drop(less)
			s.dev.Binary(backend.Mul, da.v, da.v, expandTo(&b.v, n.out.v.Dims[:n.out.v.Rank]))
			s.dev.Binary(backend.Mul, da.v, da.v, n.grad.v)
			s.accumulateReduced(a, da)
		}
		if b.wants() {
			log := s.like(&a.v)
			s.dev.Unary(backend.Log, log.v, a.v)
			db := s.binary(backend.Mul, &n.out.v, &log.v)
			s.drop(log)
			s.dev.Binary(backend.Mul, db.v, db.v, n.grad.v)
			s.accumulateReduced(b, db)
		}
	}}, backend.Pow}

	opMaximum = &binaryOp{op{"Maximum", func(s *sweep, n *node) { s.extreme(n, backend.Gt) }}, backend.Maximum}
	opMinimum = &binaryOp{op{"Minimum", func(s *sweep, n *node) { s.extreme(n, backend.Lt) }}, backend.Minimum}
)

// extreme passes the gradient of Maximum (wins = Gt) or Minimum (Lt) to the operand that won, half to each on a draw.
func (s *sweep) extreme(n *node, wins backend.BinaryOp) {
	for i := range 2 {
		if !n.in[i].wants() {
			continue
		}
		won := s.mask(wins, n, n.in[i], n.in[1-i])
		draw := s.mask(backend.Eq, n, n.in[i], n.in[1-i])
		s.dev.Affine(draw.v, draw.v, 0.5, 0)
		s.dev.Binary(backend.Add, won.v, won.v, draw.v)
		s.dev.Binary(backend.Mul, won.v, won.v, n.grad.v)
		s.drop(draw)
		s.accumulateReduced(n.in[i], won)
	}
}

// mask is 1 where a stands in the relation to b, else 0, in the shape of n's result.
func (s *sweep) mask(relation backend.BinaryOp, n *node, a, b *Tensor) gradient {
	dims := n.out.v.Dims[:n.out.v.Rank]
	is := dense(Bool, dims)
	allocate(s.dev, &is)
	s.dev.Binary(relation, is, expandTo(&a.v, dims), expandTo(&b.v, dims))
	m := s.temp(dims)
	s.dev.Copy(m.v, is)
	s.dev.Free(is.Buf)
	return m
}

// binary is op(a, b) in the shape of a, to which b broadcasts.
func (s *sweep) binary(kind backend.BinaryOp, a, b *backend.View) gradient {
	return s.binaryIn(a, kind, a, b)
}

// binaryIn is op(a, b), both broadcast to the shape of as.
func (s *sweep) binaryIn(as *backend.View, kind backend.BinaryOp, a, b *backend.View) gradient {
	dims := as.Dims[:as.Rank]
	out := s.temp(dims)
	s.dev.Binary(kind, out.v, expandTo(a, dims), expandTo(b, dims))
	return out
}

// affine is x*scale + shift.
func (s *sweep) affine(x *backend.View, scale, shift float32) gradient {
	out := s.like(x)
	s.dev.Affine(out.v, *x, scale, shift)
	return out
}
