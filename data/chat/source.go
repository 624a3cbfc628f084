package chat

import (
	"fmt"
	"strings"
	"unicode"
)

// The Jinja library differs from Jinja in four ways that chat templates trip over: lstrip_blocks takes blanks also behind another tag on the
// line, a conditional expression stands only at the outermost level, a string may not end with a backslash, and strings side by side are not
// joined. So a template is rewritten before the library reads it: blanks are cut here, by Jinja's rules (jinja2/lexer.py, 3.1), the strings are
// spelled in a way that it takes, and a conditional expression becomes a call of _if with its parts as texts.

// rewrite returns the template in the library's words.
func rewrite(source string) (string, error) {
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source)
	w := writer{rest: strings.TrimSuffix(source, "\n"), lineStart: true}
	for w.rest != "" {
		at := nextTag(w.rest)
		if at < 0 {
			w.data(w.rest)
			break
		}
		if err := w.tag(at); err != nil {
			line := 1 + strings.Count(source[:len(source)-len(w.rest)], "\n")
			return "", fmt.Errorf("line %d: %w", line, err)
		}
	}
	return w.out.String(), nil
}

// nextTag is where the next {{, {% or {# begins; -1: nowhere.
func nextTag(s string) int {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '{' && strings.IndexByte("{%#", s[i+1]) >= 0 {
			return i
		}
	}
	return -1
}

type writer struct {
	out       strings.Builder
	rest      string // of the source
	lineStart bool   // what stands at the beginning of rest begins a line
}

// data writes text that is no tag. The library must not see a tag in it, nor at its seam with the next.
func (w *writer) data(text string) {
	if text != "" {
		w.out.WriteString("{{ " + quote(text) + " }}")
	}
}

// tag writes the data before the tag at byte at, and the tag.
func (w *writer) tag(at int) error {
	text, kind, body := w.rest[:at], w.rest[at+1], w.rest[at+2:]
	var left byte
	if body != "" && (body[0] == '-' || body[0] == '+' && kind != '{') {
		left, body = body[0], body[1:]
	}
	w.data(w.trim(text, kind, left))
	w.rest = body
	if kind == '#' {
		before, after, ok := strings.Cut(body, "#}")
		if !ok {
			return fmt.Errorf("a comment has no end")
		}
		w.after(kind, before, after)
		return nil
	}
	tokens, n, err := tokenize(body, kind)
	if err != nil {
		return err
	}
	if len(tokens) == 1 && tokens[0].text == "raw" && kind == '%' {
		w.after(kind, body[:n], body[n+2:])
		return w.raw()
	}
	if kind == '%' {
		w.out.WriteString("{% " + statement(tokens) + " %}")
	} else {
		w.out.WriteString("{{ " + conditionals(tokens) + " }}")
	}
	w.after(kind, body[:n], body[n+2:])
	return nil
}

// trim cuts the blanks off text that stands before a tag.
func (w *writer) trim(text string, kind, left byte) string {
	if left == '-' {
		return strings.TrimRightFunc(text, unicode.IsSpace)
	}
	line := strings.LastIndexByte(text, '\n') + 1
	if left != '+' && kind != '{' && (line > 0 || w.lineStart) && strings.TrimSpace(text[line:]) == "" {
		return text[:line]
	}
	return text
}

// after goes on behind a tag: body is what it holds, up to its end mark, rest what follows.
func (w *writer) after(kind byte, body, rest string) {
	w.rest = rest
	switch {
	case strings.HasSuffix(body, "-"):
		w.rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	case kind != '{' && !strings.HasSuffix(body, "+"):
		w.rest = strings.TrimPrefix(rest, "\n")
	}
	w.lineStart = strings.HasSuffix(rest[:len(rest)-len(w.rest)], "\n")
}

// raw writes what stands before {% endraw %}.
func (w *writer) raw() error {
	for at := 0; ; {
		n := strings.Index(w.rest[at:], "{%")
		if n < 0 {
			return fmt.Errorf("raw has no endraw")
		}
		at += n
		body := w.rest[at+2:]
		before, after, ok := strings.Cut(body, "%}")
		if ok && strings.Trim(before, "-+ \t\n") == "endraw" {
			w.data(w.trim(w.rest[:at], '%', body[0]))
			w.after('%', before, after)
			return nil
		}
		at += 2
	}
}

// quote spells a text as the library takes it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r < ' ' || r == '"' || r == '\'' || r == '\\' || r == 0x7F:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
