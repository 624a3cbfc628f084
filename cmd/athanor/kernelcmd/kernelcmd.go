// Package kernelcmd is the command `athanor kernel`. Started as front ends start it, it runs before most of the program's
// packages are initialised: see early.go.
package kernelcmd

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
	"github.com/athanor-ml/athanor/internal/sandbox"
	"github.com/athanor-ml/athanor/kernel"
)

// Options are the command's flags.
type Options struct {
	ConnectionFile string // what Jupyter has written
	Home, Data     string // see self.Folders
}

// Run serves a front end until it says shutdown or ctx ends. The cells run in a child process, `athanor sandbox`, which starts
// when the front end has had time to connect.
//
// A front end may add arguments of its own: `jupyter run a.go --kernel athanor` starts the kernel with a.go at the end of its
// command line, and sends the file's text as a cell. They are nothing to the kernel.
func Run(ctx context.Context, o Options) error {
	signal.Ignore(os.Interrupt) // interrupts come as messages; a Ctrl-C in the terminal of a front end is not for us
	cf, err := kernel.ReadConnectionFile(o.ConnectionFile)
	if err != nil {
		return err
	}
	exe, err := self.Program()
	if err != nil {
		return err
	}
	proxy, err := sandbox.Start(sandbox.Config{
		Command: func() *exec.Cmd { return exec.Command(exe, "sandbox", "--home", o.Home, "--data", o.Data) },
		Info:    Info(),
		Delay:   50 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	parent, _ := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	return kernel.Run(ctx, cf, proxy, kernel.Config{
		HistoryFile: filepath.Join(o.Home, "history.jsonl"), ParentPID: parent, Listener: sandbox.Listener,
	})
}

// Info is what kernel_info says of the language.
func Info() kernel.Info {
	return kernel.Info{
		Implementation: "athanor", Version: self.Version(), GoVersion: self.GoVersion(),
		Banner: "athanor " + self.Version() + ": Go " + self.GoVersion() + ", tensors and durable training runs",
	}
}
