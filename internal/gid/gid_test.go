package gid

import (
	"context"
	"runtime/pprof"
	"sync"
	"testing"
	"unsafe"
)

// names are the ways to name a goroutine: the one of this machine, and the one that works everywhere.
var names = map[string]func() uintptr{"Current": Current, "number": number}

// TestNames: goroutines that are alive at once have different names, and each keeps its own while its stack grows and moves.
func TestNames(t *testing.T) {
	for name, of := range names {
		const n = 200
		var ids [n]uintptr
		var arrived, done sync.WaitGroup
		arrived.Add(n)
		for i := range n {
			done.Go(func() {
				ids[i] = of()
				arrived.Done()
				arrived.Wait() // all are alive
				if again := deep(200, of); again != ids[i] {
					t.Errorf("%s is %#x, and %#x deeper in the stack", name, ids[i], again)
				}
			})
		}
		done.Wait()
		seen := map[uintptr]bool{of(): true}
		for i, id := range ids {
			if id == 0 || seen[id] {
				t.Errorf("%s: goroutine %d has the name %#x, which is 0 or another's", name, i, id)
			}
			seen[id] = true
		}
	}
}

// deep calls f some frames of a kilobyte below.
func deep(frames int, f func() uintptr) uintptr {
	var room [1024]byte
	room[frames] = 1
	if frames > 0 {
		return deep(frames-1, f) + uintptr(room[frames]) - 1
	}
	return f()
}

// TestLabels: goroutines inherit the labels of the one that started them; their own names differ.
func TestLabels(t *testing.T) {
	pprof.Do(context.Background(), pprof.Labels("family", "a"), func(context.Context) {
		here, labels := Current(), Labels()
		if labels == nil {
			t.Error("Labels is nil with labels set")
		}
		var there uintptr
		var inherited unsafe.Pointer
		var child sync.WaitGroup
		child.Go(func() { there, inherited = Current(), Labels() })
		child.Wait()
		if inherited != labels {
			t.Error("a goroutine does not inherit the labels")
		}
		if there == here {
			t.Errorf("a goroutine has the name %#x of the one that started it", here)
		}
	})
	if Labels() != nil {
		t.Error("Labels is not nil after the labels were taken away")
	}
}

func BenchmarkCurrent(b *testing.B) {
	for b.Loop() {
		Current()
	}
}
