package pool

import (
	"runtime"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// system is memory that is counted, not taken: block i is the number i.
type system struct {
	room, taken int
	given       chan int // blocks that came back
}

func (s *system) pool(limit int64) *Pool[int] {
	s.given = make(chan int, 100)
	rooms := map[int]int{}
	return New(System[int]{
		Device: "toy",
		Limit:  func() int64 { return limit },
		Take: func(room int) (int, bool) {
			if room > s.room {
				return 0, false
			}
			s.room -= room
			s.taken++
			rooms[s.taken] = room
			return s.taken, true
		},
		Give: func(block int) {
			s.room += rooms[block]
			s.given <- block
		},
	})
}

// mustRunOut wants Alloc to panic with an OutOfMemory.
func mustRunOut(t *testing.T, p *Pool[int], n int) {
	t.Helper()
	defer func() {
		oom, ok := recover().(*backend.OutOfMemory)
		if !ok || oom.Want != int64(n) || oom.Device != "toy" || !strings.Contains(oom.Error(), "out of memory") {
			t.Errorf("Alloc(%d) panicked with %+v, want *OutOfMemory", n, oom)
		}
	}()
	p.Alloc(n)
}

// TestClasses: every size has a class with room for it that wastes at most a quarter.
func TestClasses(t *testing.T) {
	for n := range 5000 {
		n = n*n/7 + n
		c := classOf(n)
		if room := classSize(c); room < n || n > 64 && room > n+n/4+64 || c > 0 && classSize(c-1) >= n {
			t.Fatalf("classOf(%d) = %d with room for %d", n, c, room)
		}
	}
}

func TestReuse(t *testing.T) {
	p := (&system{room: 1 << 20}).pool(0)
	a := p.Alloc(1000).(*Buffer[int])
	if a.Len() != 1000 || p.Stats().InUse != 1024 || p.Stats().Allocs != 1 {
		t.Errorf("a buffer of %d bytes, %+v", a.Len(), p.Stats())
	}
	p.Free(a)
	b := p.Alloc(900).(*Buffer[int])
	if s := p.Stats(); b.Block != a.Block || s.Allocs != 1 || s.Pooled != 0 || s.Peak != 1024 {
		t.Errorf("the freed block is not used again: %+v", s)
	}
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, "toy: Free of a buffer of 900 bytes that was freed before") {
			t.Errorf("a second Free panicked with %q, want it to say so", s)
		}
	}()
	p.Free(b)
	p.Free(b)
}

func TestLimit(t *testing.T) {
	s := &system{room: 1 << 30}
	p := s.pool(1 << 20)
	a := p.Alloc(900 << 10)
	mustRunOut(t, p, 200<<10)
	p.Free(a)
	b := p.Alloc(200 << 10) // for which the idle block goes back
	if got := <-s.given; got != 1 {
		t.Errorf("block %d went back, want the first", got)
	}
	p.Free(b)
	if before := p.SetLimit(-1); before != 1<<20 || p.Stats().Limit != 0 {
		t.Errorf("the limit was %d and is %d, want none", before, p.Stats().Limit)
	}
	p.Free(p.Alloc(8 << 20))
	if p.SetLimit(0); p.Stats().Limit != 1<<20 {
		t.Errorf("the system's own limit is %d", p.Stats().Limit)
	}
}

// TestFull: when the system has no room the idle blocks go back first.
func TestFull(t *testing.T) {
	s := &system{room: 1 << 20}
	p := s.pool(0)
	p.Free(p.Alloc(600 << 10))
	big := p.Alloc(700 << 10)
	mustRunOut(t, p, 600<<10)
	p.Free(big)
	p.Trim()
	if st := p.Stats(); st.InUse != 0 || st.Pooled != 0 || s.room != 1<<20 {
		t.Errorf("after Trim %+v, and %d bytes of the system are free", st, s.room)
	}
}

// TestForgotten: a buffer that nobody freed and nobody holds goes back, and leaves the counts.
func TestForgotten(t *testing.T) {
	s := &system{room: 1 << 20}
	p := s.pool(0)
	func() { p.Alloc(1 << 19) }()
	runtime.GC()
	<-s.given
	if st := p.Stats(); st.InUse != 0 { // waits for the cleanup, which holds the lock
		t.Errorf("InUse = %d after the buffer was collected, want 0", st.InUse)
	}
}
