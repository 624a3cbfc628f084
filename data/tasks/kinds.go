package tasks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// arithmetic is a task on two numbers.
type arithmetic struct {
	name     string
	of       func(a, b int) int
	ask, say []string // formats of two numbers; say: and of the result
}

var sum = arithmetic{
	"sum", func(a, b int) int { return a + b },
	[]string{"add %d and %d", "what is %d plus %d?", "%d + %d = ?"},
	[]string{"%d + %d = %d", "%d plus %d is %d"},
}

var difference = arithmetic{
	"difference", func(a, b int) int { return a - b },
	[]string{"take %[2]d from %[1]d", "what is %d minus %d?", "%d - %d = ?"},
	[]string{"%d - %d = %d", "%d minus %d is %d"},
}

// numbers are one of two digits and one of one digit.
func (t arithmetic) numbers(r *random) (a, b int, held bool) {
	a, b = 10+r.intn(80), r.intn(10)
	return a, b, heldOut(t.name, a, b)
}

func (t arithmetic) row(r *random) (Row, bool) {
	a, b, held := t.numbers(r)
	return Row{Prompt: fmt.Sprintf(r.pick(t.ask), a, b), Response: strconv.Itoa(t.of(a, b))}, held
}

func (t arithmetic) line(r *random) (string, bool) {
	a, b, held := t.numbers(r)
	return fmt.Sprintf(r.pick(t.say), a, b, t.of(a, b)), held
}

// spelling is a task on a word.
type spelling struct {
	name     string
	of       func(word string) string
	ask, say []string // formats of a word; say: and of the result
}

var upper = spelling{
	"upper", strings.ToUpper,
	[]string{"write %s in capitals", "capitals of %s?", "%s in capital letters"},
	[]string{"%s in capitals is %s", "in capitals %s is %s"},
}

var reverse = spelling{
	"reverse", func(w string) string {
		b := []byte(w)
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		return string(b)
	},
	[]string{"reverse %s", "spell %s backwards", "what is %s backwards?"},
	[]string{"%s backwards is %s", "the reverse of %s is %s"},
}

var twice = spelling{
	"twice", func(w string) string { return w + " " + w },
	[]string{"say %s twice", "repeat %s", "two times %s"},
	[]string{"%s twice is %s", "two times %s is %s"},
}

var last = spelling{
	"last", func(w string) string { return w[len(w)-1:] },
	[]string{"last letter of %s?", "how does %s end?", "the final letter of %s"},
	[]string{"the last letter of %s is %s", "%s ends with %s"},
}

var length = spelling{
	"length", func(w string) string { return strconv.Itoa(len(w)) },
	[]string{"how long is %s?", "count the letters of %s", "number of letters in %s?"},
	[]string{"the length of %s is %s", "%s has this many letters: %s"},
}

// word is three to five letters, consonants and vowels in turn.
func word(r *random) string {
	const consonants, vowels = "bdfgklmnprst", "aeiou"
	w := make([]byte, 3+r.intn(3))
	at := r.intn(2)
	for i := range w {
		letters := consonants
		if (i+at)%2 == 1 {
			letters = vowels
		}
		w[i] = letters[r.intn(len(letters))]
	}
	if slices.Contains(people, string(w)) {
		return word(r) // names stand in questions about people
	}
	return string(w)
}

func (t spelling) row(r *random) (Row, bool) {
	w := word(r)
	return Row{Prompt: fmt.Sprintf(r.pick(t.ask), w), Response: t.of(w)}, heldOut(w)
}

func (t spelling) line(r *random) (string, bool) {
	w := word(r)
	return fmt.Sprintf(r.pick(t.say), w, t.of(w)), heldOut(w)
}

// fact is what is known of each person of the made-up world.
type fact struct {
	name     string
	values   []string
	ask, say []string // formats of a person; say: and of the value
}

var people = []string{
	"ada", "ben", "cleo", "dan", "eva", "finn", "gus", "hana", "ivo", "june", "kai", "lena", "mia", "nils", "olga", "paul", "rosa", "sven", "tara", "uma",
}

var home = fact{
	"home",
	[]string{"rome", "oslo", "lima", "cairo", "paris", "delhi", "kyoto", "quito"},
	[]string{"where does %s live?", "home of %s?", "which city is %s in?", "in which city does %s live?", "tell me where %s lives"},
	[]string{"%s lives in %s", "the home of %s is %s", "the city where %s lives is %s"},
}

var colour = fact{
	"colour",
	[]string{"red", "blue", "green", "white", "black", "brown", "pink", "grey"},
	[]string{"which colour does %s like?", "colour of %s?", "what colour is loved by %s?", "the favourite colour of %s?", "tell me the colour %s likes"},
	[]string{"%s likes the colour %s", "the colour of %s is %s", "the favourite colour of %s is %s"},
}

var pet = fact{
	"pet",
	[]string{"cat", "dog", "fox", "owl", "hen", "frog", "goat", "mouse"},
	[]string{"which pet does %s have?", "pet of %s?", "what animal lives with %s?", "the animal of %s?", "tell me the pet of %s"},
	[]string{"%s has a %s", "the pet of %s is a %s", "the animal of %s is a %s"},
}

// of is what is true of a person.
func (t fact) of(person int) string {
	h := mix(uint64(person)*3 + uint64(len(t.name)))
	return t.values[h%uint64(len(t.values))]
}

// row asks for a fact. What is held out is a way to ask for it, of this person; the fact itself is no secret.
func (t fact) row(r *random) (Row, bool) {
	p, q := r.intn(len(people)), r.pick(t.ask)
	return Row{Prompt: fmt.Sprintf(q, people[p]), Response: t.of(p)}, heldOut(t.name, p, q)
}

func (t fact) line(r *random) (string, bool) {
	p := r.intn(len(people))
	return fmt.Sprintf(r.pick(t.say), people[p], t.of(p)), false
}
