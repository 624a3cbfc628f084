package cpu

import (
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

func TestUnknownKernels(t *testing.T) {
	_, err := NewWith(Options{ISA: "sse9"})
	if err == nil || !strings.Contains(err.Error(), `"sse9"`) {
		t.Errorf("NewWith(sse9) = %v, want an error that names it", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	d, _ := NewWith(Options{MemoryLimit: 1 << 20})
	b := d.Alloc(900 << 10)
	defer func() {
		oom, ok := recover().(*backend.OutOfMemory)
		if !ok || oom.Want != 200<<10 || oom.Size != 1<<20 || !strings.Contains(oom.Error(), "out of memory") {
			t.Errorf("Alloc over the limit panicked with %+v, want *OutOfMemory", oom)
		}
		d.Free(b)
		d.Free(d.Alloc(200 << 10)) // there is room again
	}()
	d.Alloc(200 << 10)
}

// TestAligned: blocks begin at a multiple of 64 bytes.
func TestAligned(t *testing.T) {
	d := New()
	for _, n := range []int{0, 1, 63, 64, 65, 1000, 100000} {
		if b := d.Alloc(n).(*buffer); uintptr(pointer(elements[float32](b.Block), 0))&63 != 0 {
			t.Errorf("Alloc(%d) is not aligned to 64 bytes", n)
		}
	}
}

type panics struct{}

func (panics) part(_ *worker, i int) {
	if i == 3 {
		panic("part 3")
	}
}

// TestPanicInPart: a panic on a worker arrives at the caller, and the team works on.
func TestPanicInPart(t *testing.T) {
	team := newTeam()
	defer team.close()
	for range 3 {
		func() {
			defer func() {
				if r := recover(); r != "part 3" {
					t.Errorf("recovered %v, want part 3", r)
				}
			}()
			team.run(8, 4, panics{})
		}()
	}
}

type counts64 struct{ seen [64]int32 }

func (c *counts64) part(_ *worker, i int) { c.seen[i]++ }

// TestTeam: every part runs once, whatever the number of threads, also after the workers have gone to sleep.
func TestTeam(t *testing.T) {
	team := newTeam()
	defer team.close()
	for round := range 3000 {
		var c counts64
		n := round % 65
		team.run(n, 1+round%5, &c)
		for i, s := range c.seen {
			if want := int32(0); i < n {
				want = 1
				if s != want {
					t.Fatalf("round %d: part %d of %d ran %d times", round, i, n, s)
				}
			}
		}
		if round%500 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// TestTwoGoroutines: operations of several goroutines take turns.
func TestTwoGoroutines(t *testing.T) {
	d := New()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			x, y := dense(d, 100, 300), dense(d, 100, 300)
			for range 50 {
				d.Fill(x, float64(g))
				d.Affine(y, x, 2, 1)
				sum := dense(d, 1, 1)
				d.Reduce(backend.Mean, sum, y)
				if got := at[float32](&sum)[0]; got != float32(2*g+1) {
					t.Errorf("goroutine %d: mean %v, want %d", g, got, 2*g+1)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestTwins compares the assembly with the plain Go kernels of the same names, densely: within a few units in the last place.
func TestTwins(t *testing.T) {
	twin := goKernels()
	for _, isa := range []string{"avx512", "avx2"} {
		k, err := kernelsFor(isa)
		if err != nil {
			t.Logf("%s is not here: %v", isa, err)
			continue
		}
		x := make([]float32, 200003)
		for i := range x {
			x[i] = float32(i-100000) * 2e-4
		}
		for op := range backend.Not {
			y, want := make([]float32, len(x)), make([]float32, len(x))
			k.unary[op](y, x)
			twin.unary[op](want, x)
			worst, at := 0.0, 0
			for i, w := range want {
				e := math.Abs(float64(y[i])-float64(w)) / max(math.Abs(float64(w)), 1e-6)
				if op == backend.GELU || op == backend.GELUTanh { // relative to x: in the tail Phi itself is tiny
					e = math.Abs(float64(y[i])-float64(w)) / max(math.Abs(float64(x[i])), 1e-6)
				}
				if e > worst {
					worst, at = e, i
				}
			}
			if worst > 1e-6 {
				t.Errorf("%s %v(%v) = %v, the Go twin has %v: off by %.2g", isa, op, x[at], y[at], want[at], worst)
			}
		}
	}
}

// TestExpExact: exp(0) is 1, so that weights relative to an unchanged peak do not change.
func TestExpExact(t *testing.T) {
	for _, isa := range []string{"avx512", "avx2", "go"} {
		k, err := kernelsFor(isa)
		if err != nil {
			continue
		}
		y := make([]float32, 19)
		k.unary[backend.Exp](y, make([]float32, 19))
		for i, v := range y {
			if v != 1 {
				t.Errorf("%s: exp(0) = %v at %d, want 1", isa, v, i)
			}
		}
	}
}
