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
		Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "athanor", version()) },
	}
}

// version is what a bug report needs: the program's version, Go's, the system, and the server inside.
func version() string {
	server := "without a Temporal server"
	if devserver.Version != "" {
		server = "Temporal " + devserver.Version
	}
	return fmt.Sprintf("%s %s %s/%s, %s", self.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, server)
}
