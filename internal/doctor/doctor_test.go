package doctor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMeminfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meminfo")
	write(t, path, "MemTotal:       25165824 kB\nMemFree: 1 kB\nMemAvailable:   1048576 kB\n")
	total, available, err := meminfo(path)
	if err != nil || total != 25165824 || available != 1048576 {
		t.Errorf("meminfo = %d, %d, %v, want 25165824, 1048576, nil", total, available, err)
	}
	write(t, path, "nothing of use\n")
	if _, _, err := meminfo(path); err == nil {
		t.Error("meminfo of a file without MemTotal: no error")
	}
}

func TestDataFileWithOtherContents(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "tinyshakespeare.txt"), "To be, or not")
	all := Examine(Data(dir))
	if len(all) != 2 || all[1].Level != Warn || !strings.Contains(all[1].Detail, "SHA-256") || all[1].Fix == "" {
		t.Errorf("Data with a wrong file = %+v, want a warning about its SHA-256 with a fix", all)
	}
	if Failed(all) {
		t.Error("a wrong optional file fails the examination")
	}
}

func TestUnwritableHomeFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain")
	write(t, file, "")
	all := Examine(Writable("home", filepath.Join(file, "home"), func(string) (uint64, error) { return 1 << 40, nil }))
	if !Failed(all) || !strings.Contains(all[0].Fix, "ATHANOR_HOME") {
		t.Errorf("Writable below a plain file = %+v, want a failure that names ATHANOR_HOME", all)
	}
	all = Examine(Writable("home", t.TempDir(), func(string) (uint64, error) { return 0, errors.New("no statfs") }))
	if all[0].Level != Warn {
		t.Errorf("Writable with unknown room = %+v, want a warning", all)
	}
}

func TestKernelspecWhoseProgramIsGone(t *testing.T) {
	all := Examine(Kernelspec("/some/kernels/athanor", filepath.Join(t.TempDir(), "athanor")))
	if all[0].Level != Warn || all[0].Fix != "athanor install" {
		t.Errorf("Kernelspec = %+v, want a warning with the fix athanor install", all)
	}
}

type claim struct{}

func (claim) Close() error { return nil }

// Ports 1 is free, 2 is a daemon's of ours, 3 is a stranger's.
func TestPorts(t *testing.T) {
	n := Network{
		Claim: func(port int) (io.Closer, error) {
			if port == 1 {
				return claim{}, nil
			}
			return nil, errors.New("taken")
		},
		Free:   func() (int, io.Closer, error) { return 1, claim{}, nil },
		Holder: func(int) string { return "pid 12 (postgres)" },
	}
	want := []Port{{"server", "--port", 1}, {"server", "--port", 2}, {"web UI", "--ui-port", 3}}
	all := Examine(Ports(want, []int{2}, n))
	if len(all) != 3 || all[0].Level != OK || all[1].Level != OK || all[2].Level != Warn || Failed(all) {
		t.Fatalf("Ports = %+v, want a free one, ours, and a warning", all)
	}
	if f := all[2]; !strings.Contains(f.Detail, "pid 12 (postgres)") || !strings.Contains(f.Fix, "--ui-port PORT") {
		t.Errorf("Ports says %+v of a taken port, want who has it and what to do", f)
	}
	n.Free = func() (int, io.Closer, error) { return 0, nil, errors.New("no loopback") }
	if all := Examine(Ports(want, nil, n)); !Failed(all) || all[len(all)-1].Fix == "" {
		t.Errorf("Ports where nothing can listen = %+v, want a failure with a fix", all)
	}
}

func TestPrintShowsFixes(t *testing.T) {
	var b bytes.Buffer
	Print(&b, []Finding{{"gpu", Optional, "none", "buy one"}})
	if got := b.String(); !strings.Contains(got, "-> buy one") || !strings.Contains(got, "gpu") {
		t.Errorf("Print = %q, want the name and the fix", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
