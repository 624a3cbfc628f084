package rt

import (
	"fmt"
	"reflect"
	"slices"
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

// typeVerbs answers the %T and %p verbs of a format for Vals, whose Go type says nothing, and what fmt finds fault with.
// wraps is set for Errorf, which knows %w.
func (rt *Runtime) typeVerbs(format string, args []any, wraps bool) (string, []any) {
	if !strings.ContainsAny(format, "Tpw") && !slices.ContainsFunc(args, isVal) {
		return format, args
	}
	texts, vs := verbs(format)
	indexed := strings.Contains(format, "[")
	extra := ""
	if n := used(vs); !indexed && n < len(args) && slices.ContainsFunc(args[n:], isVal) {
		extra, args = rt.extraText(args[n:]), args[:n]
	}
	if !strings.ContainsAny(format, "Tpw") {
		return format + extra, args
	}
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
		case v.char == 'w' && isVal && !(wraps && isError(x)):
			v.char, x = 's', "%!w("+val.info.Name+"="+fmt.Sprint(bareVal{val})+")"
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
	return b.String() + texts[len(vs)] + extra, out
}

// used is how many arguments the verbs of a format without indexes take.
func used(vs []verb) int {
	if len(vs) == 0 {
		return 0
	}
	last := vs[len(vs)-1]
	if last.char == '%' || last.char == 0 {
		return last.arg
	}
	return last.arg + 1
}

func isVal(x any) bool {
	_, ok := open(x).(Val)
	return ok
}

func isError(x any) bool {
	_, ok := x.(error)
	return ok
}

// extraText is what fmt writes of arguments that no verb takes, as the end of a format.
func (rt *Runtime) extraText(args []any) string {
	parts := make([]string, len(args))
	for i, a := range rt.printable(args) {
		if parts[i] = "<nil>"; a != nil {
			parts[i] = typeName(args[i]) + "=" + fmt.Sprintf("%v", a)
		}
	}
	return strings.ReplaceAll("%!(EXTRA "+strings.Join(parts, ", ")+")", "%", "%%")
}

// A bareVal is a Val that prints without its methods.
type bareVal struct{ Val }

// Format prints the value.
func (v bareVal) Format(f fmt.State, verb rune) {
	v.info.rt.printer(f, verb).value(reflect.ValueOf(v.V), v.info.Shape, 0, true)
}

func writeVerb(b *strings.Builder, v verb, indexed bool) {
	if indexed && v.char != '%' {
		fmt.Fprintf(b, "[%d]", v.arg+1)
	}
	if v.char != 0 {
		b.WriteByte(v.char)
	}
}
