package tensorlib

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// functions are the exported functions with a Tensor among their arguments; the methods are found by reflection.
var functions = map[string]any{
	"Linear": Linear, "LinearT": LinearT, "LayerNorm": LayerNorm, "CrossEntropy": CrossEntropy, "CrossEntropySum": CrossEntropySum, "ClipScale": ClipScale, "Embedding": Embedding, "Where": Where,
	"Attention": Attention, "AttentionPacked": AttentionPacked, "AttentionWith": AttentionWith, "AttentionPackedWith": AttentionPackedWith, "Recompute": Recompute, "Concat": Concat, "Stack": Stack, "Norm": Norm, "UpdateAdamW": UpdateAdamW,
	"Zeros": Zeros, "Ones": Ones, "Full": Full, "Arange": Arange, "Eye": Eye, "New": New, "FromBytes": FromBytes,
}

// callees are all operations as functions whose first argument is the receiver, if there is one.
func callees() map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for name, f := range functions {
		all[name] = reflect.ValueOf(f)
	}
	for typ := range slices.Values([]reflect.Type{reflect.TypeFor[*Tensor](), reflect.TypeFor[*Rand]()}) {
		for method := range typ.Methods() {
			all[typ.Elem().Name()+"."+method.Name] = method.Func
		}
	}
	return all
}

// TestMisuseIsAnOpError calls everything with arguments that mostly do not fit, and allows results and OpErrors only.
func TestMisuseIsAnOpError(t *testing.T) {
	defer SetMemoryLimit(SetMemoryLimit(Memory().InUse + 256<<20))
	for name, f := range callees() {
		r := NewRand(uint64(len(name)))
		failed := 0
		for range 400 {
			args := make([]reflect.Value, f.Type().NumIn())
			for i := range args {
				args[i] = anyOf(r, f.Type().In(i))
			}
			if says := misuse(f, args); says != "" {
				t.Errorf("%s%s: %s", name, written(args), says)
				if failed++; failed == 3 {
					break
				}
			}
		}
	}
}

// misuse calls f and describes what is wrong with the way it failed, if it did.
func misuse(f reflect.Value, args []reflect.Value) (says string) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *OpError:
			if p.Op == "" || p.Msg == "" {
				says = fmt.Sprintf("an OpError without operation or message: %+v", p)
			}
		default:
			says = fmt.Sprintf("panics with %T: %v", p, p)
		}
	}()
	if f.Type().IsVariadic() {
		f.CallSlice(args)
	} else {
		f.Call(args)
	}
	return ""
}

// anyOf draws an argument: sizes and indices near the borders, tensors of all types, sizes and layouts, nil and released ones.
func anyOf(r *Rand, typ reflect.Type) reflect.Value {
	ints := []int{0, 1, 2, 3, -1, -2, 5, 9, math.MaxInt, math.MinInt, 1 << 40}
	switch typ {
	case reflect.TypeFor[*Tensor]():
		return reflect.ValueOf(anyTensor(r))
	case reflect.TypeFor[*Rand]():
		return reflect.ValueOf(NewRand(3))
	case reflect.TypeFor[any]():
		return reflect.ValueOf([]any{
			1, 2.5, true, "x", byte(3), []int{1, 2}, []float32{}, []bool{true}, struct{}{}, []string{"x"}, [][]string{{"x"}},
			[][]float64{{1}, {2, 3}}, [][]byte{}, [][][]int{{}, {{1}}}, [][]any{{1}}, [][2]int{{1, 2}}, [][]int{{1}, nil},
		}[r.Intn(17)])
	case reflect.TypeFor[func()]():
		return reflect.ValueOf(func() {})
	case reflect.TypeFor[func(...*Tensor) *Tensor]():
		return reflect.ValueOf(func(xs ...*Tensor) *Tensor { return append(xs, nil)[0] })
	case reflect.TypeFor[DType]():
		return reflect.ValueOf(DType(r.Intn(12)))
	case reflect.TypeFor[AttentionOptions]():
		o := AttentionOptions{Causal: r.Intn(2) == 0}
		if r.Intn(2) == 0 {
			o.First = anyTensor(r)
		}
		if r.Intn(2) == 0 {
			o.Lengths = anyTensor(r)
		}
		return reflect.ValueOf(o)
	case reflect.TypeFor[AdamWOptions]():
		return reflect.ValueOf(AdamWOptions{Step: r.Intn(3)})
	}
	switch typ.Kind() {
	case reflect.Slice:
		n := r.Intn(4)
		s := reflect.MakeSlice(typ, n, n)
		for i := range n {
			s.Index(i).Set(anyOf(r, typ.Elem()))
		}
		return s
	case reflect.Int:
		n := 7 // mostly small ones
		if r.Intn(8) == 0 {
			n = len(ints)
		}
		return reflect.ValueOf(ints[r.Intn(n)])
	case reflect.Float64:
		return reflect.ValueOf([]float64{0, 1, -1, 0.5, math.NaN(), math.Inf(1)}[r.Intn(6)])
	default:
		return reflect.Zero(typ)
	}
}

var anyShapes = [][]int{{}, {1}, {3}, {0}, {2, 3}, {3, 2}, {3, 3}, {0, 3}, {2, 3, 4}, {1, 2, 3, 4}, {2, 1, 6}, {1, 1, 1, 1, 1, 1, 1, 1}}

func anyTensor(r *Rand) *Tensor {
	shape := anyShapes[r.Intn(len(anyShapes))]
	x := NewRand(1).Normal(shape...)
	switch r.Intn(13) {
	case 12:
		x = x.To([]DType{Float16, BFloat16, Float64, Int8, Uint8}[r.Intn(5)])
	case 0:
		return nil
	case 1:
		return new(Tensor)
	case 2:
		return gone(shape)
	case 3:
		x = x.To(Int64)
	case 4:
		x = x.To(Int32)
	case 5:
		x = x.Gt(New(0.0))
	case 6:
		x = x.SetRequiresGrad(true).Exp()
	case 7:
		x.SetRequiresGrad(true)
	case 8:
		if len(shape) > 1 {
			x = x.Transpose(0, -1)
		}
	case 9:
		if len(shape) > 0 && shape[0] == 1 {
			x = x.Expand(append([]int{4}, shape[1:]...)...)
		}
	}
	return x
}

func gone(shape []int) (x *Tensor) {
	Scope(func() { x = Ones(shape...) })
	return x
}

func written(args []reflect.Value) string {
	var parts []string
	for _, a := range args {
		if x, ok := a.Interface().(*Tensor); ok && x != nil && x.mem != nil {
			parts = append(parts, x.DType().String()+x.Shape().String())
			continue
		}
		parts = append(parts, fmt.Sprint(a))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// answers are the methods that a tensor answers after its Scope has ended: they read none of its elements.
var answers = []string{
	"Shape", "Dim", "Rank", "Numel", "DType", "Device", "IsContiguous", "String", "MIME", "RequiresGrad", "Grad", "ZeroGrad",
}

// TestReleasedIsRefused: every other operation says that the tensor is gone, and what would have kept it.
func TestReleasedIsRefused(t *testing.T) {
	fits := map[reflect.Type]reflect.Value{
		reflect.TypeFor[*Tensor](): reflect.ValueOf(Ones(2, 2)), reflect.TypeFor[int](): reflect.ValueOf(0),
		reflect.TypeFor[float64](): reflect.ValueOf(0.5),
	}
	typ := reflect.TypeFor[*Tensor]()
	for m := range typ.Methods() {
		if slices.Contains(answers, m.Name) {
			continue
		}
		args := []reflect.Value{reflect.ValueOf(gone([]int{2, 2}))}
		for j := 1; j < m.Type.NumIn(); j++ {
			arg, ok := fits[m.Type.In(j)]
			if !ok {
				arg = reflect.Zero(m.Type.In(j))
			}
			args = append(args, arg)
		}
		err := Try(func() {
			if m.Type.IsVariadic() {
				m.Func.CallSlice(args)
			} else {
				m.Func.Call(args)
			}
		})
		if err == nil || !strings.Contains(err.Error(), "was released at the end of its Scope") || !strings.Contains(err.Error(), "Keep") {
			t.Errorf("%s of a released tensor gives %v, want an OpError that says so", m.Name, err)
		}
	}
}
