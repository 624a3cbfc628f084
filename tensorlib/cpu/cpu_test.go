package cpu

import (
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend/backendtest"
)

// TestDevice runs the suite on every set of kernels that this processor runs; with -short not on the slow ones.
func TestDevice(t *testing.T) {
	for _, isa := range []string{"avx512", "avx2", "go"} {
		t.Run(isa, func(t *testing.T) {
			if isa == "go" && testing.Short() {
				t.Skip("the plain Go kernels are slow; run without -short")
			}
			d, err := NewWith(Options{ISA: isa})
			if err != nil {
				t.Skipf("not here: %v", err)
			}
			backendtest.Run(t, d)
		})
	}
}
