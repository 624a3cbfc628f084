package tokenizer

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
)

// TrainBPE learns a byte-level BPE of vocab ids, at least 256, from text: again and again it merges the most frequent pair, the
// one of the smallest ids among equals. When no pair comes twice it stops with fewer.
func TrainBPE(text string, vocab int) (*BPE, error) {
	if vocab < 256 {
		return nil, fmt.Errorf("train BPE: vocab is %d, want at least 256, the number of bytes", vocab)
	}
	b := &BPE{ranks: map[pair]merge{}}
	for c := range 256 {
		b.pieces = append(b.pieces, string([]byte{byte(c)}))
		b.bytes[c] = int32(c)
	}
	t := newTrainer(text)
	for len(b.pieces) < vocab {
		p, ok := t.best()
		if !ok {
			break
		}
		id := int32(len(b.pieces))
		b.pieces = append(b.pieces, b.pieces[p.left]+b.pieces[p.right])
		b.ranks[p] = merge{int32(len(b.merges)), id}
		b.merges = append(b.merges, p)
		t.merge(p, id)
	}
	b.base = len(b.pieces)
	return b, nil
}

// trainer keeps the distinct words of the text, how often each pair of neighbours comes in them, and in which.
type trainer struct {
	words  []word
	counts map[pair]int
	where  map[pair][]int32 // words that have the pair, or had it; ascending, no repeats
	queue  pairQueue        // counts may be out of date: too high, never too low
}

type word struct {
	ids   []int32
	count int
}

func newTrainer(text string) *trainer {
	t := &trainer{counts: map[pair]int{}, where: map[pair][]int32{}}
	index := map[string]int{}
	for len(text) > 0 {
		n := nextWord(text)
		i, ok := index[text[:n]]
		if !ok {
			i = len(t.words)
			index[text[:n]] = i
			ids := make([]int32, n)
			for j := range ids {
				ids[j] = int32(text[j])
			}
			t.words = append(t.words, word{ids: ids})
		}
		t.words[i].count++
		text = text[n:]
	}
	for i := range t.words {
		t.count(int32(i), 1, nil)
	}
	for p, n := range t.counts {
		t.queue = append(t.queue, counted{p, n})
	}
	heap.Init(&t.queue)
	return t
}

// count adds (sign 1) or takes away (sign -1) the pairs of word i, and notes those it adds in touched.
func (t *trainer) count(i int32, sign int, touched map[pair]bool) {
	w := t.words[i]
	for j := range len(w.ids) - 1 {
		p := pair{w.ids[j], w.ids[j+1]}
		t.counts[p] += sign * w.count
		if sign < 0 {
			continue
		}
		if at := t.where[p]; len(at) == 0 || at[len(at)-1] != i {
			t.where[p] = append(at, i)
		}
		if touched != nil {
			touched[p] = true
		}
	}
}

// best is the pair to merge next; false when none comes twice.
func (t *trainer) best() (pair, bool) {
	for len(t.queue) > 0 {
		top := t.queue[0]
		now := t.counts[top.pair]
		if now == top.n && now > 1 {
			return top.pair, true
		}
		if now > 1 {
			t.queue[0].n = now
			heap.Fix(&t.queue, 0)
		} else {
			heap.Pop(&t.queue)
		}
	}
	return pair{}, false
}

// merge replaces p by id in all words.
func (t *trainer) merge(p pair, id int32) {
	touched := map[pair]bool{}
	for _, i := range t.where[p] {
		if !hasPair(t.words[i].ids, p) {
			continue
		}
		t.count(i, -1, nil)
		t.words[i].ids = mergeAll(t.words[i].ids, p, id)
		t.count(i, 1, touched)
	}
	delete(t.where, p)
	delete(t.counts, p)
	for q := range touched {
		if q.left == id || q.right == id { // only pairs with the new id can have become more frequent
			heap.Push(&t.queue, counted{q, t.counts[q]})
		}
	}
}

func hasPair(ids []int32, p pair) bool {
	for j := range len(ids) - 1 {
		if ids[j] == p.left && ids[j+1] == p.right {
			return true
		}
	}
	return false
}

// mergeAll replaces each p in ids by id, from the left, in place.
func mergeAll(ids []int32, p pair, id int32) []int32 {
	out := ids[:0]
	for j := 0; j < len(ids); j++ {
		if j+1 < len(ids) && ids[j] == p.left && ids[j+1] == p.right {
			out = append(out, id)
			j++
		} else {
			out = append(out, ids[j])
		}
	}
	return slices.Clip(out)
}

// pairQueue is a heap of pairs, the most frequent first, and of equals the one of the smallest ids.
type pairQueue []counted

type counted struct {
	pair
	n int
}

func (q pairQueue) Len() int { return len(q) }
func (q pairQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.left, b.left), cmp.Compare(a.right, b.right)) < 0
}
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *pairQueue) Push(x any)   { *q = append(*q, x.(counted)) }
func (q *pairQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
