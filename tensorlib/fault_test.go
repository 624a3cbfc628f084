package tensorlib

import (
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// lateDevice reports an index out of range when it is asked, as a device does that runs operations after they have returned.
type lateDevice struct {
	backend.Ops
	first error
}

func (d *lateDevice) note(err error) error {
	if d.first == nil {
		d.first = err
	}
	return nil
}

func (d *lateDevice) Gather(dst, table, idx backend.View, op string) error {
	return d.note(d.Ops.Gather(dst, table, idx, op))
}

func (d *lateDevice) CrossEntropy(losses, lse, count, logits, targets backend.View, ignore int, op string) error {
	return d.note(d.Ops.CrossEntropy(losses, lse, count, logits, targets, ignore, op))
}

func (d *lateDevice) Fault() error {
	err := d.first
	d.first = nil
	return err
}

func (d *lateDevice) Sync() error { return d.Fault() }

// TestLateFaults: what a device finds out late is told when a result is read, at Sync, and at the end of a Scope, once, with the name of
// the operation.
func TestLateFaults(t *testing.T) {
	useDevice(t, &lateDevice{Ops: cpu.New()})
	table, bad := Ones(3, 2), New([]int{0, 3})
	const says = "Embedding: index 3 at position 1 is not in [0, 3)"
	for name, look := range map[string]func(x *Tensor){
		"Item":     func(x *Tensor) { x.Sum().Item() },
		"Float32s": func(x *Tensor) { x.Float32s() },
		"Bytes":    func(x *Tensor) { x.Bytes() },
		"Items":    func(x *Tensor) { Items(x.Sum(), x.Mean()) },
		"Finite":   func(x *Tensor) { x.Finite() },
		"Norm":     func(x *Tensor) { Norm(x) },
		"Sync":     func(*Tensor) { Sync() },
		"print":    func(x *Tensor) { _ = x.String() },
	} {
		x := Embedding(table, bad)
		mustFail(t, func() { look(x) }, says)
		if err := Try(func() { look(x) }); err != nil {
			t.Errorf("%s reports it a second time: %v", name, err)
		}
	}
	mustFail(t, func() { Scope(func() { Embedding(table, bad) }) }, says)
	mustFail(t, func() {
		Scope(func() { Scope(func() { CrossEntropySum(table, New([]int{0, 1, 2})); Ones(1) }); Ones(1) })
	},
		"CrossEntropySum: index 2 at position 2 is not in [0, 2)")
	Sync() // finds nothing any more
}

// TestLateFaultSkipsTheStep: until the mistake is told the result is NaN, which no optimizer takes a step by.
func TestLateFaultSkipsTheStep(t *testing.T) {
	useDevice(t, &lateDevice{Ops: cpu.New()})
	w, m, v, scale := Ones(3, 2).SetRequiresGrad(true), Zeros(3, 2), Zeros(3, 2), Ones()
	loss := CrossEntropy(Embedding(w, New([]int{0, 3})), New([]int{0, 1}))
	loss.Backward()
	ClipScale(scale, loss, 1, w.Grad())
	UpdateAdamW(w, m, v, scale, AdamWOptions{LR: 1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 1})
	mustFail(t, func() { loss.Item() }, "Embedding: index 3")
	if got := w.Ne(Ones(3, 2)).Sum().Item(); got != 0 {
		t.Errorf("%v weights changed in a step with an index out of range", got)
	}
}
