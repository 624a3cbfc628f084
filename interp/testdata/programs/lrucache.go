package main

import (
	"container/list"
	"fmt"
	"iter"
	"strings"
)

type entry[K comparable, V any] struct {
	k K
	v V
}
type LRU[K comparable, V any] struct {
	cap     int
	ll      *list.List
	items   map[K]*list.Element
	onEvict func(K, V)
}

func New[K comparable, V any](n int, onEvict func(K, V)) *LRU[K, V] {
	return &LRU[K, V]{cap: n, ll: list.New(), items: map[K]*list.Element{}, onEvict: onEvict}
}
func (c *LRU[K, V]) Get(k K) (v V, ok bool) {
	if e, hit := c.items[k]; hit {
		c.ll.MoveToFront(e)
		return e.Value.(*entry[K, V]).v, true
	}
	return
}
func (c *LRU[K, V]) Put(k K, v V) {
	if e, ok := c.items[k]; ok {
		e.Value.(*entry[K, V]).v = v
		c.ll.MoveToFront(e)
		return
	}
	c.items[k] = c.ll.PushFront(&entry[K, V]{k, v})
	if c.ll.Len() > c.cap {
		last := c.ll.Back()
		old := c.ll.Remove(last).(*entry[K, V])
		delete(c.items, old.k)
		if c.onEvict != nil {
			c.onEvict(old.k, old.v)
		}
	}
}
func (c *LRU[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for e := c.ll.Front(); e != nil; e = e.Next() {
			if en := e.Value.(*entry[K, V]); !yield(en.k, en.v) {
				return
			}
		}
	}
}

type trie struct {
	kids map[rune]*trie
	end  bool
}

func (t *trie) insert(w string) {
	for _, r := range w {
		if t.kids == nil {
			t.kids = map[rune]*trie{}
		}
		if t.kids[r] == nil {
			t.kids[r] = &trie{}
		}
		t = t.kids[r]
	}
	t.end = true
}
func (t *trie) count() (n int) {
	if t.end {
		n++
	}
	for _, k := range t.kids {
		n += k.count()
	}
	return
}

type uf []int

func (u uf) find(x int) int {
	for u[x] != x {
		u[x] = u[u[x]]
		x = u[x]
	}
	return x
}
func (u uf) join(a, b int) { u[u.find(a)] = u.find(b) }
func main() {
	var gone []string
	c := New(2, func(k string, v int) { gone = append(gone, fmt.Sprint(k, v)) })
	c.Put("a", 1)
	c.Put("b", 2)
	fmt.Println(c.Get("a"))
	c.Put("c", 3)
	fmt.Println(c.Get("b"))
	c.Put("a", 10)
	for k, v := range c.All() {
		fmt.Print(k, v, " ")
	}
	fmt.Println(gone, len(c.items))
	t := &trie{}
	for _, w := range strings.Fields("go gopher golang gone go") {
		t.insert(w)
	}
	fmt.Println(t.count(), len(t.kids['g'].kids['o'].kids))
	u := make(uf, 6)
	for i := range u {
		u[i] = i
	}
	u.join(0, 1)
	u.join(2, 3)
	u.join(1, 3)
	fmt.Println(u.find(0) == u.find(2), u.find(4) == u.find(5))
}
