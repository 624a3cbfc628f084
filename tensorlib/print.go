package tensorlib

import (
	"math"
	"strconv"
	"strings"
)

// Printing summarises tensors of more than summaryOver elements: the first and last summaryEdge of every long dimension. Rows are
// wrapped at lineWidth.
const (
	summaryOver = 1000
	summaryEdge = 3
	lineWidth   = 80
)

// String shows the elements as nested brackets, and the shape and dtype behind them: four decimals, or scientific notation where the
// sizes differ too much for that. Tensors of more than 1000 elements are summarised, long rows wrapped at 80 columns.
func (t *Tensor) String() string {
	if t == nil || t.mem == nil {
		return "tensor(nil)"
	}
	if t.mem.state == released {
		return "tensor(released at the end of its Scope, shape " + t.Shape().String() + ")"
	}
	var b strings.Builder
	b.WriteString("tensor(")
	if t.Numel() == 0 {
		b.WriteString("[]")
	} else {
		newPrinter(t).write(&b, t, 0, 0)
	}
	b.WriteString(", shape " + t.Shape().String() + ", " + t.v.DType.String())
	if t.wants() {
		b.WriteString(", requires grad")
	}
	b.WriteString(")")
	return b.String()
}

// printer writes elements in one width.
type printer struct {
	edge  int // elements at either end of a dimension; 0: all
	width int
	cells []string // of the shown part, row-major
	next  int
}

func newPrinter(t *Tensor) *printer {
	p := &printer{}
	if t.Numel() > summaryOver {
		p.edge = summaryEdge
	}
	p.cells = cells(t, p.edge)
	for _, x := range p.cells {
		p.width = max(p.width, len(x))
	}
	return p
}

// cells writes the elements that will be shown.
func cells(t *Tensor, edge int) (text []string) {
	NoGrad(func() {
		Scope(func() {
			for d, size := range t.Shape() {
				if edge > 0 && size > 2*edge {
					t = Concat(d, t.Slice(d, 0, edge), t.Slice(d, size-edge, size))
				}
			}
			text = formatted(t)
		})
	})
	return text
}

func formatted(t *Tensor) []string {
	text := make([]string, 0, t.Numel())
	switch t.v.DType {
	case Bool:
		for _, x := range t.Bools() {
			text = append(text, strconv.FormatBool(x))
		}
	case Int32, Int64, Int8, Uint8:
		for _, x := range t.Int64s() {
			text = append(text, strconv.FormatInt(x, 10))
		}
	default:
		values := t.Float64s()
		format := numberFormat(values)
		for _, x := range values {
			text = append(text, format(x))
		}
	}
	return text
}

// numberFormat chooses how all shown numbers are written: four decimals, or scientific when their sizes differ too much.
func numberFormat(values []float64) func(float64) string {
	large, small, whole := 0.0, math.Inf(1), true
	for _, x := range values {
		a := math.Abs(x)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			continue
		}
		large = max(large, a)
		if a > 0 {
			small = min(small, a)
		}
		whole = whole && x == math.Trunc(x)
	}
	switch {
	case whole && large < 1e6:
		return func(x float64) string { return special(x, strconv.FormatFloat(x, 'f', 0, 64)+".") }
	case large >= 1e5 || large > 0 && large < 1e-3 || large/small > 1e6:
		return func(x float64) string { return special(x, strconv.FormatFloat(x, 'e', 4, 64)) }
	}
	return func(x float64) string { return special(x, strconv.FormatFloat(x, 'f', 4, 64)) }
}

// special writes what is not a finite number in words.
func special(x float64, finite string) string {
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	return finite
}

// write prints the part of t below dimension d; indent is the column of its bracket.
func (p *printer) write(b *strings.Builder, t *Tensor, d, indent int) {
	if d == t.v.Rank {
		s := p.cells[p.next]
		p.next++
		if t.v.Rank > 0 {
			b.WriteString(strings.Repeat(" ", p.width-len(s)))
		}
		b.WriteString(s)
		return
	}
	size, last := t.v.Dims[d], d == t.v.Rank-1
	margin := strings.Repeat(" ", indent+len("tensor(")+1)
	gap, perLine := ","+strings.Repeat("\n", min(t.v.Rank-1-d, 2))+margin, 0
	if last {
		gap, perLine = ", ", max(1, (lineWidth-len(margin))/(p.width+2))
	}
	b.WriteByte('[')
	for i := range size {
		if p.edge > 0 && size > 2*p.edge && i >= p.edge && i < size-p.edge {
			if i == p.edge {
				b.WriteString(gap + "…")
			}
			continue
		}
		switch {
		case i > 0 && last && p.edge == 0 && i%perLine == 0:
			b.WriteString(",\n" + margin)
		case i > 0:
			b.WriteString(gap)
		}
		p.write(b, t, d+1, indent+1)
	}
	b.WriteByte(']')
}
