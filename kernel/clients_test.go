package kernel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/kernel/kernelspec"
	"github.com/athanor-ml/athanor/kernel/kerneltest"
)

// The test binary is also a kernel program around the toy, for clients that start a process.
func TestMain(m *testing.M) {
	if os.Getenv("KERNEL_TEST") == "toy" {
		cf, err := kernel.ReadConnectionFile(os.Args[len(os.Args)-1])
		if err == nil {
			toy := &kerneltest.Toy{Release: make(chan struct{})}
			err = kernel.Run(context.Background(), cf, toy, kernel.Config{})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// python returns a Python that has the module: ATHANOR_PYTHON, or the one on PATH. Without one the test is skipped.
func python(t *testing.T, module string) string {
	t.Helper()
	path := os.Getenv("ATHANOR_PYTHON")
	if path == "" {
		path = "python3"
	}
	if out, err := exec.Command(path, "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no Python with %s (%s; ATHANOR_PYTHON names another): %v %.200s", module, path, err, out)
	}
	return path
}

// spec installs a kernelspec "toy" that starts the test binary, and returns the environment that finds it.
func spec(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	s := kernelspec.New(os.Args[0], map[string]string{"KERNEL_TEST": "toy"})
	s.DisplayName = "toy"
	if err := kernelspec.Install(filepath.Join(dir, "kernels", "toy"), s); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "JUPYTER_PATH="+dir, "JUPYTER_PLATFORM_DIRS=1")
}

// unittest runs a Python test file and reports its failures; skipped tests in it count as failures.
func unittest(t *testing.T, module, file string) {
	if testing.Short() {
		t.Skip("SKIPPED: starts Python kernels' clients; run without -short")
	}
	cmd := exec.Command(python(t, module), file)
	cmd.Dir, cmd.Env = "testdata", spec(t)
	out, err := cmd.CombinedOutput()
	if err != nil || regexp.MustCompile(`skipped`).Match(out) {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
}

func TestJupyterKernelTest(t *testing.T) {
	unittest(t, "jupyter_kernel_test", "jupyter_kernel_test_toy.py")
}

func TestJupyterClient(t *testing.T) { unittest(t, "jupyter_client", "client.py") }

// The bench's own functions, against a real process; the figures are not asserted.
func TestBench(t *testing.T) {
	so := kerneltest.StartOptions{Env: append(os.Environ(), "KERNEL_TEST=toy")}
	o := kerneltest.BenchOptions{Print: "flood 100000", Loop: "spin", Starts: 2, Rounds: 20, Prints: 1, Interrupts: 3}
	r, err := kerneltest.Bench(soon(t), []string{os.Args[0], "{connection_file}"}, so, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.PrintLines != 100000 || r.OneP50 <= 0 || r.InterruptP99 <= 0 || r.StartReady <= 0 {
		t.Errorf("Bench = %+v", r)
	}
	t.Logf("%+v", r)
}
