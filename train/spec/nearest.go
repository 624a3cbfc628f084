package spec

import (
	"cmp"
	"slices"
	"strings"
)

// suggest ends an error message about an unknown name: the nearest known names, or all of them when none is near.
func suggest(name string, known []string) string {
	near := nearest(name, known)
	if len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return "; known are " + strings.Join(known, ", ")
}

// nearest returns up to three of the known names that a typing error could have turned into name, best first.
func nearest(name string, known []string) []string {
	type scored struct {
		name string
		cost int
	}
	var near []scored
	for _, k := range known {
		last := k[strings.LastIndexByte(k, '.')+1:]
		cost := distance(name, k)
		for end := k; strings.Contains(end, "."); { // the ends of a dotted path name it too
			_, end, _ = strings.Cut(end, ".")
			cost = min(cost, distance(name, end))
		}
		if cost <= max(1, len(name)/3) || len(name) > 2 && strings.HasPrefix(strings.ToLower(last), strings.ToLower(name)) {
			near = append(near, scored{k, cost})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(a.cost, b.cost) })
	var names []string
	for _, s := range near[:min(3, len(near))] {
		if s.cost > near[0].cost+1 {
			break // a far second is noise
		}
		names = append(names, s.name)
	}
	return names
}

// distance is the number of insertions, deletions, replacements and swaps of neighbours that turn a into b, case ignored
// (optimal string alignment).
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d[i][j] = min(replace, d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
