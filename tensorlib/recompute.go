package tensorlib

import "slices"

// Recompute returns f(xs...) and keeps nothing of what f made on the way: [Tensor.Backward] runs f again for the values that the gradients
// need (activation checkpointing; Chen et al., 2016). It trades about a third more work for the memory of f's intermediate results; a
// transformer recomputes each of its blocks.
//
// The gradients are the same to the bit as those of f(xs...), those of tensors that f uses besides xs, such as parameters, too. For that f
// must do the same both times: random numbers come from a [Key], as those of [Tensor.Dropout] do, not from a [Rand] that goes on, and
// nothing that f reads may change before Backward. f returns one new tensor.
func Recompute(f func(xs ...*Tensor) *Tensor, xs ...*Tensor) *Tensor {
	if len(xs) > 0 {
		use("Recompute", xs...)
	}
	g := enter()
	defer leave(g)
	from := len(g.probed)
	defer g.forget(from)
	out := g.probe(func() *Tensor { return f(xs...) })
	used := slices.Clone(xs) // and what f has used besides
	for _, t := range g.probed[from:] {
		if t != nil && t.wants() && !slices.Contains(used, t) {
			used = append(used, t)
		}
	}
	if n := record(opRecompute, out, used...); n != nil {
		n.num[0], n.again = len(xs), f
	}
	return out
}

// probe runs f without recording, releases what it made but the result, and notes in g.probed what would have been recorded.
func (g *goroutineState) probe(f func() *Tensor) (out *Tensor) {
	g.probing++
	defer func() { g.probing-- }()
	NoGrad(func() {
		Scope(func() {
			y := f()
			use("Recompute", y)
			g.scope.lift(y)
			out = alias(y, y.v) // y itself may be an operand
		})
	})
	return out
}

// forget drops what the outermost probe has noted; one inside of another leaves its own to that.
func (g *goroutineState) forget(from int) {
	if g.probing == 0 {
		clear(g.probed[from:])
		g.probed = g.probed[:from]
	}
}

var opRecompute = &op{"Recompute", func(s *sweep, n *node) {
	g := enter()
	noGrad, probing := g.noGrad, g.probing
	g.noGrad, g.probing = 0, 0
	defer func() {
		g.noGrad, g.probing = noGrad, probing
		leave(g)
	}()
	Scope(func() { s.runAgain(n) })
}}

// runAgain records what the function of a Recompute does, and goes back through that alone: the gradients of what it read arrive where
// they would have without Recompute, and in the same order. What is older than n waits for its turn in s.
func (s *sweep) runAgain(n *node) {
	y := n.again(n.in[:n.num[0]]...)
	use("Backward", n.out, y)
	if !sameDims(&y.v, &n.out.v) {
		failFix("Backward", "the function of Recompute gave another shape the second time", "it must do the same each time", y, n.out)
	}
	inner := sweeps.Get().(*sweep)
	inner.dev = s.dev
	defer inner.end()
	inner.give(y, s.share(n.grad, n.grad.v))
	inner.collect(y.node, n.age)
	inner.run()
}
