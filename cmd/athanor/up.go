package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/internal/daemon"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// upFlags are the flags of `up`.
type upFlags struct {
	detach, anyPort, fresh, json bool
	port, uiPort                 int
}

func upCommand(e *env) *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use: "up", Short: "Run the Temporal server, its web UI and a worker until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.detach {
				return e.upDetached(cmd, f)
			}
			return e.up(cmd, f)
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	cmd.Flags().BoolVar(&f.detach, "detach", false, "start it in the background and return when it is ready")
	cmd.Flags().IntVar(&f.port, "port", daemon.DefaultPort, "port of the server's gRPC, on 127.0.0.1")
	cmd.Flags().IntVar(&f.uiPort, "ui-port", daemon.DefaultUIPort, "port of the web UI, on 127.0.0.1")
	cmd.Flags().BoolVar(&f.anyPort, "any-port", false, "take free ports where these are busy")
	cmd.Flags().BoolVar(&f.fresh, "fresh", false, "put a database that is damaged or of another server version aside")
	cmd.Flags().BoolVar(&f.json, "json", false, "print where the server is as JSON")
	return cmd
}

func (e *env) up(cmd *cobra.Command, f upFlags) error {
	begin := time.Now()
	worker, err := e.self("worker", "--supervised", "--home", e.home, "--data", e.data)
	if err != nil {
		return err
	}
	return daemon.Up(cmd.Context(), daemon.Options{
		Home: e.home, Port: f.port, UIPort: f.uiPort, AnyPort: f.anyPort, Fresh: f.fresh, Worker: worker,
		Ready: func(s runs.Server) {
			printServer(cmd.OutOrStdout(), s, f.json)
			fmt.Fprintf(cmd.ErrOrStderr(), "ready after %d ms; Ctrl-C stops it, runs go on with the next up\n", time.Since(begin).Milliseconds())
		},
		Log: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) },
	})
}

// upDetached starts a daemon in the background with the same flags. One that is up already is an error, as for up.
func (e *env) upDetached(cmd *cobra.Command, f upFlags) error {
	if s, err := daemon.Find(e.home); err == nil {
		return &daemon.RunningError{Home: e.home, Server: s}
	}
	args := []string{"up", "--home", e.home, "--data", e.data, "--port", fmt.Sprint(f.port), "--ui-port", fmt.Sprint(f.uiPort)}
	if f.anyPort {
		args = append(args, "--any-port")
	}
	if f.fresh {
		args = append(args, "--fresh")
	}
	command, err := e.self(args...)
	if err != nil {
		return err
	}
	s, err := daemon.Ensure(cmd.Context(), e.home, command, nil)
	if err != nil {
		return err
	}
	printServer(cmd.OutOrStdout(), *s, f.json)
	return nil
}

func printServer(w io.Writer, s runs.Server, asJSON bool) {
	if asJSON {
		_ = printJSON(w, s)
		return
	}
	fmt.Fprintf(w, "web UI   %s\nserver   %s (Temporal %s, pid %d)\n", s.UI, s.Address, s.Version, s.PID)
}

// ensureDaemon starts a daemon on free ports when none answers, and says so.
func (e *env) ensureDaemon(ctx context.Context, progress io.Writer) error {
	command, err := e.self("up", "--any-port", "--home", e.home, "--data", e.data)
	if err != nil {
		return err
	}
	_, err = daemon.Ensure(ctx, e.home, command, func(what string) { fmt.Fprintln(progress, what) })
	return err
}

func downCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "down", Short: "Stop the server, the UI and the worker; runs go on with the next up", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := daemon.Down(cmd.Context(), e.home)
			if errors.Is(err, daemon.ErrNone) {
				return fmt.Errorf("nothing to stop: no daemon runs for %s", e.home)
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "stopped the server and the worker of %s; runs go on with the next \"athanor up\"\n", e.home)
			}
			return err
		},
	}
}

func workerCommand(e *env) *cobra.Command {
	var o daemon.WorkerOptions
	cmd := &cobra.Command{
		Use: "worker", Short: "Carry out runs for a server that is up; `up` starts one itself", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Home, o.DataDir = e.home, e.data
			if o.Address == "" {
				s, err := runs.ReadServer(e.home)
				if err != nil {
					return fmt.Errorf("no server is known for %s: start one with \"athanor up\", or give --address", e.home)
				}
				o.Address = s.Address
			}
			return daemon.Work(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Address, "address", "", "host:port of a Temporal server (default: that of the home)")
	cmd.Flags().StringVar(&o.Namespace, "namespace", "", "namespace of that server (default: default)")
	cmd.Flags().BoolVar(&o.Supervised, "supervised", false, "")
	_ = cmd.Flags().MarkHidden("supervised")
	return cmd
}
