package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/kernel/kernelspec"
)

func installCommand(e *env) *cobra.Command {
	var t kernelspec.Target
	cmd := &cobra.Command{
		Use: "install", Short: "Tell Jupyter about the kernel \"Go (athanor)\"", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := e.durable()
			if err != nil {
				return err
			}
			dir, err := t.Dir(os.Getenv)
			if err != nil {
				return err
			}
			if err := kernelspec.Install(dir, kernelspec.New(exe, map[string]string{"ATHANOR_HOME": e.home, "ATHANOR_DATA": e.data})); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "installed \"Go (athanor)\" in %s\n", dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&t.Prefix, "prefix", "", "install below this prefix, such as a Python environment's, for all its users (default: for this user)")
	return cmd
}

func uninstallCommand(*env) *cobra.Command {
	var t kernelspec.Target
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Remove the kernelspec", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := t.Dir(os.Getenv)
			if err != nil {
				return err
			}
			err = kernelspec.Remove(dir)
			if errors.Is(err, kernelspec.ErrNotInstalled) {
				return fmt.Errorf("the kernel is not installed in %s", dir)
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", dir)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&t.Prefix, "prefix", "", "as given to install")
	return cmd
}
