package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nikolalohinski/gonja/v2/exec"
)

// tojson is Python's json.dumps with ensure_ascii false, as Hugging Face's templates have it, and with indent. Keys come in the order in
// which a template wrote them, those of a Go map sorted.
func tojson(_ *exec.Evaluator, in *exec.Value, args *exec.VarArgs) *exec.Value {
	d := dumper{indent: -1}
	if v, ok := args.KwArgs["indent"]; ok && v.IsInteger() {
		d.indent = v.Integer()
	}
	if err := d.value(in.Interface(), 0); err != nil {
		return exec.AsValue(fmt.Errorf("tojson: %w", err))
	}
	return exec.AsValue(d.b.String())
}

type dumper struct {
	b      bytes.Buffer
	indent int // blanks a level; -1: all in one line
}

func (d *dumper) value(v any, depth int) error {
	switch v := v.(type) {
	case *exec.Value:
		return d.value(v.Interface(), depth)
	case exec.Dict:
		return d.object(v.Pairs, depth)
	case *exec.Dict:
		return d.object(v.Pairs, depth)
	case map[string]any:
		var pairs []*exec.Pair
		for _, k := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, &exec.Pair{Key: exec.AsValue(k), Value: exec.AsValue(v[k])})
		}
		return d.object(pairs, depth)
	case []any:
		return d.list(len(v), '[', ']', depth, func(i int) error { return d.value(v[i], depth+1) })
	}
	if x := exec.AsValue(v); x.IsList() {
		var items []any
		x.Iterate(func(_, _ int, item, _ *exec.Value) bool {
			items = append(items, item.Interface())
			return true
		}, func() {})
		return d.value(items, depth)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	d.b.Write(bytes.TrimRight(b.Bytes(), "\n"))
	return nil
}

func (d *dumper) object(pairs []*exec.Pair, depth int) error {
	return d.list(len(pairs), '{', '}', depth, func(i int) error {
		if err := d.value(pairs[i].Key.String(), depth+1); err != nil {
			return err
		}
		d.b.WriteString(": ")
		return d.value(pairs[i].Value, depth+1)
	})
}

// list writes n elements between brackets.
func (d *dumper) list(n int, open, end byte, depth int, element func(i int) error) error {
	line := func(depth int) {
		if d.indent >= 0 && n > 0 {
			d.b.WriteString("\n" + strings.Repeat(" ", d.indent*depth))
		}
	}
	d.b.WriteByte(open)
	for i := range n {
		if i > 0 {
			d.b.WriteByte(',')
			if d.indent < 0 {
				d.b.WriteByte(' ')
			}
		}
		line(depth + 1)
		if err := element(i); err != nil {
			return err
		}
	}
	line(depth)
	d.b.WriteByte(end)
	return nil
}
