package interp_test

import (
	"context"
	"testing"

	"github.com/athanor-ml/athanor/interp"
	"github.com/athanor-ml/athanor/interp/symbols/std"
)

// TestDeepRecursion runs a function that calls itself a million times, as compiled Go can.
func TestDeepRecursion(t *testing.T) {
	if raceBuild {
		t.Skip("the race detector's frames are larger: a million of them do not fit")
	}
	s, err := interp.New(interp.Options{Symbols: std.All()})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, "func depth(n int) int { if n == 0 { return 0 }; return 1 + depth(n-1) }")
	res, e := s.Execute(context.Background(), "depth(1_000_000)", 2, &output{})
	if e != nil || res.Data["text/plain"] != "1000000" {
		t.Errorf("depth(1_000_000) = %v, %v, want 1000000", res.Data, e)
	}
}
