package tensorlib

import (
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// IgnoreTarget is the target that CrossEntropy leaves out of the mean.
const IgnoreTarget = -100

// CrossEntropy is the mean of -log softmax(logits)[target] over all targets that are not [IgnoreTarget]. logits are (…, V),
// targets (…) of Int32 or Int64.
func CrossEntropy(logits, targets *Tensor) *Tensor {
	dev := use("CrossEntropy", logits, targets)
	want("CrossEntropy", Float32, logits)
	lead := logits.v
	lead.Rank--
	if logits.v.Rank == 0 || !sameDims(&lead, &targets.v) {
		failFix("CrossEntropy", "shapes do not fit", "logits are (…, V), targets (…)", logits, targets)
	}
	logits, targets = logits.Contiguous(), targets.Contiguous()
	count := checkIndices("CrossEntropy", targets, logits.v.Dims[logits.v.Rank-1], IgnoreTarget)
	if count == 0 {
		fail("CrossEntropy", "every target is ignored", logits, targets)
	}
	x, _ := rows(&logits.v)
	N := x.Dims[0]
	ids, _ := reshaped(&targets.v, []int{N})
	losses, lse := scratch(dev, N), scratch(dev, N)
	dev.CrossEntropy(losses, lse, x, ids, IgnoreTarget)
	one := empty(dev, Float32, nil)
	total, _ := reshaped(&one.v, []int{1})
	dev.Reduce(backend.Sum, total, losses)
	dev.Affine(one.v, one.v, 1/float32(count), 0)
	dev.Free(losses.Buf)
	n := record(opCrossEntropy, one, logits, targets)
	saveIn(n, dev, lse)
	if n != nil {
		n.num[0] = count
	}
	guard("CrossEntropy", one)
	return one
}

var opCrossEntropy = &op{"CrossEntropy", func(s *sweep, n *node) {
	logits := n.in[0]
	x, _ := rows(&logits.v)
	ids, _ := reshaped(&n.in[1].v, []int{x.Dims[0]})
	each := s.affine(&n.grad.v, 1/float32(n.num[0]), 0)
	s.into(logits, func(dst backend.View) {
		dx, ok := rows(&dst)
		if !ok {
			panic("tensorlib: a gradient of contiguous logits is not contiguous")
		}
		s.dev.CrossEntropyGrad(dx, expandTo(&each.v, []int{x.Dims[0]}), x, n.saved[0], ids, IgnoreTarget)
	})
	s.drop(each)
}}

// Embedding looks up rows: the result (…, C) holds weight[idx] for weight (V, C) and idx (…) of Int32 or Int64.
func Embedding(weight, idx *Tensor) *Tensor {
	dev := use("Embedding", weight, idx)
	if weight.v.Rank != 2 {
		fail("Embedding", "the weight is not a matrix", weight)
	}
	checkIndices("Embedding", idx, weight.v.Dims[0], 0)
	dims := idx.v.Dims
	if idx.v.Rank == backend.MaxRank {
		fail("Embedding", "the index has too many dimensions", idx)
	}
	dims[idx.v.Rank] = weight.v.Dims[1]
	out := empty(dev, weight.v.DType, dims[:idx.v.Rank+1])
	dev.Gather(out.v, weight.v, idx.v)
	if weight.v.DType == Float32 {
		record(opEmbedding, out, weight, idx)
	}
	return out
}

var opEmbedding = &op{"Embedding", func(s *sweep, n *node) {
	if n.in[0].wants() {
		s.dev.ScatterAdd(s.sum(n.in[0]), n.grad.v, n.in[1].v)
	}
}}

var indexScratch = sync.Pool{New: func() any { return new([]int64) }}

// checkIndices panics unless every element of idx is in [0, size) or is ignore, when that is negative; it counts the former.
func checkIndices(op string, idx *Tensor, size, ignore int) int {
	dev := use(op, idx)
	if idx.v.DType != Int32 && idx.v.DType != Int64 {
		failFix(op, "indices are "+idx.v.DType.String(), "convert them with To(Int64)", idx)
	}
	n := idx.Numel()
	v := dense(Int64, idx.v.Dims[:idx.v.Rank])
	allocate(dev, &v)
	defer dev.Free(v.Buf)
	dev.Copy(v, idx.v)
	host := indexScratch.Get().(*[]int64)
	defer indexScratch.Put(host)
	if cap(*host) < n {
		*host = make([]int64, n)
	}
	ids := (*host)[:n]
	dev.Download(asBytes(ids), v.Buf, 0)
	count := 0
	for i, x := range ids {
		switch {
		case x >= 0 && x < int64(size):
			count++
		case ignore >= 0 || x != int64(ignore):
			fail(op, "index "+itoa(int(x))+" at place "+itoa(i)+" is not in [0, "+itoa(size)+")", idx)
		}
	}
	return count
}
