package arrowio

import (
	"fmt"
	"sort"
	"unsafe"
)

// Tokens is an open token file. It may be read by several goroutines, until Close.
type Tokens struct {
	path    string
	mapped  []byte
	batches []batch
	n       int
}

// batch is the column of one record batch, a window on the map: one of the two slices is set.
type batch struct {
	first int // index of its first token in the file
	u16   []uint16
	u32   []uint32
}

// OpenTokens maps the token file at path.
func OpenTokens(path string) (*Tokens, error) {
	b, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("open tokens: %w", err)
	}
	t := &Tokens{path: path, mapped: b}
	if err := t.parse(); err != nil {
		_ = unmap(b)
		return nil, fmt.Errorf("open tokens %s: %w", path, err)
	}
	return t, nil
}

// Len is the number of tokens.
func (t *Tokens) Len() int { return t.n }

// Read copies the tokens from index at on to dst. It panics when fewer than len(dst) are there.
func (t *Tokens) Read(dst []int32, at int) {
	if at < 0 || at > t.n-len(dst) {
		panic(fmt.Sprintf("arrowio: read of tokens %d to %d of %s, which has %d", at, at+len(dst), t.path, t.n))
	}
	i := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].first > at }) - 1
	for len(dst) > 0 {
		n := t.batches[i].read(dst, at-t.batches[i].first)
		dst, at, i = dst[n:], at+n, i+1
	}
}

// read copies what there is from offset on, at most len(dst), and returns how many.
func (b *batch) read(dst []int32, offset int) int {
	if b.u16 != nil {
		return widen(dst, b.u16[offset:])
	}
	return widen(dst, b.u32[offset:])
}

func widen[E uint16 | uint32](dst []int32, src []E) int {
	n := min(len(dst), len(src))
	for i, v := range src[:n] {
		dst[i] = int32(v)
	}
	return n
}

// Max is the largest token; -1 when there are none. It reads the whole file.
func (t *Tokens) Max() int {
	largest := -1
	for _, b := range t.batches {
		for _, v := range b.u16 {
			largest = max(largest, int(v))
		}
		for _, v := range b.u32 {
			largest = max(largest, int(v))
		}
	}
	return largest
}

// Close ends the map. The Tokens must not be used after.
func (t *Tokens) Close() error {
	b := t.mapped
	t.mapped, t.batches, t.n = nil, nil, 0
	return unmap(b)
}

// add appends a batch of n elements of width bytes that lie in raw, which is aligned.
func (t *Tokens) add(raw []byte, n, width int) {
	if n == 0 {
		return
	}
	b := batch{first: t.n}
	p := unsafe.Pointer(unsafe.SliceData(raw))
	if width == 2 {
		b.u16 = unsafe.Slice((*uint16)(p), n)
	} else {
		b.u32 = unsafe.Slice((*uint32)(p), n)
	}
	t.batches = append(t.batches, b)
	t.n += n
}
