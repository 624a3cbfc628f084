package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type SKU string
type Item struct {
	SKU   SKU      `json:"sku"`
	Price float64  `json:"price"`
	Tags  []string `json:"tags,omitempty"`
	qty   int
}
type Store struct {
	items map[SKU]*Item
	sold  map[SKU]int
}
type OutOfStock struct {
	Item *Item
	Want int
}

func (e OutOfStock) Error() string {
	return fmt.Sprintf("%s: want %d, have %d", e.Item.SKU, e.Want, e.Item.qty)
}

var ErrUnknown = errors.New("unknown item")

func (s *Store) get(k SKU) (*Item, error) {
	if it, ok := s.items[k]; ok {
		return it, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknown, k)
}
func (s *Store) Sell(order map[SKU]int) (total float64, errs error) {
	for _, k := range slices.Sorted(maps.Keys(order)) {
		it, err := s.get(k)
		switch n := order[k]; {
		case err != nil:
			errs = errors.Join(errs, err)
		case it.qty < n:
			errs = errors.Join(errs, OutOfStock{it, n})
		default:
			it.qty -= n
			s.sold[k] += n
			total += float64(n) * it.Price
		}
	}
	return
}
func main() {
	s := &Store{items: map[SKU]*Item{}, sold: map[SKU]int{}}
	var list []Item
	if err := json.Unmarshal([]byte(`[{"sku":"pen","price":1.5,"tags":["a"]},{"sku":"cup","price":4}]`), &list); err != nil {
		fmt.Println(err)
	}
	for i := range list {
		list[i].qty = 10 * (i + 1)
		s.items[list[i].SKU] = &list[i]
	}
	fmt.Println(s.Sell(map[SKU]int{"pen": 3, "cup": 2}))
	total, err := s.Sell(map[SKU]int{"pen": 30, "hat": 1, "cup": 1})
	var oos OutOfStock
	fmt.Println(total, errors.As(err, &oos), oos.Want, errors.Is(err, ErrUnknown))
	fmt.Println(err)
	sorted := slices.SortedFunc(maps.Values(s.items), func(a, b *Item) int { return cmp.Compare(b.Price, a.Price) })
	for _, it := range sorted {
		fmt.Printf("%+v ", *it)
	}
	fmt.Println(s.sold)
	b, _ := json.Marshal(list)
	fmt.Println(string(b), strings.Count(string(b), "qty"))
	groups := map[bool][]SKU{}
	for _, it := range list {
		groups[it.Price > 2] = append(groups[it.Price > 2], it.SKU)
	}
	fmt.Println(groups)
}
