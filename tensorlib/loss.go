package tensorlib

import "github.com/athanor-ml/athanor/tensorlib/backend"

// IgnoreTarget is the target that CrossEntropy leaves out.
const IgnoreTarget = -100

// CrossEntropy is the mean of -log softmax(logits)[target] over all targets that are not [IgnoreTarget], NaN when all are. logits are
// (…, V), targets (…) of Int32 or Int64.
func CrossEntropy(logits, targets *Tensor) *Tensor {
	return crossEntropy(opCrossEntropy, logits, targets)
}

// CrossEntropySum is the sum where [CrossEntropy] is the mean. Divided by the targets of a whole step it adds up, over any cut of the
// step into parts, to the same loss and the same gradients.
func CrossEntropySum(logits, targets *Tensor) *Tensor {
	return crossEntropy(opCrossEntropySum, logits, targets)
}

func crossEntropy(o *op, logits, targets *Tensor) *Tensor {
	dev := use(o.name, logits, targets)
	want(o.name, Float32, logits)
	indices(o.name, targets)
	lead := logits.v
	lead.Rank--
	if logits.v.Rank == 0 || !sameDims(&lead, &targets.v) {
		failFix(o.name, "shapes do not fit", "logits are (…, V), targets (…)", logits, targets)
	}
	logits, targets = logits.Contiguous(), targets.Contiguous()
	x, _ := rows(&logits.v)
	N := x.Dims[0]
	ids, _ := reshaped(&targets.v, []int{N})
	losses, lse, count := scratch(dev, N), scratch(dev, N), scratch(dev)
	err := dev.CrossEntropy(losses, lse, count, x, ids, IgnoreTarget, o.name)
	one := empty(dev, Float32, nil)
	total, _ := reshaped(&one.v, []int{1})
	dev.Reduce(backend.Sum, total, losses)
	if o == opCrossEntropy {
		dev.Fill(firstOf(&losses), 1)
		dev.Binary(backend.Div, count, firstOf(&losses), count) // now the share of each
		dev.Binary(backend.Mul, one.v, one.v, count)
	}
	dev.Free(losses.Buf)
	saveIn(record(o, one, logits, targets), dev, lse, count)
	faulty(err, targets)
	guard(o.name, one)
	return one
}

// firstOf is the first element of v as a tensor without dimensions.
func firstOf(v *backend.View) backend.View {
	one := *v
	one.Rank = 0
	return one
}

var (
	opCrossEntropy = &op{"CrossEntropy", func(s *sweep, n *node) {
		each := s.binary(backend.Mul, &n.grad.v, &n.saved[1])
		s.crossEntropy(n, &each.v)
		s.drop(each)
	}}
	opCrossEntropySum = &op{"CrossEntropySum", func(s *sweep, n *node) { s.crossEntropy(n, &n.grad.v) }}
)

// crossEntropy is the gradient of the logits when that of each loss is each.
func (s *sweep) crossEntropy(n *node, each *backend.View) {
	logits := n.in[0]
	x, _ := rows(&logits.v)
	ids, _ := reshaped(&n.in[1].v, []int{x.Dims[0]})
	s.into(logits, func(dst backend.View) {
		dx, ok := rows(&dst)
		if !ok {
			panic("tensorlib: a gradient of contiguous logits is not contiguous")
		}
		s.dev.CrossEntropyGrad(dx, expandTo(each, []int{x.Dims[0]}), x, n.saved[0], ids, IgnoreTarget)
	})
}

// Embedding looks up rows: the result (…, C) holds weight[idx] for weight (V, C) and idx (…) of Int32 or Int64.
func Embedding(weight, idx *Tensor) *Tensor {
	dev := use("Embedding", weight, idx)
	if weight.v.Rank != 2 {
		fail("Embedding", "the weight is not a matrix", weight)
	}
	indices("Embedding", idx)
	dims := idx.v.Dims
	if idx.v.Rank == backend.MaxRank {
		fail("Embedding", "the index has too many dimensions", idx)
	}
	dims[idx.v.Rank] = weight.v.Dims[1]
	out := empty(dev, weight.v.DType, dims[:idx.v.Rank+1])
	faulty(dev.Gather(out.v, weight.v, idx.v, "Embedding"), idx)
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

// indices checks the type of indices. Whether they are in range is seen where they are: on the device.
func indices(op string, idx *Tensor) {
	if idx.v.DType != Int32 && idx.v.DType != Int64 {
		failFix(op, "indices are "+idx.v.DType.String(), "convert them with To(Int64)", idx)
	}
}
