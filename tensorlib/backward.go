package tensorlib

import (
	"slices"
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Backward computes the derivative of t, which holds one number, by every leaf it came from and adds it to the leaves'
// Grad. The graph stays as it is: a second Backward adds the same again.
func (t *Tensor) Backward() {
	use("Backward", t)
	if t.Numel() != 1 {
		failFix("Backward", "wants one number", "Sum or Mean it first", t)
	}
	if !t.wants() {
		failFix("Backward", "no input of this tensor requires a gradient", "call SetRequiresGrad(true) on the parameters", t)
	}
	s := sweeps.Get().(*sweep)
	s.dev = t.mem.dev
	defer s.end()
	one := s.temp(t.v.Dims[:t.v.Rank])
	s.dev.Fill(one.v, 1)
	s.give(t, one)
	s.collect(t.node, 0)
	s.run()
}

// run passes on the gradients of the nodes that were collected.
func (s *sweep) run() {
	for _, n := range s.nodes {
		if !n.grad.v.Present() {
			continue
		}
		n.check()
		s.dev = n.out.mem.dev // as its inputs', but of ToDevice
		s.guard(n)
		n.op.back(s, n)
		s.guardLeaves(n)
		s.drop(n.grad)
		n.grad = gradient{}
	}
}

// sweep is one Backward under way.
type sweep struct {
	dev   backend.Ops
	nodes []*node // youngest first
	spare []*shared
}

var sweeps = sync.Pool{New: func() any { return new(sweep) }}

// collect finds the nodes that root came from, youngest first, without those older than floor.
func (s *sweep) collect(root *node, floor uint64) {
	if root == nil || root.age < floor {
		return
	}
	mark := marks.Add(1)
	root.mark = mark
	s.nodes = append(s.nodes[:0], root)
	for i := 0; i < len(s.nodes); i++ {
		n := s.nodes[i]
		for _, t := range n.in {
			if t == nil || t.node == nil || t.node.mark == mark {
				continue
			}
			if t.node == ended {
				failFix("Backward", "the history of an operand of "+n.op.name+" was released at the end of its Scope",
					"do the forward pass and Backward inside one Scope, or Detach the operand", t)
			}
			if t.node.age < floor {
				continue
			}
			t.node.mark = mark
			s.nodes = append(s.nodes, t.node)
		}
	}
	slices.SortFunc(s.nodes, func(a, b *node) int { return int(b.age) - int(a.age) })
}

// end drops what a panic may have left behind.
func (s *sweep) end() {
	for i, n := range s.nodes {
		if n.grad.v.Present() {
			s.drop(n.grad)
			n.grad = gradient{}
		}
		s.nodes[i] = nil
	}
	s.nodes, s.dev = s.nodes[:0], nil
	sweeps.Put(s)
}
