package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/athanor-ml/athanor/internal/devserver"
)

// TestMain makes this test binary the command athanor: the scripts, the kernels and the daemons that they start are it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"athanor": main})
}

// Each script is one story of the command line, as a user would type it, in a home of its own.
func TestScripts(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)     // so that what the scripts start does not ignore it where the tests run under nohup
	t.Cleanup(func() { signal.Stop(heard) }) // after the scripts, which run at the same time
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: setupHome, Condition: condition})
}

// condition is what a script may ask beside testscript's own: whether this binary has the Temporal server in it.
func condition(name string) (bool, error) {
	if name != "server" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	return devserver.Version != "", nil
}

func setupHome(e *testscript.Env) error {
	e.Setenv("ATHANOR_HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("HOME", e.WorkDir)
	e.Setenv("ATHANOR_DATA", "")
	e.Setenv("GOROOT", goroot())
	e.Defer(func() { stopDaemon(filepath.Join(e.WorkDir, "home")) })
	return nil
}

// stopDaemon ends what a failed script left running.
func stopDaemon(home string) {
	cmd := exec.Command("athanor", "down", "--home", home)
	cmd.Env = os.Environ()
	_ = cmd.Run() // there may be none
}

func goroot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
