package cpu

import "sync/atomic"

// Each member of a team has a span of the parts of a job, the same share of every job, and takes its parts in order: rows that it has
// written for one operation are in its own cache when it reads them for the next. Whoever has finished its span takes parts from the far
// end of the longest one left.

// spans are the parts of a job that nobody has claimed yet.
type spans struct {
	count atomic.Int64 // spans in use; the others are empty
	each  [64]span
}

// span is first | end<<32 of a range of parts, alone in its line of the cache.
type span struct {
	word atomic.Uint64
	_    [56]byte
}

// deal gives out parts 0…n-1, which whoever claims may see from here on.
func (s *spans) deal(n, members int) {
	count := max(1, min(n, members, len(s.each)))
	s.count.Store(int64(count))
	for i := range count {
		first, end := panelRows(n, count, i)
		s.each[i].word.Store(uint64(first) | uint64(end)<<32)
	}
}

// claim takes a part for a member; ok is false when none is left.
func (s *spans) claim(member int) (part int, ok bool) {
	n := max(1, int(s.count.Load())) // 0 before the first job
	if part, ok = s.each[member%n].first(); ok {
		return part, true
	}
	for {
		longest, most := 0, 0
		for i := range n {
			if left := s.each[i].left(); left > most {
				longest, most = i, left
			}
		}
		if most == 0 {
			return 0, false
		}
		if part, ok = s.each[longest].last(); ok {
			return part, true
		}
	}
}

func (s *span) left() int {
	w := s.word.Load()
	return int(w>>32) - int(uint32(w))
}

func (s *span) first() (int, bool) {
	for {
		w := s.word.Load()
		if uint32(w) >= uint32(w>>32) {
			return 0, false
		}
		if s.word.CompareAndSwap(w, w+1) {
			return int(uint32(w)), true
		}
	}
}

func (s *span) last() (int, bool) {
	for {
		w := s.word.Load()
		if uint32(w) >= uint32(w>>32) {
			return 0, false
		}
		if s.word.CompareAndSwap(w, w-1<<32) {
			return int(w>>32) - 1, true
		}
	}
}
