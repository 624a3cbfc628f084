package tensorlib

import (
	"sync/atomic"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// The tape is a graph of nodes, one for each recorded operation, that hang on the tensors they made. A node is younger
// than the nodes of its inputs, so going through the nodes that a loss came from by falling age visits each after all
// its users. A gradient lives as long as it is needed: its block goes back to the pool when its node has passed it on.

// node is one recorded operation.
type node struct {
	op  *op
	age uint64
	in  []*Tensor // nil where absent
	out *Tensor
	few [4]*Tensor // memory of in, unless there are more

	saved [2]backend.View // statistics of the forward pass
	num   [3]int          // attributes, by op
	real  float64
	key   backend.Key
	again func(xs ...*Tensor) *Tensor // of Recompute

	written uint64 // how often the memory of in and out had been changed in place when it was recorded

	grad gradient // of out, while Backward runs
	mark uint64   // the Backward that visits it
}

// op is a differentiable operation.
type op struct {
	name string
	back func(s *sweep, n *node) // passes n.grad on to the inputs
}

// gradient is a block with a derivative in it. Several nodes may hold one block, which then is read only.
type gradient struct {
	v backend.View
	b *shared
}

// shared counts the holders of a gradient's block.
type shared struct {
	buf     backend.Buffer
	dev     backend.Ops
	holders int
}

// ended is the node of tensors whose history was dropped at the end of a Scope.
var ended = &node{op: &op{name: "Scope"}}

var ages, marks atomic.Uint64

// record notes on out that o made it of the inputs, if this goroutine records and one of them wants a gradient. It
// returns the node for the op's attributes, or nil.
func record(o *op, out *Tensor, in ...*Tensor) *node {
	wanted := false
	for _, t := range in {
		wanted = wanted || t != nil && t.wants()
	}
	if !wanted {
		return nil
	}
	g := local()
	if g != nil && g.noGrad > 0 {
		if g.probing > 0 {
			g.probed = append(g.probed, in...)
		}
		return nil
	}
	var n *node
	if g != nil && g.scope != nil {
		n = g.scope.node()
	} else {
		n = new(node)
	}
	n.op, n.out, n.age = o, out, ages.Add(1)
	if len(in) <= len(n.few) {
		n.in = n.few[:0]
	}
	n.in = append(n.in, in...)
	n.written = n.writes()
	out.node = n
	return n
}

// writes adds up the counters of changes in place of the memory of in and out. They only grow, so an equal sum is equal counters.
func (n *node) writes() uint64 {
	w := uint64(n.out.mem.written)
	for _, t := range n.in {
		if t != nil {
			w += uint64(t.mem.written)
		}
	}
	return w
}

// reset empties n for another use, and keeps the memory of its many inputs, if it had many.
func (n *node) reset() {
	many := n.in
	if cap(many) <= len(n.few) {
		many = nil
	}
	clear(many)
	*n = node{in: many[:0]}
}

// check panics when what n read is not there any more.
func (n *node) check() {
	for _, t := range n.in {
		if t != nil && t.mem.state == released {
			failFix("Backward", "an operand of "+n.op.name+" was released at the end of its Scope", "Keep it", t)
		}
	}
	if n.writes() != n.written {
		failFix("Backward", "an operand or the result of "+n.op.name+" was changed in place since",
			"call Backward before the change, or Clone what is changed", n.out)
	}
}

// recording reports whether record would note an operation on these inputs.
func recording(in ...*Tensor) bool {
	for _, t := range in {
		if t != nil && t.wants() {
			g := local()
			return g == nil || g.noGrad == 0
		}
	}
	return false
}

// wants reports whether a gradient flows into t.
func (t *Tensor) wants() bool { return t.leaf || t.node != nil }

// scratch is a block for the statistics of a forward pass: it lives as long as the node when there is one.
func scratch(dev backend.Ops, dims ...int) backend.View {
	v := dense(Float32, dims)
	allocate(dev, &v)
	return v
}

// saveIn hands scratch blocks to n, or frees them when nothing was recorded.
func saveIn(n *node, dev backend.Ops, vs ...backend.View) {
	if n == nil {
		for i := range vs {
			dev.Free(vs[i].Buf)
		}
		return
	}
	copy(n.saved[:], vs)
	if g := local(); g != nil && g.scope != nil {
		for i := range vs {
			g.scope.saved = append(g.scope.saved, savedBlock{dev, vs[i].Buf})
		}
	}
}

// RequiresGrad reports whether gradients flow into t: it is a leaf, or was made of one.
func (t *Tensor) RequiresGrad() bool {
	given("RequiresGrad", t)
	return t.wants()
}

// SetRequiresGrad makes t a leaf that collects gradients in [Tensor.Grad], or an ordinary tensor again. It returns t.
// t must be float32 and not the result of a recorded operation.
func (t *Tensor) SetRequiresGrad(on bool) *Tensor {
	use("SetRequiresGrad", t)
	want("SetRequiresGrad", Float32, t)
	if t.node != nil {
		failFix("SetRequiresGrad", "tensor is the result of "+t.node.op.name+", not a leaf", "Detach it first", t)
	}
	t.leaf = on
	if on {
		t.mem.state = kept
	} else {
		t.grad, t.has = nil, false
	}
	return t
}

// Grad is the gradient that Backward has added up for a leaf; nil when there is none since ZeroGrad. Its memory is used
// again by the next Backward: Clone it to keep the values.
func (t *Tensor) Grad() *Tensor {
	given("Grad", t)
	if !t.has {
		return nil
	}
	return t.grad
}

// ZeroGrad forgets the gradient.
func (t *Tensor) ZeroGrad() {
	given("ZeroGrad", t)
	t.has = false
}

// Detach is t without its history: the same memory, through which no gradient flows.
func (t *Tensor) Detach() *Tensor {
	use("Detach", t)
	return alias(t, t.v)
}
