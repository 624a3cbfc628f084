package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kernelFails runs a kernel that cannot start, and returns the packages that it initialised and what it said.
func kernelFails(t *testing.T, args ...string) (packages []string, said string) {
	t.Helper()
	cmd := exec.Command("athanor", append([]string{"kernel"}, args...)...)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1", "ATHANOR_HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := new(exec.ExitError); !errors.As(cmd.Run(), &err) || err.ExitCode() != 1 {
		t.Errorf("athanor kernel %v: want exit status 1", args)
	}
	for line := range strings.Lines(stderr.String()) {
		if name, ok := strings.CutPrefix(line, "init "); ok {
			packages = append(packages, strings.Fields(name)[0])
		} else {
			said += line
		}
	}
	return packages, said
}

// The kernel runs from an init. What must come after it is most of the program; what says so is the import paths' order.
func TestKernelRunsBeforeTheOtherPackages(t *testing.T) {
	packages, said := kernelFails(t, "--connection-file", filepath.Join(t.TempDir(), "none"))
	if want := "athanor: connection file: open "; !strings.HasPrefix(said, want) {
		t.Errorf("said %q, want %q…", said, want)
	}
	late := []string{"net/http", "google.golang.org/grpc", "github.com/athanor-ml/athanor/interp/symbols/std"}
	for _, p := range packages {
		for _, l := range late {
			if p == l {
				t.Errorf("%s is initialised before the kernel runs", p)
			}
		}
	}
	if len(packages) < 50 || len(packages) > 600 {
		t.Errorf("%d packages are initialised before the kernel runs, want about 420", len(packages))
	}
}

// What the init does not take, a wrong command line, is main's.
func TestKernelUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"--connection-file"}, {"--connection-file", "F", "--nonsense"}} {
		packages, said := kernelFails(t, args...)
		if !strings.HasPrefix(said, "athanor: ") || len(packages) < 300 {
			t.Errorf("athanor kernel %v said %q", args, said)
		}
	}
	garbled := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(garbled, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said := kernelFails(t, "--connection-file", garbled); !strings.Contains(said, "not JSON") {
		t.Errorf("a garbled connection file: %q", said)
	}
}
