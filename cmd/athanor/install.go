package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/self"
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
			if err := kernelspec.Install(dir, kernelspec.New(e.lasting(exe), e.told(cmd))); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "installed \"Go (athanor)\" in %s\n", dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&t.Prefix, "prefix", "", "install below this prefix, such as a Python environment's, for all its users (default: for this user)")
	return cmd
}

// told are the variables that the kernel is to see whatever the front end's environment is: what this command was told by a variable
// or a flag. What is not here comes of the front end's environment when it starts a kernel.
func (e *env) told(cmd *cobra.Command) map[string]string {
	vars := map[string]string{}
	for flag, v := range map[string]struct{ name, value string }{"home": {"ATHANOR_HOME", e.home}, "data": {"ATHANOR_DATA", e.data}} {
		if v.value != "" && (os.Getenv(v.name) != "" || cmd.Flags().Changed(flag)) {
			vars[v.name] = self.Absolute(v.value)
		}
	}
	return vars
}

func uninstallCommand(e *env) *cobra.Command {
	var t kernelspec.Target
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Remove the kernelspec, and the copies of this program under home", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := t.Dir(os.Getenv)
			if err != nil {
				return err
			}
			missing := kernelspec.Remove(dir)
			if missing != nil && !errors.Is(missing, kernelspec.ErrNotInstalled) {
				return missing
			}
			if missing == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", dir)
			}
			removed, err := e.uninstallCopies(cmd.OutOrStdout())
			if err == nil && missing != nil && removed == 0 {
				err = fmt.Errorf("the kernel is not installed in %s", dir)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&t.Prefix, "prefix", "", "as given to install")
	return cmd
}

// uninstallCopies removes the copies of this program, unless a kernelspec elsewhere starts one, and says what it did.
func (e *env) uninstallCopies(out io.Writer) (removed int, err error) {
	for _, other := range kernelspec.Find(os.Getenv, os.Getenv("VIRTUAL_ENV")) {
		if argv := other.Spec.Argv; len(argv) > 0 && filepath.Dir(argv[0]) == e.copiesDir() {
			fmt.Fprintf(out, "%s stays: %s starts it\n", e.copiesDir(), other.Dir)
			return 0, nil
		}
	}
	removed, left, err := e.removeCopies()
	if removed > 0 {
		fmt.Fprintf(out, "removed the copies of this program in %s\n", e.copiesDir())
	}
	for _, path := range left {
		fmt.Fprintf(out, "%s stays: a process runs it; end the daemon with \"athanor down\", close the notebooks, and uninstall again\n", path)
	}
	return removed, err
}
