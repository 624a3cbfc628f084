package tensorlib

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/athanor-ml/athanor/internal/gid"
	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// What a goroutine is inside of, NoGrad or Scope, is found by the address of its descriptor. The table holds only
// goroutines that are inside one of the two right now, so an address that the runtime uses again finds nothing stale;
// inside counts them, and while it is zero an operation pays one atomic load.

// goroutineState is what one goroutine is inside of.
type goroutineState struct {
	noGrad int    // depth of NoGrad calls
	scope  *scope // the innermost Scope
	depth  int    // NoGrad, Scope and Recompute calls together; 0: leave the table

	probing int       // depth of first runs of Recompute
	probed  []*Tensor // operands of what would have been recorded in them
}

// scope is what one Scope has to give back.
type scope struct {
	outer  *scope
	blocks []*memory // of tensors
	saved  []savedBlock
	nodes  []*node
	used   int // nodes in use; the rest are spare
}

// savedBlock is memory without a tensor: what a forward pass left for its gradient.
type savedBlock struct {
	dev backend.Ops
	buf backend.Buffer
}

const stateShards = 16

var (
	inside atomic.Int64
	states [stateShards]struct {
		sync.RWMutex
		m map[uintptr]*goroutineState
		_ [32]byte // keeps shards apart in the cache
	}
	spareStates = sync.Pool{New: func() any { return new(goroutineState) }}
	spareScopes = sync.Pool{New: func() any { return new(scope) }}
)

// local is the state of this goroutine, nil when it is inside nothing.
func local() *goroutineState {
	if inside.Load() == 0 {
		return nil
	}
	id := gid.Current()
	shard := &states[(id>>7)%stateShards]
	shard.RLock()
	g := shard.m[id]
	shard.RUnlock()
	return g
}

func enter() *goroutineState {
	g := local()
	if g == nil {
		g = spareStates.Get().(*goroutineState)
		id := gid.Current()
		shard := &states[(id>>7)%stateShards]
		shard.Lock()
		if shard.m == nil {
			shard.m = make(map[uintptr]*goroutineState)
		}
		shard.m[id] = g
		shard.Unlock()
		inside.Add(1)
	}
	g.depth++
	return g
}

func leave(g *goroutineState) {
	g.depth--
	if g.depth > 0 {
		return
	}
	id := gid.Current()
	shard := &states[(id>>7)%stateShards]
	shard.Lock()
	delete(shard.m, id)
	shard.Unlock()
	inside.Add(-1)
	*g = goroutineState{probed: g.probed[:0]}
	spareStates.Put(g)
}

// NoGrad runs f while this goroutine records nothing for gradients. Other goroutines, also those that f starts, record
// as before.
func NoGrad(f func()) {
	g := enter()
	g.noGrad++
	defer func() {
		g.noGrad--
		leave(g)
	}()
	f()
}

// Scope runs f, and then gives the memory of all tensors that this goroutine made inside back to the device's pool, except
// parameters (leaves of gradients), gradients, and tensors that were kept with [Tensor.Keep]. Using another one
// afterwards panics. Steps nest; a panic in f still releases. Goroutines that f starts are not part of the step.
func Scope(f func()) {
	g := enter()
	s := spareScopes.Get().(*scope)
	s.outer = g.scope
	g.scope = s
	defer func() {
		g.scope = s.outer
		s.release()
		spareScopes.Put(s)
		leave(g)
	}()
	f()
	if s.outer == nil && len(s.blocks) > 0 {
		faulty(s.blocks[0].dev.Fault())
	}
}

// release ends a scope: blocks to their pools, nodes to the spare list. Tensors whose node this was remember that they
// had a history.
func (s *scope) release() {
	for i, m := range s.blocks {
		if m.state == alive {
			m.state = released
			m.dev.Free(m.buf)
			m.buf = nil
		}
		s.blocks[i] = nil
	}
	for i, b := range s.saved {
		b.dev.Free(b.buf)
		s.saved[i] = savedBlock{}
	}
	for _, n := range s.nodes[:s.used] {
		n.out.node = ended
		n.reset()
	}
	s.blocks, s.saved, s.used, s.outer = s.blocks[:0], s.saved[:0], 0, nil
}

// lift hands the memory of t, if this scope would release it, to the scope outside.
func (s *scope) lift(t *Tensor) {
	i := slices.Index(s.blocks, t.mem)
	if i < 0 {
		return
	}
	last := len(s.blocks) - 1
	s.blocks[i], s.blocks[last] = s.blocks[last], nil
	s.blocks = s.blocks[:last]
	if s.outer != nil {
		s.outer.blocks = append(s.outer.blocks, t.mem)
	}
}

// node returns an empty node of the scope.
func (s *scope) node() *node {
	if s.used == len(s.nodes) {
		s.nodes = append(s.nodes, new(node))
	}
	s.used++
	return s.nodes[s.used-1]
}
