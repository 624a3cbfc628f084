// Package tensorlib is tensors with strides and gradients, on any device that implements tensorlib/backend.
//
// A [Tensor] is a shaped view on the memory of a device: float32, int32, int64 or bool, and for storage float16, bfloat16, float64, int8 or
// uint8. Operations are methods that return new tensors, run at once, and chain:
//
//	y := x.MatMul(w).Add(b).GELU()
//
// Shapes broadcast as in NumPy. Reshape, Transpose, Slice, Expand and their relatives share memory where they can.
//
// # Operations
//
// What works on each element keeps the shape and wants Float32, unless it says otherwise; of two tensors the shapes broadcast and the
// dtypes are equal ([Tensor.To] converts). A dimension is named by its number; negative numbers count from the end, so -1 is the last.
// Reductions take the dimensions to fold, all when none are named. Sizes of 0 are allowed.
//
// # Gradients
//
// A tensor marked by [Tensor.SetRequiresGrad] is a leaf: operations on it are recorded, and [Tensor.Backward] on a scalar
// adds the derivative of that scalar to [Tensor.Grad] of every leaf it came from. Inside [NoGrad] nothing is recorded.
// One graph is used by one goroutine at a time; separate graphs need no locks as long as they share no leaves.
//
// # Memory
//
// A tensor's memory is left to the garbage collector, except inside [Scope]: everything made there goes back to the
// device's pool when the step ends, so that a training loop allocates no large memory after its first step. [Tensor.Keep]
// takes a tensor out of the step it was made in; parameters and gradients are kept without being asked.
//
// The tensors of a device hold at most three quarters of the machine's memory, or what [SetMemoryLimit] says; see [Memory].
//
// # Mistakes
//
// Misuse that the caller could have seen, such as shapes that do not fit, panics with an [*OpError] that names the operation,
// the shapes and the way out. [Try] turns such a panic into an error. [CheckFinite] makes every operation look for NaN
// and infinities in its result, and names the first that made one.
//
// # Random numbers
//
// A [Rand] is a counter on a stream of Philox numbers: the same seed, stream and offset give the same numbers, on every
// device and with any number of cores.
package tensorlib
