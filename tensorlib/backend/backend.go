// Package backend says what a device must do for tensorlib: own memory, and run operations on views of it.
//
// A Buffer is memory of one device. A View is a typed, strided window on a Buffer; every operation takes views and
// writes its results into views that the caller has allocated. The caller (tensorlib) has checked shapes, dtypes and devices before it
// calls, so a device reports no misuse: it may panic on arguments that break the contract written at each method.
//
// A [Device] is the core: memory, elementwise operations, reductions, products and look-ups, random numbers. Everything else can be composed
// of these, and is worth a kernel of its own on some devices: the families, such as [Attentions], which a device implements whole or not at
// all. [Ops] is the core with all families; package compose completes a core to it.
//
// Three promises hold for every Device:
//
//   - Same bits. The order of every reduction is a function of the shapes alone: not of the number of cores, not of
//     timing, not of where the buffers lie. Running an operation twice gives the same bits. A row of a matrix product
//     or of a softmax does not depend on how many other rows there are.
//   - Order. Operations take effect in the order of the calls. They may return before they have run; Download and
//     Sync wait for everything queued before them.
//   - No hidden state. Random numbers are a pure function of their Key (Philox 4x32-10, Salmon et al., 2011).
//
// The suite in backendtest checks a device against plain float64 references.
package backend

import "fmt"

// MaxRank is the largest number of dimensions of a View.
const MaxRank = 8

// Buffer is a block of memory that belongs to one Device. Only that device may look inside.
type Buffer interface {
	// Len is the size in bytes that was asked of Alloc.
	Len() int
}

// View is a strided window on a Buffer. Element (i0, i1, …) lies at element index Offset + i0*Strides[0] + i1*Strides[1]
// + …; a stride may be 0 (broadcast) for views that are only read. The zero View means "absent" where a method says so.
type View struct {
	Buf     Buffer
	DType   DType
	Rank    int
	Offset  int // in elements
	Dims    [MaxRank]int
	Strides [MaxRank]int // in elements
}

// Present reports whether v is not the zero View.
func (v *View) Present() bool { return v.Buf != nil }

// Numel is the number of elements: the product of the dimensions, 1 for rank 0.
func (v *View) Numel() int {
	n := 1
	for _, d := range v.Dims[:v.Rank] {
		n *= d
	}
	return n
}

// Contiguous reports whether the elements lie in row-major order with no gaps. Dimensions of size 1 may have any stride.
func (v *View) Contiguous() bool {
	want := 1
	for i := v.Rank - 1; i >= 0; i-- {
		if v.Dims[i] != 1 && v.Strides[i] != want {
			return false
		}
		want *= v.Dims[i]
	}
	return true
}

// Device is the core of a device: what it must do. All views of one call live on that device. Float operations take Float32 views
// unless the method says otherwise. Destinations never overlap sources, except that an elementwise operation
// (Unary, UnaryGrad, Binary, Affine, Where, Dropout, SoftmaxGrad, CrossEntropyGrad, AdamW) may write to exactly the view it reads.
type Device interface {
	// Name is the short name that users write: "cpu", "cuda:0".
	Name() string
	// Describe says in one line what the device is and which of its features are in use.
	Describe() string

	Memory
	Elementwise
	Reductions
	Linear
	Randoms
}

// Ops is a device with all families of operations.
type Ops interface {
	Device
	Scans
	Softmaxes
	LayerNorms
	CrossEntropies
	Attentions
	Dropouts
	Optimizers
}

// Memory is allocation and transfer.
type Memory interface {
	// Alloc returns a buffer of n bytes, aligned to 64 bytes, contents undefined. It panics with *OutOfMemory when
	// the device has no room.
	Alloc(n int) Buffer
	// Free gives a buffer back to the device's pool. Work already queued on it still sees its contents.
	Free(Buffer)
	// SetLimit lets Alloc hand out at most so many bytes at a time, and returns the limit before. 0 is the device's own choice, a negative
	// number no limit.
	SetLimit(bytes int64) (before int64)
	// Stats counts the memory of the pool.
	Stats() MemoryStats
	// Upload copies src to dst, from byte offset at. The caller may reuse src when Upload returns.
	Upload(dst Buffer, at int, src []byte)
	// Download waits for queued work and copies from byte offset at of src.
	Download(dst []byte, src Buffer, at int)
	// Sync waits for queued work and returns the first error of the device since the last Sync, as Fault does.
	Sync() error
	// Fault returns, once, the first error of operations that have run which they did not return themselves, such as an [*IndexError]. It
	// does not wait.
	Fault() error
}

// IndexError is the error of an operation that was given an index out of range. Its result there is NaN, in a dtype that has it.
type IndexError struct {
	Op       string // as the operation was told
	Index    int
	Position int // of the index, in row-major order
	Size     int // what is indexed has so many
}

func (e *IndexError) Error() string {
	return fmt.Sprintf("%s: %s", e.Op, e.Message())
}

// Message is the error without the operation.
func (e *IndexError) Message() string {
	return fmt.Sprintf("index %d at position %d is not in [0, %d)", e.Index, e.Position, e.Size)
}

// MemoryStats counts bytes of a device's pool.
type MemoryStats struct {
	InUse, Pooled, Peak int64 // handed out now; idle in the pool; largest InUse so far
	Allocs              int64 // buffers taken from the system since the start, not from the pool
	Limit               int64 // most bytes that may be in use; 0: none
}

// OutOfMemory is the panic value of Alloc when the device has no room.
type OutOfMemory struct {
	Device            string
	Want, InUse, Size int64 // bytes; Size is 0 when the limit is not known
}

// Elementwise operations take views of equal shapes; the caller has broadcast the sources (stride 0).
type Elementwise interface {
	// Fill sets every element to value, converted to dst's dtype, which may be any, as [DType.Encode] does.
	Fill(dst View, value float64)
	// Copy copies src to dst with any strides and converts the dtype as [DType.Convert] does. Both may be of any dtype.
	Copy(dst, src View)
	// Unary computes dst = op(x) on Float32 views.
	Unary(op UnaryOp, dst, x View)
	// UnaryGrad computes dx = dy * op'(x); y is op(x).
	UnaryGrad(op UnaryOp, dx, dy, x, y View)
	// Binary computes dst = op(a, b). a and b have one dtype (Float32, Int32, Int64; Bool for And, Or and comparisons);
	// dst has it too, except that comparisons write Bool.
	Binary(op BinaryOp, dst, a, b View)
	// Affine computes dst = x*scale + shift on Float32 views.
	Affine(dst, x View, scale, shift float32)
	// Where computes dst = cond ? a : b, with cond of Bool and the others of any one dtype.
	Where(dst, cond, a, b View)
}

// Reductions work along axes.
type Reductions interface {
	// Reduce reduces every axis in which dst has size 1 and src has not; both have the same rank. Float32, Int32, Int64;
	// Sum and Mean of Bool are the caller's conversion. Mean is of Float32 only.
	Reduce(op ReduceOp, dst, src View)
	// ArgMax writes the index (Int64) of the first largest element along the last axis of src; dst has src's rank less one.
	ArgMax(dst, src View)
}

// Linear is matrix products and table look-ups.
type Linear interface {
	// MatMul computes c = a·b, with a of (…, M, K), b of (…, K, N) and c of (…, M, N), all of one rank >= 2 with equal
	// leading dimensions (broadcast by stride 0 in a and b). A transposed operand is a view with swapped strides; any
	// strides are right, and fast is where each of the last two axes' pairs holds a unit stride.
	MatMul(c, a, b View, o MatMulOptions)
	// Gather copies rows: dst[i…, :] = table[idx[i…], :]. table is (V, C) of any dtype, idx is Int32 or Int64 of rank r, dst of
	// rank r+1. For an index out of range the row is NaN (0 where the dtype has none), and the first such index is an [*IndexError] with the
	// name op: returned when the device knows of it by then, else by a later Fault or Sync. Nobody waits for it.
	Gather(dst, table, idx View, op string) error
	// ScatterAdd adds rows: table[idx[i…], :] += src[i…, :], repeated indices in the order of i. Rows with an index out of range are left out.
	ScatterAdd(table, src, idx View)
}

// MatMulOptions changes what MatMul does with its product.
type MatMulOptions struct {
	Accumulate bool // c += instead of c =
	Bias       View // (N,), added to every row; absent when zero
	Add        View // (M, N), added to the product of two matrices into rows of neighbours, its own too; absent when zero
}

// Key names a stream of random numbers.
type Key struct {
	Seed   uint64 // of the whole run
	Stream uint64 // which use: a step, an op
}

// Randoms draws counter-based random numbers: element i of the row-major order takes word i of the Philox stream of key,
// from word offset on; so a split draw equals a whole one.
type Randoms interface {
	// Uniform fills dst (Float32) with numbers in [0, 1): the top 24 bits of the word, times 2^-24.
	Uniform(dst View, key Key, offset uint64)
	// Normal fills dst (Float32) with standard normal numbers (Box and Muller): elements 2j and 2j+1 come of words 2j and 2j+1.
	Normal(dst View, key Key, offset uint64)
}
