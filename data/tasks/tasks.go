// Package tasks generates text and instructions that teach a small model something which can be checked exactly: sums, tricks with
// words, and questions about a small made-up world. Nothing is read from files, and everything is a function of a seed.
//
// [Instructions] are rows of a prompt and its one right response, of several kinds and phrasings; those that are held out share no sum, no
// word and no phrased question with the others. [Text] is plain text that states such things, never one that is held out: a
// base model that has read it knows how to add and spell and who lives where, but not how to answer.
package tasks

import (
	"fmt"
	"strings"
)

// Row is an instruction and its response.
type Row struct {
	Kind     string `json:"kind"` // "sum", "difference", "upper", "reverse", "twice", "last", "length", "home", "colour", "pet"
	Prompt   string `json:"prompt"`
	Response string `json:"response"`
}

// Instructions returns n rows: those that may be trained on, each kind as often as its weight says, so that the few questions about the
// world come again and again; or held out ones, of which none comes twice, fewer than n when there are not so many.
func Instructions(seed uint64, n int, heldOut bool) []Row {
	r := random{seed, 0}
	if heldOut {
		r.seed ^= 1 << 63
	}
	seen := map[string]bool{}
	rows := make([]Row, 0, n)
	for tries := 0; len(rows) < n && tries < 100*n+1000; tries++ {
		t := anyKind(&r)
		row, held := t.row(&r)
		if held != heldOut || held && seen[row.Prompt] {
			continue
		}
		seen[row.Prompt] = true
		row.Kind = t.name
		rows = append(rows, row)
	}
	return rows
}

// alphabet is the first line of every Text: all characters of prompts and responses, so that a tokenizer that learns its characters from
// the text knows them all.
const alphabet = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 + - = ? ."

// Text returns at least so many bytes of statements, one a line.
func Text(seed uint64, bytes int) string {
	r := random{seed, 1 << 32}
	var b strings.Builder
	b.WriteString(alphabet + "\n")
	for b.Len() < bytes {
		t := anyKind(&r)
		if line, held := t.line(&r); !held {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// kind is one kind of task.
type kind struct {
	name   string
	weight int                            // how often it comes
	row    func(r *random) (Row, bool)    // an instruction, and whether it is held out
	line   func(r *random) (string, bool) // a statement of plain text
}

var kinds = []kind{
	{"sum", 3, sum.row, sum.line},
	{"difference", 3, difference.row, difference.line},
	{"upper", 1, upper.row, upper.line},
	{"reverse", 2, reverse.row, reverse.line},
	{"twice", 2, twice.row, twice.line},
	{"last", 1, last.row, last.line},
	{"length", 1, length.row, length.line},
	{"home", 1, home.row, home.line},
	{"colour", 1, colour.row, colour.line},
	{"pet", 1, pet.row, pet.line},
}

// weights is the sum of the kinds' weights.
var weights = func() (sum int) {
	for _, k := range kinds {
		sum += k.weight
	}
	return sum
}()

// anyKind draws a kind by its weight.
func anyKind(r *random) kind {
	n := r.intn(weights)
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
			return k
		}
	}
	panic("tasks: weights do not add up")
}

// share is the part of all problems that is held out.
const share = 0.15

// heldOut decides by the problem itself, not by its phrasing.
func heldOut(parts ...any) bool {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range fmt.Append(nil, parts...) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return float64(mix(h)>>11)/(1<<53) < share
}

// random is a sequence of numbers that is a function of its seed.
type random struct{ seed, n uint64 }

func (r *random) intn(n int) int {
	r.n++
	return int(mix(mix(r.seed)+r.n) % uint64(n))
}

func (r *random) pick(of []string) string { return of[r.intn(len(of))] }

// mix is the output function of splitmix64 (Steele et al., 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
