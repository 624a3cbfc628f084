package cpu

import (
	"slices"
	"sync"
	"testing"
)

// TestSpansGiveEachMemberItsShare: alone, a member takes its own share in order and then the others' from their far ends.
func TestSpansGiveEachMemberItsShare(t *testing.T) {
	var s spans
	if i, ok := s.claim(1); ok {
		t.Errorf("part %d is claimed before there is a job", i)
	}
	for _, c := range []struct {
		parts, members, member int
		want                   []int
	}{
		{6, 2, 0, []int{0, 1, 2, 5, 4, 3}},
		{6, 2, 1, []int{3, 4, 5, 2, 1, 0}},
		{7, 3, 2, []int{5, 6, 2, 1, 4, 0, 3}},
		{2, 4, 3, []int{1, 0}}, // more members than parts
	} {
		s.deal(c.parts, c.members)
		var got []int
		for i, ok := s.claim(c.member); ok; i, ok = s.claim(c.member) {
			got = append(got, i)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("member %d of %d takes %v, want %v", c.member, c.members, got, c.want)
		}
	}
}

// TestSpansAreClaimedOnce: however members claim at the same time, each part is claimed once.
func TestSpansAreClaimedOnce(t *testing.T) {
	const parts = 10000
	var s spans
	for _, members := range []int{1, 2, 5, 100} {
		s.deal(parts, members)
		claimed := make([][]int, members)
		var all sync.WaitGroup
		for m := range members {
			all.Go(func() {
				for i, ok := s.claim(m); ok; i, ok = s.claim(m) {
					claimed[m] = append(claimed[m], i)
				}
			})
		}
		all.Wait()
		got := slices.Sorted(slices.Values(slices.Concat(claimed...)))
		if len(got) != parts || len(slices.Compact(got)) != parts || got[0] != 0 || got[parts-1] != parts-1 {
			t.Errorf("%d members: %d parts claimed of %d", members, len(got), parts)
		}
	}
}
