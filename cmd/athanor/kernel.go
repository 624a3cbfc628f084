package main

import (
	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/kernelcmd"
)

func kernelCommand(e *env) *cobra.Command {
	var connection string
	cmd := &cobra.Command{
		Use: "kernel", Short: "Run as a Jupyter kernel; front ends start it", Args: cobra.ArbitraryArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return kernelcmd.Run(cmd.Context(), kernelcmd.Options{ConnectionFile: connection, Home: e.home, Data: e.data})
		},
	}
	cmd.Flags().StringVar(&connection, "connection-file", "", "the file that Jupyter writes")
	_ = cmd.MarkFlagRequired("connection-file")
	return cmd
}
