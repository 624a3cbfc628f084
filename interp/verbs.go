package interp

import (
	"fmt"
	"strings"
)

// A verb is one verb of a format string.
type verb struct {
	flags string // between % and the verb, without an index right before the verb
	char  byte
	arg   int // the number of its argument
}

// verbs takes a format apart: the text before each verb, the verbs, and the text after the last.
func verbs(format string) (texts []string, vs []verb) {
	arg := 0
	for {
		before, rest, ok := strings.Cut(format, "%")
		texts = append(texts, before)
		if !ok {
			return texts, vs
		}
		v, n, next := parseVerb(rest, arg)
		vs, arg, format = append(vs, v), next, rest[n:]
	}
}

// parseVerb reads the verb at the start of text, whose argument is the number arg, and is where it ends and the number of
// the next argument.
func parseVerb(text string, arg int) (v verb, n, next int) {
	index := -1 // where an index starts that has no star behind it
	i := 0
	for ; i < len(text) && strings.IndexByte("+-# 0123456789.*[]", text[i]) >= 0; i++ {
		switch text[i] {
		case '*':
			arg++
			index = -1
		case '[':
			index = i
			var k int
			if _, err := fmt.Sscanf(text[i:], "[%d]", &k); err == nil {
				arg = k - 1
			}
		}
	}
	v = verb{flags: text[:i], arg: arg}
	if index >= 0 {
		v.flags = text[:index]
	}
	if i == len(text) {
		return v, i, arg
	}
	if v.char = text[i]; v.char == '%' {
		return v, i + 1, arg
	}
	return v, i + 1, arg + 1
}

// typeVerbs answers the %T and %p verbs of a format for Vals, whose Go type says nothing.
func typeVerbs(format string, args []any) (string, []any) {
	if !strings.ContainsAny(format, "Tp") {
		return format, args
	}
	texts, vs := verbs(format)
	indexed := strings.Contains(format, "[")
	out := append([]any{}, args...)
	var b strings.Builder
	for i, v := range vs {
		b.WriteString(texts[i] + "%" + v.flags)
		if v.arg < 0 || v.arg >= len(args) || args[v.arg] == nil || v.char == '%' {
			writeVerb(&b, v, indexed)
			continue
		}
		val, isVal := open(args[v.arg]).(Val)
		x := args[v.arg]
		switch {
		case v.char == 'T':
			v.char, x = 's', typeName(x)
		case v.char == 'p' && isVal:
			x = val.V
		default:
			writeVerb(&b, v, indexed)
			continue
		}
		if indexed { // other verbs may want the argument too
			v.arg, out = len(out), append(out, x)
		} else {
			out[v.arg] = x
		}
		writeVerb(&b, v, indexed)
	}
	return b.String() + texts[len(vs)], out
}

func writeVerb(b *strings.Builder, v verb, indexed bool) {
	if indexed && v.char != '%' {
		fmt.Fprintf(b, "[%d]", v.arg+1)
	}
	if v.char != 0 {
		b.WriteByte(v.char)
	}
}
