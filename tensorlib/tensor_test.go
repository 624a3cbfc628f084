package tensorlib

import (
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestNewAndRead(t *testing.T) {
	for _, c := range []struct {
		x     *Tensor
		dtype DType
		want  []int64
		shape Shape
	}{
		{New([]float32{1.5, -2.5}), Float32, []int64{1, -2}, Shape{2}},
		{New([]float64{1, 2, 3, 4}, 2, 2), Float32, []int64{1, 2, 3, 4}, Shape{2, 2}},
		{New([]int{1 << 40, -1}), Int64, []int64{1 << 40, -1}, Shape{2}},
		{New([]int32{7}, 1, 1), Int32, []int64{7}, Shape{1, 1}},
		{New([]int64{math.MaxInt64}), Int64, []int64{math.MaxInt64}, Shape{1}},
		{New(int64(math.MaxInt64)), Int64, []int64{math.MaxInt64}, nil},
		{New([]bool{true, false}), Bool, []int64{1, 0}, Shape{2}},
		{New([]byte{200, 3}), Uint8, []int64{200, 3}, Shape{2}},
		{New([]int8{-7, 7}), Int8, []int64{-7, 7}, Shape{2}},
		{New(byte(9), 2), Uint8, []int64{9, 9}, Shape{2}},
		{New(int8(-9)), Int8, []int64{-9}, nil},
		{New([][]float32{{1, 2, 3}, {4, 5, 6}}), Float32, []int64{1, 2, 3, 4, 5, 6}, Shape{2, 3}},
		{New([][][]int{{{1}, {2}}, {{3}, {4}}, {{5}, {6}}}), Int64, []int64{1, 2, 3, 4, 5, 6}, Shape{3, 2, 1}},
		{New([][]bool{{true}, {false}}, 2), Bool, []int64{1, 0}, Shape{2}},
		{New([][]byte{}), Uint8, nil, Shape{0, 0}},
		{New([][]float64{{}, {}}), Float32, nil, Shape{2, 0}},
		{New(3), Int64, []int64{3}, nil},
		{New(2.5, 3), Float32, []int64{2, 2, 2}, Shape{3}},
		{New(true), Bool, []int64{1}, nil},
		{Arange(3), Int64, []int64{0, 1, 2}, Shape{3}},
		{Eye(2), Float32, []int64{1, 0, 0, 1}, Shape{2, 2}},
		{New([]float32{}), Float32, []int64{}, Shape{0}},
		{Zeros(), Float32, []int64{0}, nil},
	} {
		if got := c.x.Int64s(); !slices.Equal(got, c.want) || c.x.DType() != c.dtype || !c.x.Shape().Equal(c.shape) {
			t.Errorf("%v holds %v, want %v of %v in shape %v", c.x, got, c.want, c.dtype, c.shape)
		}
	}
	mustFail(t, func() { New([]int{1, 2, 3}, 2, 2) }, "New: 3 elements do not fill the shape: (2, 2)")
	mustFail(t, func() { New("x") }, "cannot make a tensor of string")
	mustFail(t, func() { Zeros(2, -1) }, "negative size")
	mustFail(t, func() { Zeros(1, 1, 1, 1, 1, 1, 1, 1, 1) }, "more than 8 dimensions")
	mustFail(t, func() { Arange(-1) }, "negative length")
}

func TestReadThroughViews(t *testing.T) {
	x := Arange(24).Reshape(2, 3, 4).Transpose(0, 2) // (4, 3, 2)
	if got := x.At(3, 1, -1); got != 19 {
		t.Errorf("At(3, 1, -1) = %v, want 19", got)
	}
	if got := x.Slice(0, 1, 2).Select(1, 2).Int64s(); !slices.Equal(got, []int64{9, 21}) {
		t.Errorf("slice reads %v, want [9 21]", got)
	}
	if got := x.To(Float32).Select(0, 0).T().Float32s(); !slices.Equal(got, []float32{0, 4, 8, 12, 16, 20}) {
		t.Errorf("transposed reads %v", got)
	}
	mustFail(t, func() { x.At(4, 0, 0) }, "index 4 is outside of dimension 0")
	mustFail(t, func() { x.At(1) }, "1 indices for 3 dimensions")
	mustFail(t, func() { x.Item() }, "wants one element")
}

func TestCopyFromWritesThroughViews(t *testing.T) {
	x := Zeros(3, 4)
	x.Slice(1, 1, 3).CopyFrom(New([]int{1, 2, 3, 4, 5, 6}, 3, 2))
	if got := x.Int64s(); !slices.Equal(got, []int64{0, 1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0}) {
		t.Errorf("x is %v", got)
	}
	x.Slice(0, 1, 3).CopyFrom(x.Slice(0, 0, 2)) // overlaps
	if got := x.Int64s(); !slices.Equal(got, []int64{0, 1, 2, 0, 0, 1, 2, 0, 0, 3, 4, 0}) {
		t.Errorf("after an overlapping copy x is %v", got)
	}
	x.Select(0, 0).SetFloat32s([]float32{9, 8, 7, 6})
	x.Select(1, 3).SetFloat32s([]float32{5, 5, 5})
	if got := x.Int64s(); !slices.Equal(got[:8], []int64{9, 8, 7, 5, 0, 1, 2, 5}) {
		t.Errorf("after SetFloat32s x is %v", got)
	}
	mustFail(t, func() { x.CopyFrom(Zeros(4, 3)) }, "CopyFrom: shapes differ: (3, 4) x (4, 3)")
	mustFail(t, func() { Zeros(1).Expand(3).CopyFrom(Zeros(3)) }, "expanded view")
	mustFail(t, func() { x.SetFloat32s(nil) }, "0 numbers for the shape: (3, 4)")
}

func TestBytes(t *testing.T) {
	for _, x := range []*Tensor{New([]float32{1, -2}, 2, 1), New([]int32{1, -2}), Arange(3), New([]bool{true, false})} {
		back := FromBytes(x.DType(), x.Bytes(), x.Shape()...)
		if n := back.Ne(x).Sum().Item(); n != 0 {
			t.Errorf("%v comes back as %v", x, back)
		}
	}
	mustFail(t, func() { FromBytes(Int64, make([]byte, 12), 2) }, "12 bytes of int64 do not fill the shape: (2)")
}

func TestIntegersAndBools(t *testing.T) {
	a, b := New([]int{7, -7, 3}), New([]int{2, 2, 3})
	for name, c := range map[string]struct{ got, want *Tensor }{
		"Add": {a.Add(b), New([]int{9, -5, 6})}, "Mul": {a.Mul(b), New([]int{14, -14, 9})},
		"Div": {a.Div(b), New([]int{3, -3, 1})}, "Scale": {a.Scale(3), New([]int{21, -21, 9})},
		"AddScalar": {a.AddScalar(-1), New([]int{6, -8, 2})}, "Maximum": {a.Maximum(b), New([]int{7, 2, 3})},
		"Sum": {a.Sum(), New(3)}, "Max": {a.Max(), New(7)}, "Gt": {a.Gt(b), New([]bool{true, false, false})},
		"count": {a.Ge(b).Sum(), New(2)}, "And": {a.Gt(b).And(a.Eq(b)).Or(a.Le(b)).Not(), New([]bool{true, false, false})},
		"Where": {Where(a.Lt(b), a, b), New([]int{2, -7, 3})}, "MaskedFill": {a.MaskedFill(a.Lt(b), 5), New([]int{7, 5, 3})},
		"Embedding": {Embedding(New([]int{1, 2, 3, 4}, 2, 2), New([]int{1})), New([]int{3, 4}, 1, 2)},
		"ArgMax":    {New([]float64{1, 5, 5, 0, -1, -2}, 2, 3).ArgMax(), New([]int{1, 0})},
	} {
		if !c.got.Shape().Equal(c.want.Shape()) || c.got.DType() != c.want.DType() || !slices.Equal(c.got.Int64s(), c.want.Int64s()) {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
	if got := a.Mean().Item(); got != 1 {
		t.Errorf("mean of integers is %v, want 1", got)
	}
}

func TestMistakes(t *testing.T) {
	x, y := Zeros(2, 3), Zeros(2, 2)
	for says, f := range map[string]func(){
		"MatMul: inner dimensions differ: (2, 3) x (2, 2)":              func() { x.MatMul(y) },
		"MatMul: leading dimensions do not broadcast":                   func() { Zeros(2, 1, 1).MatMul(Zeros(3, 1, 1)) },
		"Add: shapes do not broadcast: (2, 3) x (2, 2)":                 func() { x.Add(y) },
		"Add: dtypes differ, float32 and int64":                         func() { x.Add(Arange(3)) },
		"Add: not defined for bool":                                     func() { x.Eq(x).Add(x.Eq(x)) },
		"And: not defined for float32":                                  func() { x.And(x) },
		"Exp: operand is int64, want float32: (3); convert it with To":  func() { Arange(3).Exp() },
		"Reshape: the numbers of elements differ: (2, 3) x (4)":         func() { x.Reshape(4) },
		"Reshape: one size at most may be -1":                           func() { x.Reshape(-1, -1) },
		"Reshape: the numbers of elements differ: (2, 3) x (4, -1)":     func() { x.Reshape(4, -1) },
		"Transpose: no dimension 2: (2, 3)":                             func() { x.Transpose(0, 2) },
		"Permute: dimension 0 is named twice":                           func() { x.Permute(0, 0) },
		"Slice: [1, 4) is not inside of dimension 1":                    func() { x.Slice(1, 1, 4) },
		"Select: no index 3 in dimension 1":                             func() { x.Select(1, 3) },
		"Split: dimension 1 does not divide by 2":                       func() { x.Split(1, 2) },
		"Squeeze: dimension 0 is not of size 1":                         func() { x.Squeeze(0) },
		"Expand: only sizes of 1 stretch: (2, 3) x (4, 3)":              func() { x.Expand(4, 3) },
		"Expand: only sizes of 1 stretch: (2, 3) x (3)":                 func() { x.Expand(3) },
		"Concat: sizes differ outside of dimension 0: (2, 3) x (2, 2)":  func() { Concat(0, x, y) },
		"Max: of no elements":                                           func() { Zeros(0).Max() },
		"Sum: no dimension 5":                                           func() { x.Sum(5) },
		"Where: shapes do not broadcast":                                func() { Where(x.Eq(x), y, y) },
		"LayerNorm: the weight does not fit":                            func() { LayerNorm(x, Ones(2), nil, 1e-5) },
		"Linear: inner dimensions differ: (2, 3) x (2, 2); weights are": func() { Linear(x, y, Ones(2)) },
		"AddMatMul: inner dimensions differ: (2, 3) x (2, 2)":           func() { x.AddMatMul(x, y) },
		"AddMatMul: the sum's first term does not have the product's":   func() { y.AddMatMul(x, Ones(3, 3)) },
		"Linear: the bias does not fit the weights: (3) x (3, 2)":       func() { Linear(x, Ones(3, 2), Ones(3)) },
		"Embedding: index 2 at position 1 is not in [0, 2)":             func() { Embedding(x, New([]int{0, 2})) },
		"Embedding: indices are float32":                                func() { Embedding(x, x) },
		"CrossEntropy: index -1 at position 0 is not in [0, 3)":         func() { CrossEntropy(x, New([]int{-1, 0})) },
		"CrossEntropy: shapes do not fit: (2, 3) x (3)":                 func() { CrossEntropy(x, Arange(3)) },
		"Attention: causal, with more queries than keys":                func() { Attention(Zeros(1, 1, 3, 2), Zeros(1, 1, 2, 2), Zeros(1, 1, 2, 2), true) },
		"AttentionPacked: wants (B, T, 3C) with C divisible by 4 heads": func() { AttentionPacked(Zeros(1, 2, 9), 4, true) },
		"Neg: operand is nil":                                           func() { (*Tensor)(nil).Neg() },
		"Add: operand is nil":                                           func() { x.Add(nil) },
		"Scale: not a whole number":                                     func() { Arange(3).Scale(0.5) },
		"Intn: no numbers in [0, 0)":                                    func() { NewRand(1).Intn(0) },
		"Picture: wants a matrix":                                       func() { Zeros(3).Picture() },
	} {
		mustFail(t, f, says)
	}
}

func TestSetDevice(t *testing.T) {
	if err := SetDevice("tpu:7"); !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), "cpu") {
		t.Errorf("error is %v, want ErrNoDevice and the names there are", err)
	}
	if err := SetDevice(Devices()[0]); err != nil {
		t.Error(err)
	}
	if got := Zeros(1).Device(); got != Devices()[0] {
		t.Errorf("a new tensor is on %s", got)
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		x    *Tensor
		want string
	}{
		{New(2.5), "tensor(2.5000, shape (), float32)"},
		{New([]float64{1, 2, -3}), "tensor([ 1.,  2., -3.], shape (3), float32)"},
		{New([]float64{1, 0.25, -3, 4}, 2, 2), "tensor([[ 1.0000,  0.2500],\n        [-3.0000,  4.0000]], shape (2, 2), float32)"},
		{New([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0.5}), "tensor([   nan,    inf,   -inf, 0.5000], shape (4), float32)"},
		{New([]float64{1e-9, 1}), "tensor([1.0000e-09, 1.0000e+00], shape (2), float32)"},
		{New([]bool{true, false}), "tensor([ true, false], shape (2), bool)"},
		{Arange(0), "tensor([], shape (0), int64)"},
		{Zeros(1<<20, 0), "tensor([], shape (1048576, 0), float32)"},
		{New([]int{math.MaxInt64, math.MinInt64}), "tensor([ 9223372036854775807, -9223372036854775808], shape (2), int64)"},
		{
			Arange(25), "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n" +
				"        18, 19, 20, 21, 22, 23, 24], shape (25), int64)",
		},
		{
			Ones(1, 30), "tensor([[1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,\n" +
				"         1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.]], shape (1, 30), float32)",
		},
		{Arange(4).Reshape(2, 1, 2), "tensor([[[0, 1]],\n\n        [[2, 3]]], shape (2, 1, 2), int64)"},
		{Arange(2000), "tensor([   0,    1,    2, …, 1997, 1998, 1999], shape (2000), int64)"},
		{Ones(1).SetRequiresGrad(true), "tensor([1.], shape (1), float32, requires grad)"},
		{nil, "tensor(nil)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
	if big := Zeros(1000, 1000).String(); strings.Count(big, "\n") != 6 || len(big) > 300 {
		t.Errorf("a large matrix prints as\n%s", big)
	}
}

func TestMIME(t *testing.T) {
	x := New([]float64{1, 2.5, 3, 4, 5, 6}, 2, 3)
	html, _ := x.MIME()["text/html"].(string)
	if strings.Count(html, "<td>") != 6 || !strings.Contains(html, "<td>2.5000</td>") || !strings.Contains(html, "shape (2, 3), float32") {
		t.Errorf("table is %s", html)
	}
	if _, has := Zeros(100, 100).MIME()["text/html"]; has {
		t.Error("a large matrix has a table")
	}
	if html, _ := New([]int{math.MaxInt64}).MIME()["text/html"].(string); !strings.Contains(html, ">9223372036854775807<") {
		t.Errorf("table of a large integer is %s", html)
	}
	if x.MIME()["text/plain"] != x.String() {
		t.Error("text/plain is not String")
	}
	png, err := base64.StdEncoding.DecodeString(x.Picture().MIME()["image/png"].(string))
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("picture is %q, %v", png, err)
	}
}

func TestRand(t *testing.T) {
	r := NewRand(7)
	r.Intn(10)
	state := r.State()
	a, p, f := r.Normal(1001), r.Perm(50), r.Float64()
	r.SetState(state)
	if n := a.Ne(r.Normal(1001)).Sum().Item(); n != 0 || !slices.Equal(p, r.Perm(50)) || f != r.Float64() {
		t.Error("the same state gives other numbers")
	}
	if sorted := slices.Sorted(slices.Values(p)); !slices.Equal(sorted, func() (all []int) {
		for i := range 50 {
			all = append(all, i)
		}
		return all
	}()) {
		t.Errorf("Perm gives %v", p)
	}
	if mean, variance := a.Mean().Item(), a.Var().Item(); math.Abs(mean) > 0.1 || math.Abs(variance-1) > 0.15 {
		t.Errorf("normal numbers have mean %v and variance %v", mean, variance)
	}
	u := r.Uniform(1000)
	if u.Min().Item() < 0 || u.Max().Item() >= 1 || math.Abs(u.Mean().Item()-0.5) > 0.05 {
		t.Errorf("uniform numbers lie in [%v, %v]", u.Min(), u.Max())
	}
	counts := make([]int, 7)
	for range 7000 {
		counts[r.Intn(7)]++
	}
	if slices.Min(counts) < 850 || slices.Max(counts) > 1150 {
		t.Errorf("Intn(7) falls unevenly: %v", counts)
	}
}

// The host's generator and the device's are one: word i of a stream, from the published test vector of Philox 4x32-10.
func TestPhilox(t *testing.T) {
	for _, c := range []struct {
		key   Key
		block uint64
		want  [4]uint32
	}{
		{Key{}, 0, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{Key{Seed: 0xffffffffffffffff, Stream: 0xffffffffffffffff}, 0xffffffffffffffff, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
	} {
		if got := philox(c.key, c.block); got != c.want {
			t.Errorf("philox(%v, %v) = %x, want %x", c.key, c.block, got, c.want)
		}
	}
	u := NewRand(0).Uniform(4).Float32s()
	for i, w := range philox(Key{}, 0) {
		if want := float32(w>>8) / (1 << 24); u[i] != want {
			t.Errorf("uniform number %d is %v, want %v", i, u[i], want)
		}
	}
}
