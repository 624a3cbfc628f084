package backend

import "fmt"

// UnaryOp is a function of one number.
type UnaryOp uint8

// The unary operations. GELU is the exact one, x*Phi(x), with Phi by erf; GELUTanh is GPT-2's approximation.
const (
	Neg UnaryOp = iota
	Abs
	Square
	Sqrt
	Rsqrt
	Recip
	Exp
	Log
	Sin
	Cos
	Tanh
	Sigmoid
	ReLU
	SiLU
	GELU
	GELUTanh
	Not // of Bool
	NumUnaryOps
)

func (o UnaryOp) String() string {
	return [...]string{
		"neg", "abs", "square", "sqrt", "rsqrt", "recip", "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu",
		"silu", "gelu", "gelu_tanh", "not",
	}[o]
}

// BinaryOp is a function of two numbers.
type BinaryOp uint8

// The binary operations. Comparisons (from Eq on) write Bool.
const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Pow
	Maximum
	Minimum
	And
	Or
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	NumBinaryOps
)

// Compares reports whether o writes Bool whatever its operands are.
func (o BinaryOp) Compares() bool { return o >= Eq }

func (o BinaryOp) String() string {
	return [...]string{"add", "sub", "mul", "div", "pow", "maximum", "minimum", "and", "or", "eq", "ne", "lt", "le", "gt", "ge"}[o]
}

// ReduceOp folds many numbers into one.
type ReduceOp uint8

// The reductions.
const (
	Sum ReduceOp = iota
	Mean
	Max
	Min
)

func (o ReduceOp) String() string { return [...]string{"sum", "mean", "max", "min"}[o] }

func (e *OutOfMemory) Error() string {
	limit := "in use"
	if e.Size > 0 {
		limit = "in use of at most " + Bytes(e.Size)
	}
	return fmt.Sprintf("%s: out of memory: %s more wanted, %s %s", e.Device, Bytes(e.Want), Bytes(e.InUse), limit)
}

// Bytes writes a number of bytes for people: "512 B", "1.5 GiB".
func Bytes(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n), -1
	for x >= 1<<10 {
		x /= 1 << 10
		unit++
	}
	return fmt.Sprintf("%.3g %ciB", x, "KMGTPE"[unit])
}
