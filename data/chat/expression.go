package chat

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a token of an expression.
type piece struct {
	text   string // of a string: what it says
	string bool
	spaced bool // blanks stand before it
}

// tokenize reads the tokens of a tag, and returns where its end mark, %} or }}, begins.
func tokenize(body string, kind byte) (tokens []piece, end int, err error) {
	mark := map[byte]string{'%': "%}", '{': "}}"}[kind]
	depth := 0
	spaced := false
	for at := 0; at < len(body); {
		if depth == 0 {
			sign := strings.IndexByte("-+", body[at]) >= 0
			if strings.HasPrefix(body[at:], mark) || sign && strings.HasPrefix(body[at+1:], mark) && !(kind == '{' && body[at] == '+') {
				if sign {
					at++
				}
				return tokens, at, nil
			}
		}
		r, n := utf8.DecodeRuneInString(body[at:])
		t := piece{spaced: spaced}
		spaced = false
		switch {
		case unicode.IsSpace(r):
			spaced = true
			at += n
			continue
		case r == '"' || r == '\'':
			if t.text, n, err = unquote(body[at:]); err != nil {
				return nil, 0, err
			}
			t.string = true
			if last := len(tokens) - 1; last >= 0 && tokens[last].string { // strings side by side are one
				tokens[last].text += t.text
				at += n
				continue
			}
		case isWord(r):
			n = strings.IndexFunc(body[at:], func(r rune) bool { return !isWord(r) })
			if n < 0 {
				return nil, 0, errors.New("a tag has no end")
			}
			t.text = body[at : at+n]
		default:
			if at+2 <= len(body) && slices.Contains(twoSigns, body[at:at+2]) {
				n = 2
			}
			t.text = body[at : at+n]
			depth += strings.Count("([{", t.text) - strings.Count(")]}", t.text)
			if depth < 0 {
				return nil, 0, fmt.Errorf("a %q too many", t.text)
			}
		}
		tokens = append(tokens, t)
		at += n
	}
	return nil, 0, errors.New("a tag has no end")
}

// twoSigns are the operators of two signs.
var twoSigns = []string{"==", "!=", "<=", ">=", "//", "**"}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// unquote reads the string literal that s begins with, and returns its length in s. Escapes are Python's.
func unquote(s string) (text string, n int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1, nil
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		default:
			i++
			i += escape(&b, s[i:]) - 1
		}
	}
	return "", 0, errors.New("a string has no end")
}

// escape writes what an escape sequence stands for, and returns how long it is behind the backslash.
func escape(b *strings.Builder, s string) int {
	if i := strings.IndexByte(`ntrabfv\'"`, s[0]); i >= 0 {
		b.WriteByte("\n\t\r\a\b\f\v\\'\""[i])
		return 1
	}
	if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]; digits > 0 && len(s) > digits {
		if r, err := strconv.ParseUint(s[1:1+digits], 16, 32); err == nil && r <= unicode.MaxRune {
			b.WriteRune(rune(r))
			return 1 + digits
		}
	}
	if s[0] == '\n' {
		return 1
	}
	b.WriteByte('\\') // Python leaves what it does not know
	b.WriteByte(s[0])
	return 1
}

// statement writes the tokens of a {% tag %}.
func statement(tokens []piece) string {
	if len(tokens) == 0 {
		return ""
	}
	switch head, rest := tokens[0].text, tokens[1:]; head {
	case "if", "elif", "set":
		return head + " " + conditionals(rest)
	default: // the "if" of a for is none
		return nested(tokens)
	}
}

// conditionals writes tokens in which a conditional expression may stand, between the commas and signs that part a list, a call and
// an assignment.
func conditionals(tokens []piece) string {
	var b strings.Builder
	from := 0
	for i, depth := 0, 0; i <= len(tokens); i++ {
		if i < len(tokens) {
			t := tokens[i]
			if !t.string {
				depth += depthOf(t)
			}
			if t.string || depth > 0 || t.text != "," && t.text != ":" && t.text != "=" {
				continue
			}
		}
		b.WriteString(conditional(tokens[from:i]))
		if i < len(tokens) {
			b.WriteString(tokens[i].text + " ")
		}
		from = i + 1
	}
	return b.String()
}

// conditional writes an expression: "a if c else b" as _if("c", "a", "b").
func conditional(tokens []piece) string {
	then := keyword(tokens, "if")
	if then < 0 {
		return nested(tokens)
	}
	value, rest := tokens[:then], tokens[then+1:]
	parts := []string{"", nested(value)}
	if other := keyword(rest, "else"); other >= 0 {
		parts = append(parts, conditional(rest[other+1:]))
		rest = rest[:other]
	}
	parts[0] = nested(rest)
	for i := range parts {
		parts[i] = quote(parts[i])
	}
	return " _if(" + strings.Join(parts, ", ") + ") "
}

// keyword is where a word stands outside all brackets; -1: nowhere.
func keyword(tokens []piece, word string) int {
	depth := 0
	for i, t := range tokens {
		if !t.string {
			depth += depthOf(t)
			if depth == 0 && t.text == word {
				return i
			}
		}
	}
	return -1
}

// depthOf is 1 for an opening bracket, -1 for a closing one.
func depthOf(t piece) int {
	switch t.text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// nested writes tokens, and the conditional expressions in brackets among them.
func nested(tokens []piece) string {
	var b strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.spaced {
			b.WriteByte(' ')
		}
		if t.string {
			b.WriteString(quote(t.text))
			continue
		}
		b.WriteString(t.text)
		if depthOf(t) <= 0 {
			continue
		}
		end, depth := i+1, 1
		for ; end < len(tokens); end++ {
			if !tokens[end].string {
				depth += depthOf(tokens[end])
			}
			if depth == 0 {
				break
			}
		}
		b.WriteString(conditionals(tokens[i+1 : end]))
		i = end - 1
	}
	return b.String()
}
