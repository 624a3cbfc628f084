package cpu

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// typedJob is an elementwise operation on views of any dtype, one row after another in plain Go.
type typedJob struct {
	loop
	views [maxOperands]backend.View
	do    func(j *typedJob, c *cursor)
	bits  uint64 // what Fill writes
	op    backend.BinaryOp
}

// Fill implements backend.Elementwise.
func (d *Device) Fill(dst backend.View, value float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.typed
	j.bits = dst.DType.Encode(value)
	j.do = bySize(dst.DType, fillRow[uint8], fillRow[uint16], fillRow[uint32], fillRow[uint64])
	j.start(d, &dst)
}

// Copy implements backend.Elementwise.
func (d *Device) Copy(dst, src backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.typed
	if dst.DType == src.DType {
		j.do = bySize(dst.DType, moveRow[uint8], moveRow[uint16], moveRow[float32], moveRow[int64])
	} else {
		j.do = conversion(dst.DType, src.DType)
	}
	j.start(d, &dst, &src)
}

// Where implements backend.Elementwise.
func (d *Device) Where(dst, cond, a, b backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.typed
	j.do = bySize(dst.DType, whereRow[uint8], whereRow[uint16], whereRow[float32], whereRow[int64])
	j.start(d, &dst, &cond, &a, &b)
}

// bySize picks the function for elements of dt's size, of those that move elements and do not look at them.
func bySize[F any](dt backend.DType, one, two, four, eight F) F {
	switch dt.Size() {
	case 1:
		return one
	case 2:
		return two
	case 4:
		return four
	default:
		return eight
	}
}

func (j *typedJob) not(d *Device, dst, x *backend.View) {
	j.do = notRow
	j.start(d, dst, x)
}

func (j *typedJob) binary(d *Device, op backend.BinaryOp, dst, a, b *backend.View) {
	j.op = op
	switch a.DType {
	case backend.Float32:
		j.do = pick(op, arithmetic[float32], compare[float32])
	case backend.Int32:
		j.do = pick(op, arithmetic[int32], compare[int32])
	case backend.Int64:
		j.do = pick(op, arithmetic[int64], compare[int64])
	case backend.Bool:
		j.do = pick(op, logic, compare[uint8])
	default:
		panic(fmt.Sprintf("cpu: Binary(%v) of %v", op, a.DType))
	}
	j.start(d, dst, a, b)
}

func pick(op backend.BinaryOp, value, test func(*typedJob, *cursor)) func(*typedJob, *cursor) {
	if op.Compares() {
		return test
	}
	return value
}

func (j *typedJob) start(d *Device, views ...*backend.View) {
	j.set(views...)
	for i, v := range views {
		j.views[i] = *v
	}
	d.run(j.parts(), j)
	*j = typedJob{}
}

func (j *typedJob) part(w *worker, i int) {
	c := &w.cursor
	for j.loop.part(c, i); c.advance(); {
		j.do(j, c)
	}
}

// row is the memory of operand o from the piece at c on, and its stride.
func row[T storable](j *typedJob, c *cursor, o int) ([]T, int) {
	return at[T](&j.views[o])[c.off[o]:], j.inner[o]
}

func fillRow[T storable](j *typedJob, c *cursor) {
	dst, s := row[T](j, c, 0)
	v := T(j.bits)
	if s == 1 {
		repeat(dst[:c.n], v)
		return
	}
	for i := range c.n {
		dst[i*s] = v
	}
}

// repeat sets every element to v: a few one by one, the others by copying what is there already.
func repeat[T storable](dst []T, v T) {
	if v == 0 {
		clear(dst)
		return
	}
	few := min(len(dst), 64)
	for i := range few {
		dst[i] = v
	}
	for n := few; n < len(dst) && n > 0; n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

func moveRow[T storable](j *typedJob, c *cursor) {
	dst, ds := row[T](j, c, 0)
	src, ss := row[T](j, c, 1)
	switch {
	case ds == 1 && ss == 1:
		copy(dst[:c.n], src[:c.n])
	case ds == 1:
		gather(dst[:c.n], src, ss)
	default:
		for i := range c.n {
			dst[i*ds] = src[i*ss]
		}
	}
}

func notRow(j *typedJob, c *cursor) {
	dst, ds := row[uint8](j, c, 0)
	src, ss := row[uint8](j, c, 1)
	for i := range c.n {
		dst[i*ds] = truth(src[i*ss] == 0)
	}
}

func whereRow[T storable](j *typedJob, c *cursor) {
	dst, ds := row[T](j, c, 0)
	cond, cs := row[uint8](j, c, 1)
	a, as := row[T](j, c, 2)
	b, bs := row[T](j, c, 3)
	for i := range c.n {
		if cond[i*cs] != 0 {
			dst[i*ds] = a[i*as]
		} else {
			dst[i*ds] = b[i*bs]
		}
	}
}

func compare[T number](j *typedJob, c *cursor) {
	dst, ds := row[uint8](j, c, 0)
	a, as := row[T](j, c, 1)
	b, bs := row[T](j, c, 2)
	for i := range c.n {
		x, y := a[i*as], b[i*bs]
		var t bool
		switch j.op {
		case backend.Eq:
			t = x == y
		case backend.Ne:
			t = x != y
		case backend.Lt:
			t = x < y
		case backend.Le:
			t = x <= y
		case backend.Gt:
			t = x > y
		default:
			t = x >= y
		}
		dst[i*ds] = truth(t)
	}
}

func logic(j *typedJob, c *cursor) {
	dst, ds := row[uint8](j, c, 0)
	a, as := row[uint8](j, c, 1)
	b, bs := row[uint8](j, c, 2)
	for i := range c.n {
		x, y := a[i*as], b[i*bs]
		switch j.op {
		case backend.And, backend.Mul, backend.Minimum:
			dst[i*ds] = x & y
		case backend.Or, backend.Maximum:
			dst[i*ds] = x | y
		default:
			panic(fmt.Sprintf("cpu: Binary(%v) of bool", j.op))
		}
	}
}

// arithmetic covers the integers, and float32 where there is no kernel.
func arithmetic[T number](j *typedJob, c *cursor) {
	dst, ds := row[T](j, c, 0)
	a, as := row[T](j, c, 1)
	b, bs := row[T](j, c, 2)
	for i := range c.n {
		dst[i*ds] = combine(j.op, a[i*as], b[i*bs])
	}
}

// combine is x op y. Integers wrap around; an integer divided by zero is 0.
func combine[T number](op backend.BinaryOp, x, y T) T {
	switch op {
	case backend.Add:
		return x + y
	case backend.Sub:
		return x - y
	case backend.Mul:
		return x * y
	case backend.Div:
		return quotient(x, y)
	case backend.Pow:
		return power(x, y)
	case backend.Maximum:
		return max(x, y)
	case backend.Minimum:
		return min(x, y)
	case backend.And:
		return T(truth(x != 0 && y != 0))
	default:
		return T(truth(x != 0 || y != 0))
	}
}

// power is x to the y; of integers by repeated squaring, truncated towards zero when y is negative.
func power[T number](x, y T) T {
	if _, float := any(x).(float32); float {
		return T(math.Pow(float64(x), float64(y)))
	}
	if y < 0 {
		if x == 0 {
			return 0
		}
		return quotient(1, power(x, -y))
	}
	r := T(1)
	for e := int64(y); e > 0; e >>= 1 {
		if e&1 == 1 {
			r *= x
		}
		x *= x
	}
	return r
}

func quotient[T number](x, y T) T {
	if _, float := any(x).(float32); !float && y == 0 {
		return 0
	}
	return x / y
}

func truth(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
