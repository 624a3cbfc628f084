package tensorlib

import (
	"math"
	"strconv"
	"strings"
)

// Printing summarises tensors of more than summaryOver elements: the first and last summaryEdge of every long dimension.
const (
	summaryOver = 1000
	summaryEdge = 3
)

// String shows the elements as nested brackets, and the shape and dtype behind them. Large tensors are summarised.
func (t *Tensor) String() string {
	if t == nil || t.mem == nil {
		return "tensor(nil)"
	}
	if t.mem.state == released {
		return "tensor(released at the end of its Step, shape " + t.Shape().String() + ")"
	}
	p := newPrinter(t)
	var b strings.Builder
	b.WriteString("tensor(")
	p.write(&b, t, 0, 0)
	b.WriteString(", shape " + t.Shape().String() + ", " + t.v.DType.String())
	if t.wants() {
		b.WriteString(", requires grad")
	}
	b.WriteString(")")
	return b.String()
}

// printer formats elements to one width.
type printer struct {
	edge   int // elements at either end of a dimension; 0: all
	format func(x float64) string
	width  int
	values []float64 // of the shown part, row-major
	next   int
}

func newPrinter(t *Tensor) *printer {
	p := &printer{}
	if t.Numel() > summaryOver {
		p.edge = summaryEdge
	}
	p.values = shownValues(t, p.edge)
	p.format = numberFormat(t.v.DType, p.values)
	for _, x := range p.values {
		p.width = max(p.width, len(p.format(x)))
	}
	return p
}

// shownValues reads the elements that will be printed.
func shownValues(t *Tensor, edge int) (values []float64) {
	NoGrad(func() {
		Step(func() {
			for d, size := range t.Shape() {
				if edge > 0 && size > 2*edge {
					t = Concat(d, t.Slice(d, 0, edge), t.Slice(d, size-edge, size))
				}
			}
			if t.v.DType == Float32 {
				values = convert[float64](t.Float32s())
			} else {
				values = convert[float64](t.Int64s())
			}
		})
	})
	return values
}

// numberFormat chooses how all shown elements are written: four decimals, or scientific when their sizes differ too much.
func numberFormat(dt DType, values []float64) func(float64) string {
	switch dt {
	case Bool:
		return func(x float64) string { return strconv.FormatBool(x != 0) }
	case Int32, Int64:
		return func(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }
	}
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
		s := p.format(p.values[p.next])
		p.next++
		if t.v.Rank > 0 {
			b.WriteString(strings.Repeat(" ", p.width-len(s)))
		}
		b.WriteString(s)
		return
	}
	size := t.v.Dims[d]
	last := d == t.v.Rank-1
	gap := ", "
	if !last {
		gap = "," + strings.Repeat("\n", min(t.v.Rank-1-d, 2)) + strings.Repeat(" ", indent+len("tensor(")+1)
	}
	b.WriteByte('[')
	for i := range size {
		if p.edge > 0 && size > 2*p.edge && i >= p.edge && i < size-p.edge {
			if i == p.edge {
				b.WriteString(gap + "…")
			}
			continue
		}
		if i > 0 {
			b.WriteString(gap)
		}
		p.write(b, t, d+1, indent+1)
	}
	b.WriteByte(']')
}
