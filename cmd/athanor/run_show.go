package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/workflows/runs"
)

func runListCommand(e *env) *cobra.Command {
	var asJSON, stages bool
	cmd := &cobra.Command{
		Use: "ls", Short: "List runs, the newest first; without a server those whose files are there", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := e.list(cmd.Context(), stages)
			if err != nil {
				return err
			}
			if asJSON {
				if all == nil {
					all = []*runs.Status{}
				}
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printRuns(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&stages, "all", false, "list the stages of pipelines too")
	return cmd
}

// list asks the server for the runs, or their directories when none answers.
func (e *env) list(ctx context.Context, stages bool) ([]*runs.Status, error) {
	c, err := e.client(ctx)
	if errors.Is(err, runs.ErrNoServer) {
		return runs.ListFiles(e.home)
	}
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if stages {
		return c.Find(ctx, "")
	}
	return c.List(ctx)
}

func printRuns(w io.Writer, all []*runs.Status) error {
	if len(all) == 0 {
		fmt.Fprintln(w, "no runs yet; start one with: athanor run start --preset char-gpt")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tKIND\tSTATUS\tSTEP\tMETRICS\tSTARTED")
	fromFiles := false
	for _, s := range all {
		step := fmt.Sprint(s.Step)
		if s.Steps > 0 {
			step += fmt.Sprintf("/%d", s.Steps)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.Kind, s.Status, step, cmp.Or(s.Numbers(), "-"),
			s.StartTime.Local().Format("2006-01-02 15:04:05"))
		fromFiles = fromFiles || s.FromFiles
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if fromFiles {
		fmt.Fprintln(w, "(from files; no server answers: start it with \"athanor up\")")
	}
	return nil
}

func runShowCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show one run; without a server what its files say", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := e.show(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return showStatus(cmd.OutOrStdout(), s, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// show asks the server how a run stands, or its directory when none answers.
func (e *env) show(ctx context.Context, name string) (*runs.Status, error) {
	c, err := e.client(ctx)
	if errors.Is(err, runs.ErrNoServer) {
		s, e := runs.FromFiles(e.home, name)
		if e != nil {
			return nil, err
		}
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Run(name).Status(ctx)
}

func showStatus(w io.Writer, s *runs.Status, asJSON bool) error {
	if asJSON {
		return printJSON(w, s)
	}
	_, err := io.WriteString(w, s.Text())
	return err
}

func runRemoveCommand(e *env) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "rm NAME", Short: "Remove a run that has ended: its files, and what the server knows of it", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.client(cmd.Context())
			switch {
			case errors.Is(err, runs.ErrNoServer) && force:
				return runs.RemoveFiles(e.home, args[0])
			case errors.Is(err, runs.ErrNoServer):
				return fmt.Errorf("%w; --force removes the files of %s, whether it goes on or not", err, args[0])
			case err != nil:
				return err
			}
			defer c.Close()
			return c.Run(args[0]).Remove(cmd.Context(), force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "also when no server answers, or when other runs have taken their results from it")
	return cmd
}

func runLogsCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "logs NAME", Short: "Print what the worker has logged of a run, and what was passed over or repaired in it", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error { return runs.Logs(e.home, args[0], cmd.OutOrStdout()) },
	}
}
