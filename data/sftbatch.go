package data

// SFTBatch is rows of T tokens with what is to be learnt of them. Each slice is (B, T), row by row.
type SFTBatch struct {
	Tokens    []int32
	Targets   []int32 // the token after each, where it is trained, else Ignore; never one of another example
	Positions []int32 // from 0 in each example
	First     []int32 // the first token of its own example: what a token may see begins there
	Trained   int     // targets that are not Ignore
	Total     int     // tokens of examples; the others pad the rows
}

// Batch returns the B rows of a step: several examples a row if pack, each blind to the others, else one. It is a pure function of its
// arguments and the examples. Each example comes once in an epoch, before any comes again; epochs differ in their
// order and follow each other without a gap, even within a batch. It panics when an example is longer than T+1.
func (d *Instructions) Batch(split string, seed uint64, step, B, T int, pack bool) SFTBatch {
	set := d.split(split)
	p := d.plans.get(planKey{split: split, seed: seed, T: T, pack: pack}, set)
	b := newSFTBatch(B, T)
	for i := range B {
		b.fill(set, i, T, p.row(step*B+i))
	}
	return b
}

// StepsPerEpoch is how many steps of B rows the first epoch takes, the last of them counted whole.
func (d *Instructions) StepsPerEpoch(split string, seed uint64, B, T int, pack bool) int {
	p := d.plans.get(planKey{split: split, seed: seed, T: T, pack: pack}, d.split(split))
	return (p.rows(0) + B - 1) / B
}

// EvalBatches is the number of batches that EvalBatch makes of a split.
func (d *Instructions) EvalBatches(split string, B, T int, pack bool) int {
	return (d.evalPlan(split, T, pack).rows(0) + B - 1) / B
}

// EvalBatch returns batch i of EvalBatches, which together have each example of the split once. The last has fewer rows.
func (d *Instructions) EvalBatch(split string, i, B, T int, pack bool) SFTBatch {
	p := d.evalPlan(split, T, pack)
	first := i * B
	B = min(B, p.rows(0)-first)
	b := newSFTBatch(B, T)
	for r := range B {
		b.fill(d.split(split), r, T, p.row(first+r))
	}
	return b
}

func (d *Instructions) evalPlan(split string, T int, pack bool) *plan {
	return d.plans.get(planKey{split: split, T: T, pack: pack, fixed: true}, d.split(split))
}

// newSFTBatch returns a batch of padding: token 0, seen by itself alone.
func newSFTBatch(B, T int) SFTBatch {
	b := SFTBatch{Tokens: make([]int32, B*T), Targets: make([]int32, B*T), Positions: make([]int32, B*T), First: make([]int32, B*T)}
	for i := range b.Targets {
		b.Targets[i] = Ignore
		b.First[i] = int32(i % T)
	}
	return b
}

// fill lays examples side by side into a row. Of an example of n tokens the first n-1 are read, and the last n-1 predicted.
func (b *SFTBatch) fill(set *exampleSet, row, T int, examples []int) {
	at := 0
	for _, e := range examples {
		from, to := set.span(e)
		n := to - from
		ids, flags := make([]int32, n), make([]int32, n)
		set.tokens.Read(ids, from)
		set.trained.Read(flags, from)
		for j := range n - 1 {
			i := row*T + at + j
			b.Tokens[i], b.Positions[i], b.First[i] = ids[j], int32(j), int32(at)
			if flags[j+1] == 1 {
				b.Targets[i] = ids[j+1]
				b.Trained++
			}
		}
		b.Total += n - 1
		at += n - 1
	}
}
