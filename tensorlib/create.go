package tensorlib

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// New makes a tensor from data: a slice, slices of slices of equal lengths, or one number. The elements are float32, float64, int, int32,
// int64, int8, uint8 (byte) or bool; float64 becomes Float32 and int becomes Int64. Without a shape it has that of the slices, and none of
// a number. The data is copied.
func New(data any, shape ...int) *Tensor {
	switch d := data.(type) {
	case []float32:
		return upload(d, Float32, shape)
	case []float64:
		return upload(convert[float32](d), Float32, shape)
	case []int:
		return upload(convert[int64](d), Int64, shape)
	case []int32:
		return upload(d, Int32, shape)
	case []int64:
		return upload(d, Int64, shape)
	case []int8:
		return upload(convert[uint8](d), Int8, shape) // the same bits
	case []uint8:
		return upload(d, Uint8, shape)
	case []bool:
		return upload(bytesOf(d), Bool, shape)
	case float32:
		return filled(float64(d), Float32, shape)
	case float64:
		return filled(d, Float32, shape)
	case int:
		return scalarInt(int64(d), shape)
	case int64:
		return scalarInt(d, shape)
	case int32:
		return filled(float64(d), Int32, shape)
	case int8:
		return filled(float64(d), Int8, shape)
	case uint8:
		return filled(float64(d), Uint8, shape)
	case bool:
		return filled(float64(bytesOf([]bool{d})[0]), Bool, shape)
	}
	return nested(data, shape)
}

// nested makes a tensor of slices of slices.
func nested(data any, shape []int) *Tensor {
	v := reflect.ValueOf(data)
	var dims []int
	typ := reflect.TypeOf(data)
	for at := v; typ != nil && typ.Kind() == reflect.Slice; typ = typ.Elem() {
		n := 0
		if at.IsValid() {
			n = at.Len()
		}
		dims = append(dims, n)
		if n > 0 {
			at = at.Index(0)
		} else {
			at = reflect.Value{} // the sizes below nothing are 0
		}
	}
	if len(dims) < 2 {
		panic(&OpError{Op: "New", Msg: fmt.Sprintf("cannot make a tensor of %T", data), Fix: "give a slice of numbers or bools, or slices of them"})
	}
	flat := reflect.MakeSlice(reflect.SliceOf(typ), 0, Shape(dims).Numel())
	flat = flatten(flat, v, dims)
	if shape == nil {
		shape = dims
	}
	return New(flat.Interface(), shape...)
}

// flatten appends the elements of v, slices of the sizes dims, to flat.
func flatten(flat, v reflect.Value, dims []int) reflect.Value {
	if v.Len() != dims[0] {
		panic(&OpError{Op: "New", Msg: "slices of " + itoa(dims[0]) + " and " + itoa(v.Len()) + " elements in one", Fix: "make them of equal length"})
	}
	if len(dims) == 1 {
		return reflect.AppendSlice(flat, v)
	}
	for i := range v.Len() {
		flat = flatten(flat, v.Index(i), dims[1:])
	}
	return flat
}

// Zeros makes a Float32 tensor of zeros.
func Zeros(shape ...int) *Tensor { return filled(0, Float32, shape) }

// Ones makes a Float32 tensor of ones.
func Ones(shape ...int) *Tensor { return filled(1, Float32, shape) }

// Full makes a Float32 tensor whose elements all are v.
func Full(v float64, shape ...int) *Tensor { return filled(v, Float32, shape) }

// Arange makes the Int64 tensor 0, 1, …, n-1.
func Arange(n int) *Tensor {
	if n < 0 {
		panic(&OpError{Op: "Arange", Msg: "negative length " + itoa(n)})
	}
	checkShape("Arange", []int{n})
	t := empty(device(), Int64, []int{n})
	x := make([]int64, min(n, 1<<16))
	for from := 0; from < n; from += len(x) {
		x = x[:min(len(x), n-from)]
		for i := range x {
			x[i] = int64(from + i)
		}
		t.mem.dev.Upload(t.v.Buf, from*Int64.Size(), asBytes(x))
	}
	return t
}

// Eye makes the identity matrix (n, n).
func Eye(n int) *Tensor {
	checkShape("Eye", []int{n, n})
	t := filled(0, Float32, []int{n, n})
	diagonal := t.v
	diagonal.Rank, diagonal.Dims[0], diagonal.Strides[0] = 1, n, n+1
	t.mem.dev.Fill(diagonal, 1)
	return t
}

// element is a Go type that a tensor's elements can have in memory.
type element interface {
	~float32 | ~float64 | ~int32 | ~int64 | ~uint8
}

func upload[E element](data []E, dt DType, shape []int) *Tensor {
	if shape == nil {
		shape = []int{len(data)}
	}
	checkShape("New", shape)
	if n := Shape(shape).Numel(); n != len(data) {
		panic(&OpError{Op: "New", Msg: itoa(len(data)) + " elements do not fill the shape", Shapes: []Shape{append(Shape{}, shape...)}})
	}
	t := empty(device(), dt, shape)
	t.mem.dev.Upload(t.v.Buf, 0, asBytes(data))
	return t
}

func filled(v float64, dt DType, shape []int) *Tensor {
	checkShape("Full", shape)
	t := empty(device(), dt, shape)
	t.mem.dev.Fill(t.v, v)
	return t
}

// scalarInt fills with an integer that may be too large for a float64.
func scalarInt(v int64, shape []int) *Tensor {
	if f := float64(v); int64(f) == v {
		return filled(f, Int64, shape)
	}
	return upload([]int64{v}, Int64, []int{}).Expand(shape...).Clone()
}

func convert[To, From float32 | float64 | int | int64 | int8 | uint8](from []From) []To {
	to := make([]To, len(from))
	for i, x := range from {
		to[i] = To(x)
	}
	return to
}

// asBytes sees a slice's memory as bytes.
func asBytes[E element](s []E) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

func bytesOf(bs []bool) []uint8 {
	u := make([]uint8, len(bs))
	for i, b := range bs {
		if b {
			u[i] = 1
		}
	}
	return u
}

func itoa(n int) string { return strconv.Itoa(n) }

// FromBytes makes a tensor of elements as [Tensor.Bytes] returns them.
func FromBytes(dt DType, data []byte, shape ...int) *Tensor {
	checkShape("FromBytes", shape)
	known("FromBytes", dt)
	if n := Shape(shape).Numel() * dt.Size(); n != len(data) {
		msg := itoa(len(data)) + " bytes of " + dt.String() + " do not fill the shape"
		panic(&OpError{Op: "FromBytes", Msg: msg, Shapes: []Shape{append(Shape{}, shape...)}})
	}
	t := empty(device(), dt, shape)
	t.mem.dev.Upload(t.v.Buf, 0, data)
	return t
}
