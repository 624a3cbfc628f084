package tensorlib_test

import (
	"fmt"

	"github.com/athanor-ml/athanor/tensorlib"
)

func Example() {
	x := tensorlib.New([]float64{1, 2, 3, 4}, 2, 2)
	w := tensorlib.Eye(2).Scale(2)
	fmt.Println(x.MatMul(w).AddScalar(0.5))
	// Output:
	// tensor([[2.5000, 4.5000],
	//         [6.5000, 8.5000]], shape (2, 2), float32)
}

// A line through three points, found by gradient descent.
func ExampleTensor_Backward() {
	x, y := tensorlib.New([]float64{-1, 0, 1}), tensorlib.New([]float64{-1, 1, 3})
	slope, offset := tensorlib.Zeros().SetRequiresGrad(true), tensorlib.Zeros().SetRequiresGrad(true)
	for range 100 {
		tensorlib.Scope(func() {
			x.Mul(slope).Add(offset).Sub(y).Square().Mean().Backward()
			for _, p := range []*tensorlib.Tensor{slope, offset} {
				p.CopyFrom(p.Detach().Sub(p.Grad().Scale(0.2)))
				p.ZeroGrad()
			}
		})
	}
	fmt.Printf("y = %.3f x + %.3f\n", slope.Item(), offset.Item())
	// Output: y = 2.000 x + 1.000
}

func ExampleTry() {
	err := tensorlib.Try(func() { tensorlib.Ones(2, 3).MatMul(tensorlib.Ones(2, 2)) })
	fmt.Println(err)
	// Output: tensorlib: MatMul: inner dimensions differ: (2, 3) x (2, 2)
}

func ExampleScope() {
	var sum *tensorlib.Tensor
	tensorlib.Scope(func() {
		large := tensorlib.Ones(1000, 1000) // goes back to the pool at the end
		sum = large.Sum().Keep()
	})
	fmt.Println(sum.Item())
	// Output: 1e+06
}
