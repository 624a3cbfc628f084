package tensorlib

import (
	"strings"
	"testing"
)

// A tensor that does not fit is a mistake of the operation that the user called, told with the numbers and the way out.
func TestOutOfMemoryNamesTheOperation(t *testing.T) {
	mustFail(t, func() { Zeros(1<<20, 1<<20) }, "tensorlib: Zeros: 4 TiB asked for, ")
	defer SetMemoryLimit(SetMemoryLimit(Memory().InUse + 64<<20))
	column, row := Ones(1<<13, 1), Ones(1, 1<<13)
	logits := Ones(1<<11, 1<<11).SetRequiresGrad(true)
	for says, f := range map[string]func(){
		"Full: 256 MiB asked for":                     func() { Full(1, 1<<13, 1<<13) },
		"Eye: 256 MiB asked for":                      func() { Eye(1 << 13) },
		"Arange: 256 MiB asked for":                   func() { Arange(1 << 25) },
		"Uniform: 256 MiB asked for":                  func() { NewRand(1).Uniform(1 << 26) },
		"New: 256 MiB asked for":                      func() { New(int64(1)<<60+1, 1<<25) },
		"MatMul: 256 MiB asked for":                   func() { column.MatMul(row) },
		"Add: 256 MiB asked for":                      func() { Scope(func() { column.Add(row) }) },
		"Contiguous: 256 MiB asked for":               func() { column.Expand(1<<13, 1<<13).Contiguous() },
		"Concat: 64 MiB asked for":                    func() { Concat(0, logits, logits, logits, logits) },
		"the limit is ":                               func() { column.MatMul(row) },
		": (8192, 8192); use smaller sizes, run the ": func() { column.MatMul(row) },
	} {
		mustFail(t, f, says)
	}
	if got := Ones(1000).Sum().Item(); got != 1000 {
		t.Errorf("after operations that did not fit a sum is %v, want 1000", got)
	}
}

// Tensors that nobody holds any more make room, though the collector has not come by.
func TestGarbageMakesRoom(t *testing.T) {
	defer SetMemoryLimit(SetMemoryLimit(Memory().InUse + 64<<20))
	for range 40 {
		Zeros(4 << 20) // 16 MiB each
	}
	if err := Try(func() { Zeros(32 << 20) }); err == nil || !strings.Contains(err.Error(), "Zeros: 128 MiB asked for") {
		t.Errorf("error is %v", err)
	}
}

func TestSetMemoryLimit(t *testing.T) {
	machine := Memory().Limit
	if machine <= 0 {
		t.Skip("the machine's memory is not known here")
	}
	if before := SetMemoryLimit(1 << 40); before != machine || Memory().Limit != 1<<40 {
		t.Errorf("the limit was %d and is %d, want %d and 1<<40", before, Memory().Limit, machine)
	}
	SetMemoryLimit(-1)
	if got := Memory().Limit; got != 0 {
		t.Errorf("without a limit it is %d, want 0", got)
	}
	SetMemoryLimit(0)
	if got := Memory().Limit; got != machine {
		t.Errorf("the default is %d, was %d", got, machine)
	}
}
