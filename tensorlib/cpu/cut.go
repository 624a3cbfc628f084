package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// A product is cut into blocks of rows and columns of c, one part each. Every element of c is summed over k from 0 up, in
// blocks of a length that depends on k alone; so how c is cut does not show in its bits. When c is small beside a and b the blocks of
// k are parts, too: each is summed apart, and then all are added in the order in which one core would have.
//
// The kernels read a and b where they lie when that is fast: b needs neighbours along n, a along m or k. Otherwise b is
// packed once for all parts into panels of nr columns, and a by each part into panels of mr rows.

const (
	blockK    = 512     // most terms that are summed before c is touched
	blockM    = 224     // rows of a that a part packs at a time
	packRoom  = 1 << 21 // floats of packed b that are held at a time
	sumsRoom  = 1 << 20 // floats of sums of blocks of k that are held
	sumsRows  = 16      // of c that a part adds them to
	tinyWork  = 1 << 15 // multiplications that are not worth handing out
	manyParts = 8       // parts for each core: the last ones to end leave little of it idle
	fewParts  = 4       // the same when a is packed, which has lines of the cache in common with the parts beside it
)

// plan decides what is packed and how c is cut for that many cores.
func (j *gemmJob) plan(cores int) {
	mr, nr := j.k.mr, j.k.nr
	blocks := max(1, panelCount(j.kk, blockK))
	j.kc = max(1, panelCount(j.kk, blocks))
	j.packB = j.b.col != 1 || j.m > 16*mr && j.farB()
	j.packA = j.a.row != 1 && j.a.col != 1 || j.n > 4*nr && j.farA()
	j.group, j.cols, j.first = j.count, j.n, 0
	if j.packB {
		panel := max(j.kk*nr, 1)
		j.cols = min(j.n, max(1, packRoom/panel)*nr)
		j.size = panelCount(j.cols, nr) * panel
		j.group = min(j.count, max(1, packRoom/j.size))
	}
	j.deep = 1
	if cores > 1 && j.bare() && j.small(blocks-1) {
		j.deep = panelCount(j.kk, j.kc)
	}
	j.cut(cores)
}

// bare reports whether c is one matrix, in rows, to which nothing is added but itself.
func (j *gemmJob) bare() bool {
	return j.count == 1 && j.cols == j.n && j.c.col == 1 && j.add.x == nil && j.bias == nil
}

// small reports whether so many matrices like c are small beside a and b. Then it pays to give each core some blocks of k: in a product of
// activations and gradients these are the rows that it has worked on before.
func (j *gemmJob) small(matrices int) bool {
	room := matrices * j.m * j.n
	return room <= sumsRoom && j.kk*(j.m+j.n) >= 4*room
}

// cut chooses how many parts the group and columns at hand have: enough for that many cores, and as many for one as for another.
func (j *gemmJob) cut(cores int) {
	rows, cols := panelCount(j.m, j.k.mr), panelCount(j.cols, j.k.nr)
	if rows > 4*cores { // lower ones, and as many for one core as for another
		rows = panelCount(rows, cores) * cores
	}
	j.rows = rows
	j.down, j.across = panelCount(rows, max(1, blockM/j.k.mr)), 1
	if j.m*j.n*max(j.kk, 1)*j.group < tinyWork {
		return
	}
	want := manyParts * cores
	if j.packA {
		want = fewParts * cores
	}
	for j.parts() < want {
		high, wide := panelCount(rows, j.down), panelCount(cols, j.across)
		switch {
		case high > 1 && (j.packA || high >= wide):
			j.down = min(2*j.down, rows, panelCount(want, j.group*j.across*j.deep))
		case wide > 1:
			j.across = min(2*j.across, cols)
		default:
			return
		}
	}
	for more := j.down; more < min(j.down+cores, rows+1); more++ {
		if more*j.across*j.group*j.deep%cores == 0 {
			j.down = more
			break
		}
	}
}

// farA reports whether the elements of a that a tile reads lie so far apart, or so unluckily for the first cache, that it pays to pack
// them.
func (j *gemmJob) farA() bool {
	if j.a.row == 1 {
		return j.kk > 256 || j.a.col > 1024
	}
	return j.kk > 512 || j.kk > 256 && j.a.row%1024 == 0
}

// farB is the same of b. Rows of it that are a multiple of half a kilobyte apart share a few sets of the first cache.
func (j *gemmJob) farB() bool { return j.kk*j.b.row > 1<<17 || j.kk >= 64 && j.b.row%128 == 0 }

// parts is the number of blocks of c in the group at hand, times those of k.
func (j *gemmJob) parts() int { return min(j.group, j.count-j.first) * j.down * j.across * j.deep }

// addParts is the number of parts of the addition of the sums.
func (j *gemmJob) addParts() int { return panelCount(j.m, sumsRows) }

// addSums adds the sums of the blocks of k to some rows of c, in order.
func (j *gemmJob) addSums(part int) {
	for i := part * sumsRows; i < min((part+1)*sumsRows, j.m); i++ {
		row := j.c.x[i*j.c.row:][:j.n]
		for b := range j.deep - 1 {
			j.k.binary[backend.Add](row, row, j.sums[(b*j.m+i)*j.n:][:j.n])
		}
	}
}
