package tensorlib

import (
	"fmt"
	"html"
	"strings"
)

// The largest matrix that is shown as an HTML table.
const (
	tableRows = 30
	tableCols = 20
)

// MIME is what a notebook shows: the text of String, and a table for small tensors of one or two dimensions.
func (t *Tensor) MIME() map[string]any {
	m := map[string]any{"text/plain": t.String()}
	if t == nil || t.mem == nil || t.mem.state == released || t.v.Rank < 1 || t.v.Rank > 2 || t.Numel() == 0 {
		return m
	}
	cols, rows := t.v.Dims[t.v.Rank-1], t.Numel()/t.v.Dims[t.v.Rank-1]
	if rows <= tableRows && cols <= tableCols {
		m["text/html"] = htmlTable(t, rows, cols)
	}
	return m
}

func htmlTable(t *Tensor, rows, cols int) string {
	text := cells(t, 0)
	var b strings.Builder
	b.WriteString(`<table style="font-family:monospace;text-align:right">`)
	b.WriteString("<tr><th></th>")
	for j := range cols {
		fmt.Fprintf(&b, "<th>%d</th>", j)
	}
	b.WriteString("</tr>")
	for i := range rows {
		b.WriteString("<tr>")
		if t.v.Rank == 2 {
			fmt.Fprintf(&b, "<th>%d</th>", i)
		} else {
			b.WriteString("<th></th>")
		}
		for _, x := range text[i*cols : (i+1)*cols] {
			b.WriteString("<td>" + html.EscapeString(x) + "</td>")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table><small>shape " + t.Shape().String() + ", " + t.v.DType.String() + "</small>")
	return b.String()
}
