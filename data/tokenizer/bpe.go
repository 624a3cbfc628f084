package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// BPE is a byte-level byte-pair encoding. Ids 0 to 255 of a trained one are the bytes; each later id is the merge of two earlier.
type BPE struct {
	added
	pieces []string // the bytes of each id
	bytes  [256]int32
	merges []pair         // by rank
	ranks  map[pair]merge // the inverse
}

type pair struct{ left, right int32 }

// merge is what becomes of a pair: id, and when: lower ranks go first.
type merge struct{ rank, id int32 }

// Unknown implements Tokenizer; a BPE knows every byte.
func (b *BPE) Unknown(string) string { return "" }

// Decode implements Tokenizer.
func (b *BPE) Decode(ids []int) string {
	var s strings.Builder
	for _, id := range ids {
		if text, ok := b.text(id); ok {
			s.WriteString(text)
		} else if id < 0 || id >= len(b.pieces) {
			s.WriteRune(utf8.RuneError)
		} else {
			s.WriteString(b.pieces[id])
		}
	}
	return s.String()
}

// Encode implements Tokenizer. Words are merged one by one, so the ids of a text do not depend on what comes after the next word.
func (b *BPE) Encode(text string) []int { return b.encode(text, false, b.plain) }

// EncodeSpecial implements Tokenizer.
func (b *BPE) EncodeSpecial(text string) []int { return b.encode(text, true, b.plain) }

// plain appends the ids of text.
func (b *BPE) plain(ids []int, text string) []int {
	var m merger
	seen := map[string][]int32{}
	for len(text) > 0 {
		n := nextWord(text)
		word := text[:n]
		text = text[n:]
		enc, ok := seen[word]
		if !ok {
			enc = b.encodeWord(&m, word)
			if len(word) <= 32 { // long words hardly come twice
				seen[word] = enc
			}
		}
		for _, id := range enc {
			ids = append(ids, int(id))
		}
	}
	return ids
}

func (b *BPE) encodeWord(m *merger, word string) []int32 {
	m.load(b, word)
	for m.step(b) {
	}
	ids := make([]int32, 0, m.left)
	for i := int32(0); i >= 0; i = m.next[i] {
		ids = append(ids, m.ids[i])
	}
	return ids
}

// merger applies merges to one word: a linked list of ids, and a heap of the pairs that could merge. So a word of n bytes costs
// n log n, even one of a million letters.
type merger struct {
	ids        []int32 // by place; -1 where the place was merged into an earlier one
	prev, next []int32 // places; -1 at the ends
	heap       []candidate
	left       int // ids left
}

type candidate struct {
	rank, at, id int32
	pair         pair
}

func (m *merger) load(b *BPE, word string) {
	m.ids, m.prev, m.next, m.heap, m.left = m.ids[:0], m.prev[:0], m.next[:0], m.heap[:0], len(word)
	for i := range len(word) {
		m.ids = append(m.ids, b.bytes[word[i]])
		m.prev = append(m.prev, int32(i-1))
		m.next = append(m.next, int32(i+1))
	}
	m.next[len(word)-1] = -1
	for i := range len(word) - 1 {
		m.consider(b, int32(i))
	}
}

// consider puts the pair at place i on the heap if it can merge.
func (m *merger) consider(b *BPE, i int32) {
	p := pair{m.ids[i], m.ids[m.next[i]]}
	if to, ok := b.ranks[p]; ok {
		m.push(candidate{to.rank, i, to.id, p})
	}
}

// step does the merge of lowest rank, the leftmost of equals; it reports whether there may be more to do.
func (m *merger) step(b *BPE) bool {
	if len(m.heap) == 0 {
		return false
	}
	c := m.pop()
	right := int32(-1)
	if m.ids[c.at] >= 0 {
		right = m.next[c.at]
	}
	if right < 0 || m.ids[c.at] != c.pair.left || m.ids[right] != c.pair.right {
		return true // one of the two has merged with another since
	}
	m.ids[c.at], m.ids[right] = c.id, -1
	m.left--
	after := m.next[right]
	m.next[c.at] = after
	if after >= 0 {
		m.prev[after] = c.at
		m.consider(b, c.at)
	}
	if before := m.prev[c.at]; before >= 0 {
		m.consider(b, before)
	}
	return true
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

func (m *merger) push(c candidate) {
	m.heap = append(m.heap, c)
	i := len(m.heap) - 1
	for i > 0 && c.before(m.heap[(i-1)/2]) {
		m.heap[i] = m.heap[(i-1)/2]
		i = (i - 1) / 2
	}
	m.heap[i] = c
}

func (m *merger) pop() candidate {
	top := m.heap[0]
	last := m.heap[len(m.heap)-1]
	m.heap = m.heap[:len(m.heap)-1]
	n := len(m.heap)
	i := 0
	for 2*i+1 < n {
		child := 2*i + 1
		if child+1 < n && m.heap[child+1].before(m.heap[child]) {
			child++
		}
		if !m.heap[child].before(last) {
			break
		}
		m.heap[i] = m.heap[child]
		i = child
	}
	if n > 0 {
		m.heap[i] = last
	}
	return top
}
