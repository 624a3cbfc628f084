package eval

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match is how a written answer is compared with the expected one.
type Match string

// The ways to compare. White space at both ends never counts, and an empty answer is always wrong.
const (
	Exact    Match = "exact"    // the same text
	Contains Match = "contains" // the expected text stands somewhere in the answer
	Number   Match = "number"   // the number after the last "####", else the last number, has the same value; 1,000.50 is 1000.5
)

func (m Match) validate() error {
	if all := []Match{"", Exact, Contains, Number}; !slices.Contains(all, m) {
		return fmt.Errorf("match is %q, want one of %q", m, all[1:])
	}
	return nil
}

// accepts reports what is wrong with an expected answer.
func (m Match) accepts(expected string) error {
	if strings.TrimSpace(expected) == "" {
		return errors.New("the expected answer is empty")
	}
	if m == Number && number(expected) == nil {
		return fmt.Errorf("the expected answer %q has no number", expected)
	}
	return nil
}

// Right reports whether an answer is right. One that does not parse is wrong.
func (m Match) Right(answer, expected string) bool {
	answer, expected = strings.TrimSpace(answer), strings.TrimSpace(expected)
	if answer == "" || expected == "" {
		return false
	}
	switch m {
	case "", Exact:
		return answer == expected
	case Contains:
		return strings.Contains(answer, expected)
	case Number:
		got, want := number(answer), number(expected)
		return got != nil && want != nil && got.Cmp(want) == 0
	}
	return false
}

// numberPattern finds a number: a sign, digits with or without commas between groups of three, decimals. Of 12-5 the 5 is no negative
// number: number looks at what stands before the sign.
var numberPattern = regexp.MustCompile(`-?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)`)

// number is the answer that a text gives; nil when there is none.
func number(text string) *big.Rat {
	if i := strings.LastIndex(text, "####"); i >= 0 {
		text = text[i+4:]
	}
	all := numberPattern.FindAllStringIndex(text, -1)
	if len(all) == 0 {
		return nil
	}
	from, to := all[len(all)-1][0], all[len(all)-1][1]
	if before, _ := utf8.DecodeLastRuneInString(text[:from]); text[from] == '-' && (unicode.IsDigit(before) || unicode.IsLetter(before)) {
		from++
	}
	r, ok := new(big.Rat).SetString(strings.ReplaceAll(text[from:to], ",", ""))
	if !ok {
		return nil
	}
	return r
}
