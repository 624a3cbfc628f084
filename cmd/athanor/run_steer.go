package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func runSteerCommand(e *env, verb, short string, do func(*runs.Handle, context.Context) error) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: verb + " NAME", Short: short, Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			h := c.Run(args[0])
			if err := do(h, cmd.Context()); err != nil {
				return err
			}
			s, err := h.Settle(cmd.Context(), verb)
			if cmd.Context().Err() != nil {
				return fmt.Errorf("%s %s: sent, and takes effect when its worker has heard of it; how it stands: athanor run show %s", verb, h.Name, h.Name)
			}
			if err != nil {
				return err
			}
			if s.Ended() && s.Status != workflows.Completed {
				fmt.Fprintf(cmd.ErrOrStderr(), "what is saved stays; go on from it with: athanor run resume %s\n", s.Name)
			}
			return showStatus(cmd.OutOrStdout(), s, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func runStopCommand(e *env) *cobra.Command {
	var force bool
	cmd := runSteerCommand(e, "stop", "Checkpoint and end; \"run resume\" goes on from there", func(h *runs.Handle, ctx context.Context) error {
		if force {
			return h.ForceStop(ctx)
		}
		return h.Stop(ctx)
	})
	cmd.Flags().BoolVar(&force, "force", false, "end it without its worker if that does not answer in 5 s, as one of another version of athanor never does; what is saved stays")
	return cmd
}

func runSetCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "set NAME key=value", Short: "Change a setting of a run that goes on, such as its learning rate: lr=3e-4", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			key, value, err := setting(args[1])
			if err != nil {
				return err
			}
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			h := c.Run(args[0])
			if err := h.Set(cmd.Context(), key, value); err != nil {
				return err
			}
			s, err := h.Status(cmd.Context())
			if err != nil {
				return err
			}
			return showStatus(cmd.OutOrStdout(), s, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
