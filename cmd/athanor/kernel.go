package main

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/internal/engine"
	"github.com/athanor-ml/athanor/kernel"
)

func kernelCommand(e *env) *cobra.Command {
	var connection string
	cmd := &cobra.Command{
		Use: "kernel", Short: "Run as a Jupyter kernel; front ends start it", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.kernel(cmd, connection) },
	}
	cmd.Flags().StringVar(&connection, "connection-file", "", "the file that Jupyter writes")
	_ = cmd.MarkFlagRequired("connection-file")
	return cmd
}

// kernel serves a front end. The cells run in a child process, `athanor engine`, which starts while the sockets open.
func (e *env) kernel(cmd *cobra.Command, connection string) error {
	signal.Ignore(os.Interrupt) // interrupts come as messages; a Ctrl-C in the terminal of a front end is not for us
	cf, err := kernel.ReadConnectionFile(connection)
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	proxy, err := engine.Start(engine.Config{
		Command: func() *exec.Cmd { return exec.Command(exe, "engine", "--home", e.home, "--data", e.data) },
		Info:    languageInfo(),
	})
	if err != nil {
		return err
	}
	parent, _ := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	return kernel.Run(cmd.Context(), cf, proxy, kernel.Config{
		HistoryFile: filepath.Join(e.home, "history.jsonl"), ParentPID: parent, Listener: engine.Listener,
	})
}

func languageInfo() kernel.Info {
	return kernel.Info{
		Implementation: "athanor", Version: version(), GoVersion: goVersion(),
		Banner: "athanor " + version() + ": Go " + goVersion() + ", tensors and durable training runs",
	}
}
