package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
	"github.com/athanor-ml/athanor/internal/nbrun"
)

func nbCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "nb", Short: "Work with notebooks without a front end", RunE: unknown}
	cmd.AddCommand(nbRunCommand(e))
	return cmd
}

func nbRunCommand(e *env) *cobra.Command {
	var o nbrun.Options
	var quiet bool
	cmd := &cobra.Command{
		Use:   "run FILE.ipynb",
		Short: "Execute a notebook through the real protocol; fails on the first cell error",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.In = args[0]
			if o.Out == "" {
				o.Out = strings.TrimSuffix(o.In, ".ipynb") + ".out.ipynb"
			}
			progress := io.Writer(cmd.ErrOrStderr())
			if quiet {
				progress = io.Discard
			}
			return e.runNotebook(cmd, o, progress)
		},
	}
	cmd.Flags().StringArrayVarP(&o.Params, "param", "p", nil, "set a parameter, name=value; may be repeated")
	cmd.Flags().StringVarP(&o.Out, "output", "o", "", "where the executed notebook goes (default FILE.out.ipynb)")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "show no progress")
	return cmd
}

// runNotebook executes a notebook on a kernel of this binary.
func (e *env) runNotebook(cmd *cobra.Command, o nbrun.Options, progress io.Writer) error {
	exe, err := self.Program()
	if err != nil {
		return err
	}
	o.Argv = []string{exe, "kernel", "--home", e.home, "--data", e.data, "--connection-file", "{connection_file}"}
	p := newProgress(progress)
	o.Progress = p.take
	err = nbrun.Run(cmd.Context(), o)
	p.end()
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), o.Out)
	return nil
}
