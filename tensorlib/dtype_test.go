package tensorlib

import (
	"math"
	"slices"
	"testing"
)

// storage are the dtypes that are not computed on.
var storage = []DType{Float16, BFloat16, Float64, Int8, Uint8}

// TestStorage: what is for storage is converted, viewed, joined, looked up, printed and read, and refuses arithmetic.
func TestStorage(t *testing.T) {
	for _, dt := range storage {
		x := New([][]float64{{1, 2, 3}, {4, 5, 6}}).To(dt)
		if x.DType() != dt {
			t.Fatalf("To(%v) is %v", dt, x.DType())
		}
		if got, want := x.T().Float64s(), []float64{1, 4, 2, 5, 3, 6}; !slices.Equal(got, want) {
			t.Errorf("%v transposed is %v, want %v", dt, got, want)
		}
		if got := FromBytes(dt, x.T().Bytes(), 3, 2).Int64s(); !slices.Equal(got, []int64{1, 4, 2, 5, 3, 6}) {
			t.Errorf("%v through bytes is %v", dt, got)
		}
		if got := Concat(0, x, Embedding(x, New([]int{1, 0}))).Select(1, 0).Float32s(); !slices.Equal(got, []float32{1, 4, 4, 1}) {
			t.Errorf("%v joined and looked up is %v", dt, got)
		}
		if got := x.MaskedFill(New([]bool{true, false, false}), 9).At(1, 0); got != 9 {
			t.Errorf("%v filled is %v, want 9", dt, got)
		}
		if got := Zeros(2, 3).CopyFrom(x).At(1, 2); got != 6 {
			t.Errorf("a copy from %v is %v, want 6", dt, got)
		}
		for name, f := range map[string]func(){
			"Add": func() { x.Add(x) }, "Eq": func() { x.Eq(x) }, "Scale": func() { x.Scale(2) }, "Exp": func() { x.Exp() },
			"MatMul": func() { x.MatMul(x.T()) }, "ArgMax": func() { x.ArgMax() }, "SetRequiresGrad": func() { x.SetRequiresGrad(true) },
		} {
			mustFail(t, f, name+": ", dt.String(), "To")
		}
	}
	mustFail(t, func() { Zeros(1).To(99) }, "To: there is no DType(99)")
	mustFail(t, func() { FromBytes(99, nil, 0) }, "FromBytes: there is no DType(99)")
	mustFail(t, func() { New(nil) }, "cannot make a tensor of <nil>")
	mustFail(t, func() { New([][]int{{1}, {2, 3}}) }, "slices of 1 and 2 elements")
	if got := New([]byte{200, 100}).Sum().Item(); got != 300 {
		t.Errorf("a sum of bytes is %v, want 300", got)
	}
	mustFail(t, func() { Zeros(1).To(Float16).Sum() }, "Sum: float16 is for storage")
}

// TestRounding: floats are rounded to the nearest, of two the even one; Float64 keeps what New would round.
func TestRounding(t *testing.T) {
	x := New([]float64{1 + 1.0/256, 1 + 3.0/256, 65519, 65520, 1e-8, math.Inf(-1)})
	if got, want := x.To(BFloat16).Float64s(), []float64{1, 1 + 4.0/256, 65536, 65536, 1.0011717677116394e-08, math.Inf(-1)}; !slices.Equal(got, want) {
		t.Errorf("as bfloat16 %v, want %v", got, want)
	}
	if got, want := x.To(Float16).Float64s(), []float64{1 + 1.0/256, 1 + 3.0/256, 65504, math.Inf(1), 0, math.Inf(-1)}; !slices.Equal(got, want) {
		t.Errorf("as float16 %v, want %v", got, want)
	}
	if got := x.To(Float64).At(4); got != float64(float32(1e-8)) {
		t.Errorf("as float64 %v", got)
	}
}
