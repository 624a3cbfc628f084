package backend

// Families of operations that a device may have kernels for. Statistics that a gradient needs are written by the forward pass to views that
// the caller allocates.

// Scans look at all elements for one number.
type Scans interface {
	// SumSquares writes the sum of the squares of all the elements of all xs to the rank-0 Float32 view dst.
	SumSquares(dst View, xs []View)
	// Finite writes 1 to the rank-0 Float32 view dst when all elements of x are finite, else 0.
	Finite(dst, x View)
}

// Softmaxes are normalized exponentials and their gradients.
type Softmaxes interface {
	// Softmax is softmax over the last axis, or its logarithm.
	Softmax(y, x View, log bool)
	// SoftmaxGrad is its gradient; y is the result of Softmax.
	SoftmaxGrad(dx, dy, y View, log bool)
}

// LayerNorms are layer normalization and its gradient.
type LayerNorms interface {
	// LayerNorm computes y = (x-mean)*rstd*w + b over the last axis C. x, y: (N, C); mean, rstd: (N,); w, b: (C,), b may be absent.
	LayerNorm(y, mean, rstd, x, w, b View, eps float32)
	// LayerNormGrad writes dx, or adds to it, and adds to dw and db (absent when b was).
	LayerNormGrad(dx, dw, db, dy, x, w, mean, rstd View, add bool)
}

// CrossEntropies are the loss of classification and its gradient.
type CrossEntropies interface {
	// CrossEntropy writes -log softmax(logits)[target] to losses, the log-sum-exp to lse, and to count how many targets are not ignored.
	// logits: (N, V); targets: (N,) of Int32 or Int64; losses, lse: (N,); count: (). A target equal to ignore has loss 0, one out of range NaN;
	// the first of the latter is an [*IndexError], returned as Gather does.
	CrossEntropy(losses, lse, count, logits, targets View, ignore int, op string) error
	// CrossEntropyGrad writes dlogits = (softmax(logits) - onehot(target)) * dloss[n]; zero in ignored rows, and NaN in those out of range. dloss: (N,).
	CrossEntropyGrad(dlogits, dloss, logits, lse, targets View, ignore int)
}

// Attentions are scaled dot-product attention and its gradient.
type Attentions interface {
	// Attention computes out = softmax(q·kᵀ*scale [+ causal mask])·v and the log-sum-exp of each row of scores.
	// q, out: (B, H, T, D); k, v: (B, H, S, D); lse: (B, H, T). All may be strided, with unit stride in D. Causal: query t sees
	// keys s <= t + (S-T). A key that a query does not see has weight exactly 0; a query that sees none has the result 0 and the log-sum-exp
	// -Inf. A row of the batch has the same bits whatever the other rows are.
	Attention(out, lse, q, k, v View, o AttentionOptions)
	// AttentionGrad writes dq, dk, dv. o.Lengths is absent.
	AttentionGrad(dq, dk, dv, dout, out, lse, q, k, v View, o AttentionOptions)
}

// AttentionOptions are the settings of Attention.
type AttentionOptions struct {
	Scale   float32
	Causal  bool
	First   View // (B, T) of Int32: query t of row b sees only the keys s >= First[b, t]; absent: all
	Lengths View // (B) of Int32: row b has Lengths[b] <= S keys and its T queries are the last T of them; absent: S
}

// Dropouts set elements to zero at random.
type Dropouts interface {
	// Dropout computes y = x * [u >= p] / (1-p) with u the uniform numbers of key; it is its own gradient.
	Dropout(y, x View, p float32, key Key)
}

// Optimizers change parameters in place.
type Optimizers interface {
	// AdamW updates p, m and v in place (Loshchilov & Hutter, 2019). All four are contiguous Float32 of one length. scale () multiplies g, 1
	// when absent; when it is not finite nothing changes.
	AdamW(p, g, m, v, scale View, o AdamW)
	// ClipScale writes norm = sqrt(squares) and the scale of gradients of that norm: min(1, limit/(norm+1e-6)), 1 when limit is 0, and NaN when
	// norm or loss is not finite. All are (); loss may be absent.
	ClipScale(norm, scale, squares, loss View, limit float64)
}

// AdamW holds the settings of one update. The update is
//
//	g' = g*scale
//	m  = Beta1*m + (1-Beta1)*g'
//	v  = Beta2*v + (1-Beta2)*g'²
//	p  = p - LR*WeightDecay*p - LR * (m/(1-Beta1^Step)) / (sqrt(v/(1-Beta2^Step)) + Eps)
type AdamW struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Step                               int // counts from 1
}
