package ckpt

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/store/local"
)

func prune(t *testing.T, l *Lease, keep int) []Passed {
	t.Helper()
	passed, err := Prune(t.Context(), l, keep)
	if err != nil {
		t.Fatal(err)
	}
	return passed
}

// saved makes a store with the steps 10, 20, … up to last.
func saved(t *testing.T, last int) (*local.Store, *Lease) {
	t.Helper()
	s := local.New(t.TempDir())
	l := acquire(t, s, 0)
	for step := 10; step <= last; step += 10 {
		saveSample(t, l, step, float32(step))
	}
	return s, l
}

func damage(t *testing.T, s *local.Store, all ...int) {
	t.Helper()
	for _, step := range all {
		path := filepath.Join(checkpoint(s, step), "policy", "model.safetensors")
		if err := damages["flipped"](path); err != nil {
			t.Fatal(err)
		}
	}
}

func checkpoint(s *local.Store, step int) string {
	return s.Path(dir + "/step-000000" + string([]byte{'0' + byte(step/10), '0' + byte(step%10)}))
}

func TestPrune(t *testing.T) {
	s, l := saved(t, 50)
	if passed := prune(t, l, 2); passed != nil {
		t.Errorf("Prune reports %+v", passed)
	}
	if got := steps(t, s); !slices.Equal(got, []int{40, 50}) {
		t.Errorf("after Prune(2): %v", got)
	}
	prune(t, l, 0)
	if got := steps(t, s); !slices.Equal(got, []int{50}) {
		t.Errorf("after Prune(0): %v, want the last to stay", got)
	}
	if names := leftovers(t, s); !slices.Equal(names, nil) {
		t.Errorf("left over: %v", names)
	}
}

// Damaged checkpoints are not kept in the place of whole ones, for a new process as for the one that saved them.
func TestPruneDoesNotCountDamage(t *testing.T) {
	for _, again := range []bool{false, true} {
		s, l := saved(t, 50)
		if again {
			l = acquire(t, s, 0)
		}
		damage(t, s, 20, 40)
		passed := prune(t, l, 2)
		if got := steps(t, s); !slices.Equal(got, []int{30, 50}) {
			t.Errorf("after Prune(2) with 20 and 40 damaged: %v, want 30 and 50", got)
		}
		if len(passed) != 1 || passed[0].Step != 40 || !passed[0].Removed || !strings.Contains(passed[0].Reason, "policy/model.safetensors is damaged") {
			t.Errorf("it reports %+v, want step 40", passed) // 20 was too old in any case
		}
	}
}

// With every kept checkpoint damaged, a resumed run starts at 0 and saves one: that stays, and only then do the others go.
func TestPruneWithAllDamaged(t *testing.T) {
	s, _ := saved(t, 30)
	damage(t, s, 10, 20, 30)
	if _, passed, err := Latest(t.Context(), s, dir); !errors.Is(err, ErrNone) || len(passed) != 3 {
		t.Errorf("Latest: passed over %+v, %v", passed, err)
	}
	l := acquire(t, s, 0)
	if passed := prune(t, l, 1); len(passed) != 3 || passed[0].Removed {
		t.Errorf("before anything is whole, Prune reports %+v", passed)
	}
	if passed := prune(t, l, 1); passed != nil {
		t.Errorf("it reports twice: %+v", passed)
	}
	if got := steps(t, s); !slices.Equal(got, []int{10, 20, 30}) {
		t.Errorf("before anything is whole, Prune leaves %v", got)
	}
	saveSample(t, l, 8, 1)
	prune(t, l, 1)
	if got := steps(t, s); !slices.Equal(got, []int{8, 10, 20, 30}) {
		t.Errorf("after saving step 8: %v, want it and the damaged ones, which are newer", got)
	}
	saveSample(t, l, 16, 1)
	if passed := prune(t, l, 2); len(passed) != 1 || passed[0].Step != 10 || !passed[0].Removed {
		t.Errorf("after saving step 16 it reports %+v, want that 10 was removed", passed)
	}
	if got := steps(t, s); !slices.Equal(got, []int{8, 16, 20, 30}) {
		t.Errorf("after saving step 16: %v", got)
	}
	l2, passed, err := Latest(t.Context(), s, dir)
	if err != nil || l2.Step != 16 || len(passed) != 2 {
		t.Errorf("Latest: %+v, passed over %+v, %v; want step 16", l2, passed, err)
	}
}

// What cannot be read may be whole: it is told of once, is not counted and stays.
func TestPruneLeavesWhatItCannotRead(t *testing.T) {
	s, _ := saved(t, 40)
	for _, step := range []int{10, 30} {
		name := filepath.Join(checkpoint(s, step), manifestFile)
		b, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, []byte(strings.Replace(string(b), `"format": 2`, `"format": 9`, 1)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l := acquire(t, s, 0)
	passed := prune(t, l, 1)
	if len(passed) != 2 || passed[0].Step != 30 || passed[0].Removed || passed[1].Step != 10 || passed[1].Removed {
		t.Errorf("it reports %+v, want 30 and 10", passed)
	}
	if got := steps(t, s); !slices.Equal(got, []int{10, 30, 40}) {
		t.Errorf("after Prune(1): %v, want 20 to go", got)
	}
}
