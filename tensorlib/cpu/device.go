package cpu

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/pool"
)

// Options choose how a Device works; the zero value is what [New] uses.
type Options struct {
	ISA         string // "avx512", "avx2" or "go"; empty: the best this processor runs
	Threads     int    // at most so many cores; 0: as many as GOMAXPROCS allows at each operation
	MemoryLimit int64  // bytes that may be handed out at a time; 0: three quarters of the machine's, or of its control group's
}

// Device runs operations on the processor's cores. Its methods may be called from several goroutines; the operations then
// take turns.
type Device struct {
	*pool.Pool[[]byte]
	mu      sync.Mutex // held for the length of one operation
	k       *kernels
	team    *team
	threads int

	// The state of the operation that runs, by kind.
	rows    rowsJob
	typed   typedJob
	reduce  reduceJob
	scan    scanJob
	gemm    gemmJob
	norm    normJob
	softmax softmaxJob
	loss    lossJob
	attend  attendJob
	adamw   adamwJob
	random  randomJob
	index   indexJob
	spare   []float32 // scratch shared by the parts of one operation
}

var _ backend.Ops = (*Device)(nil)

// New is the device with the best kernels that this processor runs, on all its cores.
func New() *Device {
	d, err := NewWith(Options{})
	if err != nil {
		panic(err) // the plain Go kernels run everywhere
	}
	return d
}

// NewWith is a device as o says. It fails when the processor does not run the kernels that o names.
func NewWith(o Options) (*Device, error) {
	k, err := kernelsFor(o.ISA)
	if err != nil {
		return nil, err
	}
	d := &Device{Pool: pool.New(heap()), k: k, team: newTeam(), threads: o.Threads}
	d.SetLimit(o.MemoryLimit)
	runtime.AddCleanup(d, func(t *team) { t.close() }, d.team)
	return d, nil
}

// Name is "cpu".
func (d *Device) Name() string { return "cpu" }

// Describe names the kernels and the cores in use.
func (d *Device) Describe() string {
	return fmt.Sprintf("cpu: %s kernels, %d of %d cores", d.k.name, d.workers(), runtime.NumCPU())
}

// SetThreads lets operations use at most n cores; 0 takes the limit away. Results do not depend on it.
func (d *Device) SetThreads(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.threads = n
}

// Sync returns at once: an operation has run when its method returns.
func (d *Device) Sync() error { return nil }

func (d *Device) workers() int {
	n := runtime.GOMAXPROCS(0)
	if d.threads > 0 {
		n = min(n, d.threads)
	}
	return max(n, 1)
}

// run does the parts 0…n-1 of j on the team.
func (d *Device) run(n int, j job) { d.team.run(n, d.workers(), j) }

// shared is scratch of n floats that all the parts of one operation see. Contents are undefined.
func (d *Device) shared(n int) []float32 {
	if cap(d.spare) < n {
		d.spare = aligned(n)
	}
	return d.spare[:n]
}
