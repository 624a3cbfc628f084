package compose_test

import (
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/backendtest"
	"github.com/athanor-ml/athanor/tensorlib/backend/compose"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// toy is a device with the core and nothing else.
type toy struct{ backend.Device }

// TestToy: a device that has only the core passes the whole suite.
func TestToy(t *testing.T) { backendtest.Run(t, toy{cpu.New()}) }

// halfway has one family of its own.
type halfway struct {
	backend.Device
	backend.Dropouts
}

func TestComplete(t *testing.T) {
	d := cpu.New()
	if compose.Complete(d) != backend.Ops(d) {
		t.Error("a device with all families is not used as it is")
	}
	own := halfway{toy{d}, d}
	x, y := d.Alloc(4), d.Alloc(4)
	v := func(b backend.Buffer) backend.View { return backend.View{Buf: b, DType: backend.Float32} }
	all := compose.Complete(own)
	all.Fill(v(x), 1)
	before := d.Stats().InUse
	if n := testing.AllocsPerRun(5, func() { all.Dropout(v(y), v(x), 0.5, backend.Key{}) }); n != 0 {
		t.Errorf("a family that the device has is composed: %v allocations", n)
	}
	compose.Complete(toy{d}).Dropout(v(y), v(x), 0.5, backend.Key{})
	if held := d.Stats().InUse; held != before {
		t.Errorf("a composed operation holds %d bytes", held-before)
	}
}
