package doctor

import (
	"bytes"
	"errors"
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
