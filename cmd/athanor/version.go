package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
	"github.com/athanor-ml/athanor/internal/devserver"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			server := "without a Temporal server"
			if devserver.Version != "" {
				server = "Temporal " + devserver.Version
			}
			fmt.Fprintf(cmd.OutOrStdout(), "athanor %s %s %s/%s, %s\n", self.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, server)
		},
	}
}
