package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// temp is a new block for a gradient, of undefined contents.
func (s *sweep) temp(dims []int) gradient {
	v := dense(Float32, dims)
	allocate(s.dev, &v)
	var b *shared
	if n := len(s.spare); n > 0 {
		b, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		b = new(shared)
	}
	b.buf, b.dev, b.holders = v.Buf, s.dev, 1
	return gradient{v, b}
}

// like is a temp in the shape of v.
func (s *sweep) like(v *backend.View) gradient { return s.temp(v.Dims[:v.Rank]) }

// share adds a holder of g, to be given elsewhere through the view v on the same block.
func (s *sweep) share(g gradient, v backend.View) gradient {
	g.b.holders++
	g.v = v
	return g
}

// drop ends one holder's interest; the last one frees the block.
func (s *sweep) drop(g gradient) {
	g.b.holders--
	if g.b.holders == 0 {
		g.b.dev.Free(g.b.buf)
		g.b.buf = nil
		s.spare = append(s.spare, g.b)
	}
}

// owned reports whether g may be written to.
func owned(g *gradient) bool { return g.b.holders == 1 && !overlaps(&g.v) }

// give adds g, of t's shape, to the gradient of t, and takes over the caller's hold on it.
func (s *sweep) give(t *Tensor, g gradient) {
	if t.leaf {
		v, add := s.target(t)
		if add {
			s.dev.Binary(backend.Add, v, v, g.v)
		} else {
			s.dev.Copy(v, g.v)
		}
		s.drop(g)
		return
	}
	n := t.node
	switch {
	case n == nil:
		s.drop(g)
	case !n.grad.v.Present():
		n.grad = g
	case owned(&n.grad):
		s.dev.Binary(backend.Add, n.grad.v, n.grad.v, g.v)
		s.drop(g)
	case owned(&g):
		s.dev.Binary(backend.Add, g.v, n.grad.v, g.v)
		s.drop(n.grad)
		n.grad = g
	default:
		sum := s.like(&g.v)
		s.dev.Binary(backend.Add, sum.v, n.grad.v, g.v)
		s.drop(n.grad)
		s.drop(g)
		n.grad = sum
	}
}

// target is where a gradient of t may be written; add says that it must be added to what is there.
func (s *sweep) target(t *Tensor) (v backend.View, add bool) {
	if t.leaf {
		if t.grad == nil {
			t.grad = persistent(t.mem.dev, Float32, t.v.Dims[:t.v.Rank])
		}
		add, t.has = t.has, true
		return t.grad.v, add
	}
	n := t.node
	if !n.grad.v.Present() {
		n.grad = s.like(&t.v)
		return n.grad.v, false
	}
	if !owned(&n.grad) {
		mine := s.like(&t.v)
		s.dev.Copy(mine.v, n.grad.v)
		s.drop(n.grad)
		n.grad = mine
	}
	return n.grad.v, true
}

// sum is a place to which gradients of t are added: zero at first.
func (s *sweep) sum(t *Tensor) backend.View {
	v, add := s.target(t)
	if !add {
		s.dev.Fill(v, 0)
	}
	return v
}

// into lets write fill a gradient of t, and adds it to what t has. It does nothing when t wants none.
func (s *sweep) into(t *Tensor, write func(dst backend.View)) {
	if t == nil || !t.wants() {
		return
	}
	v, add := s.target(t)
	if !add {
		write(v)
		return
	}
	more := s.like(&v)
	write(more.v)
	s.dev.Binary(backend.Add, v, v, more.v)
	s.drop(more)
}

// giveReduced gives t the sum of g over the axes along which t was broadcast. It takes over g.
func (s *sweep) giveReduced(t *Tensor, g gradient) {
	if !t.wants() {
		s.drop(g)
		return
	}
	if sameDims(&t.v, &g.v) {
		s.give(t, g)
		return
	}
	lead := g.v.Rank - t.v.Rank
	var dims [backend.MaxRank]int
	for i := range g.v.Rank {
		dims[i] = 1
		if i >= lead {
			dims[i] = t.v.Dims[i-lead]
		}
	}
	sum := s.temp(dims[:g.v.Rank])
	s.dev.Reduce(backend.Sum, sum.v, g.v)
	s.drop(g)
	sum.v, _ = reshaped(&sum.v, t.v.Dims[:t.v.Rank])
	s.give(t, sum)
}

// contiguous is g in row-major order; it takes over g.
func (s *sweep) contiguous(g gradient) gradient {
	if g.v.Contiguous() {
		return g
	}
	c := s.like(&g.v)
	s.dev.Copy(c.v, g.v)
	s.drop(g)
	return c
}

// persistent is a tensor that no Scope gives back.
func persistent(dev backend.Ops, dt DType, dims []int) *Tensor {
	t := &Tensor{v: dense(dt, dims)}
	allocate(dev, &t.v)
	t.own = memory{buf: t.v.Buf, dev: dev, state: kept}
	t.mem = &t.own
	return t
}
