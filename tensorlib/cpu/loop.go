package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

const (
	maxOperands = 4
	pieceSize   = 8192  // elements of a row that one call of a kernel gets at most
	partSize    = 16384 // elements of a part, about
	chunkSize   = 1024  // elements that are gathered at a time when an operand has no unit stride
)

// loop is a nest over views of equal shapes, in the fewest dimensions that describe all of them: an inner row of n elements
// and outer dimensions around it. Dimensions are ordered by the strides of operand 0, the destination.
type loop struct {
	n     int              // length of a row
	inner [maxOperands]int // stride of each operand inside a row
	rank  int              // outer dimensions, the fastest last
	dims  [backend.MaxRank]int
	steps [maxOperands][backend.MaxRank]int
	rows  int // product of dims
	piece int // elements of a row worked on at a time
	per   int // pieces of a row
	group int // pieces of a part
}

// set describes the views. They have equal shapes.
func (l *loop) set(views ...*backend.View) {
	*l = loop{n: 1, rows: 1}
	for i := range maxOperands {
		l.inner[i] = 1
	}
	v := views[0]
	for i, n := range v.Dims[:v.Rank] {
		if n == 1 {
			continue
		}
		at := l.rank // insert by descending stride of the destination
		for ; at > 0 && l.steps[0][at-1] < v.Strides[i]; at-- {
			l.dims[at] = l.dims[at-1]
			for o := range views {
				l.steps[o][at] = l.steps[o][at-1]
			}
		}
		l.dims[at] = n
		for o, w := range views {
			l.steps[o][at] = w.Strides[i]
		}
		l.rank++
	}
	l.merge(len(views))
	if l.rank > 0 { // the last dimension is the row
		l.rank--
		l.n = l.dims[l.rank]
		for o := range views {
			l.inner[o] = l.steps[o][l.rank]
		}
	}
	for _, n := range l.dims[:l.rank] {
		l.rows *= n
	}
	l.cut(pieceSize, 1)
}

// cut makes pieces of at most piece elements, and groups them so that a part is worth handing to another core when each
// element costs about work times a plain addition.
func (l *loop) cut(piece, work int) {
	l.piece = min(max(l.n, 1), max(piece, 1))
	l.per = (l.n + l.piece - 1) / l.piece
	l.group = max(1, partSize/(l.piece*max(work, 1)))
}

// count is the number of elements the nest visits.
func (l *loop) count() int { return l.rows * l.n }

// merge joins neighbouring dimensions that every operand walks as one.
func (l *loop) merge(operands int) {
	out := 0
	for i := 1; i < l.rank; i++ {
		joins := true
		for o := range operands {
			joins = joins && l.steps[o][out] == l.steps[o][i]*l.dims[i]
		}
		if joins {
			l.dims[out] *= l.dims[i]
		} else {
			out++
			l.dims[out] = l.dims[i]
		}
		for o := range operands {
			l.steps[o][out] = l.steps[o][i]
		}
	}
	l.rank = min(l.rank, out+1)
}

// parts is how many parts the nest is cut into.
func (l *loop) parts() int { return (l.rows*l.per + l.group - 1) / l.group }

// unit reports whether the first operands all have unit stride inside a row.
func (l *loop) unit(operands int) bool {
	for _, s := range l.inner[:operands] {
		if s != 1 && l.n > 1 {
			return false
		}
	}
	return true
}

// cursor is a position in a loop: the first element of a piece.
type cursor struct {
	l     *loop
	next  int // piece
	end   int
	index [backend.MaxRank]int
	base  [maxOperands]int // offsets of the row
	off   [maxOperands]int // offsets of the piece
	n     int              // length of the piece
	slot  int              // which piece of the row comes next
}

// part places c before the pieces of part i.
func (l *loop) part(c *cursor, i int) {
	*c = cursor{l: l, next: i * l.group, end: min((i+1)*l.group, l.rows*l.per)}
	row := c.next / l.per
	c.slot = c.next % l.per
	for d := l.rank - 1; d >= 0; d-- {
		c.index[d] = row % l.dims[d]
		row /= l.dims[d]
		for o := range maxOperands {
			c.base[o] += c.index[d] * l.steps[o][d]
		}
	}
}

// advance moves to the next piece of the part, and reports whether there is one.
func (c *cursor) advance() bool {
	if c.next >= c.end {
		return false
	}
	l := c.l
	if c.slot == l.per {
		c.slot = 0
		c.row()
	}
	from := c.slot * l.piece
	c.n = min(l.piece, l.n-from)
	for o := range maxOperands {
		c.off[o] = c.base[o] + from*l.inner[o]
	}
	c.slot++
	c.next++
	return true
}

// row moves base to the next row.
func (c *cursor) row() {
	l := c.l
	for d := l.rank - 1; d >= 0; d-- {
		c.index[d]++
		for o := range maxOperands {
			c.base[o] += l.steps[o][d]
		}
		if c.index[d] < l.dims[d] {
			return
		}
		for o := range maxOperands {
			c.base[o] -= l.dims[d] * l.steps[o][d]
		}
		c.index[d] = 0
	}
}

// all is a cursor before everything.
func (l *loop) all() cursor {
	return cursor{l: l, end: l.rows * l.per}
}
