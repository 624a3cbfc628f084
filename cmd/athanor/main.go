// Command athanor is a Jupyter kernel for Go, a worker that trains models, and the daemon with the Temporal server
// behind both: one binary, one subcommand for each.
//
// This package turns flags into structs and wires the packages together; it is the only place where the kernel meets
// the interpreter, and the only place that reads the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	if code := new(exitCode); errors.As(err, code) {
		os.Exit(int(*code))
	}
	fmt.Fprintln(os.Stderr, "athanor:", err)
	os.Exit(1)
}

// endings are the signals that end the program after it has put its work away. A closed terminal is one of them, but not under nohup.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// exitCode ends the program with a status of its own when everything worth saying has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "athanor",
		Short:         "A Jupyter kernel for Go, with a tensor library under it and durable training runs behind it",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	e := environment()
	cmd.PersistentFlags().StringVar(&e.home, "home", e.home, "where state lives (ATHANOR_HOME)")
	cmd.PersistentFlags().StringVar(&e.data, "data", e.data, "folder with public data files (ATHANOR_DATA)")
	cmd.AddCommand(
		demoCommand(e), upCommand(e), downCommand(e), runCommand(e), workerCommand(e),
		nbCommand(e), installCommand(e), uninstallCommand(e), kernelCommand(e), sandboxCommand(e),
		doctorCommand(e), benchCommand(e), versionCommand(),
		generateCommand(e), scoreCommand(e), tokenizeCommand(e), evalCommand(e),
	)
	e.addCompletions(cmd)
	return cmd
}

// unknown is what a command does that only groups others: it shows its help, or says that there is no such command.
func unknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := fmt.Sprintf("%s --help lists them", cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("%s: unknown command %q; %s", cmd.CommandPath(), args[0], hint)
}
