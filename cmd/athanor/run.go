package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func runCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "run", Short: "Start, watch and steer durable training runs", RunE: unknown}
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(
		runStartCommand(e), runListCommand(e), runShowCommand(e), runWatchCommand(e),
		runSteerCommand(e, "pause", "Checkpoint and wait", (*runs.Handle).Pause),
		runSteerCommand(e, "resume", "Go on with a paused run, or start one again from its checkpoint that was stopped or has failed", (*runs.Handle).Resume),
		runStopCommand(e), runSetCommand(e),
	)
	return cmd
}

func flagError(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())
}

// named takes the name of a run and then as many arguments as the usage shows.
func named(cmd *cobra.Command, args []string) error {
	usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	switch want := len(strings.Fields(cmd.Use)) - 1; {
	case len(args) == 0 || args[0] == "":
		return fmt.Errorf("%s: give the name of a run; \"athanor run ls\" lists them", usage)
	case len(args) != want:
		return fmt.Errorf("%s: %d arguments, want %d", usage, len(args), want)
	}
	return nil
}

// setting splits key=value.
func setting(text string) (key, value string, err error) {
	key, value, ok := strings.Cut(text, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return "", "", fmt.Errorf("%s: want key=value", text)
	}
	return key, strings.TrimSpace(value), nil
}

// startFlags are the flags of `run start`.
type startFlags struct {
	preset, name string
	set          []string
	wait, json   bool
}

func runStartCommand(e *env) *cobra.Command {
	var f startFlags
	cmd := &cobra.Command{
		Use:   "start [SPEC.yaml]",
		Short: "Send a training run off; starts server and worker when none answer",
		Long: "Send a training run off, described by a file, or by a preset and the settings that differ from it. Server and worker are started when\n" +
			"none answer. Settings have the names of the file's, or their last parts: an unknown one lists them.",
		Example: "  athanor run start --preset char-gpt --set steps=500 --set lr=1e-3 --name first --wait\n  athanor run start run.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := f.spec(args)
			if err != nil {
				return err
			}
			return e.start(cmd, run, f)
		},
	}
	cmd.Flags().StringVar(&f.preset, "preset", "", "start from a preset: "+strings.Join(spec.Presets(), ", "))
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "change one setting, key=value; may be repeated")
	cmd.Flags().StringVar(&f.name, "name", "", "the run's name (default: made of preset and time)")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "watch the run to its end; fail if it fails")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the status as JSON")
	return cmd
}

// spec reads the run that flags and arguments describe, and reports all that is wrong with it.
func (f *startFlags) spec(args []string) (*spec.Run, error) {
	var run *spec.Run
	var err error
	switch {
	case len(args) == 1 && f.preset != "":
		return nil, errors.New("give a spec file or --preset, not both; a spec file may say \"preset: …\" itself")
	case len(args) == 1:
		run, err = spec.Load(args[0])
	case f.preset != "":
		run, err = spec.Preset(f.preset)
	default:
		return nil, errors.New("nothing to start: give a spec file, or --preset " + strings.Join(spec.Presets(), "|"))
	}
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, text := range f.set {
		key, value, err := setting(text)
		if err != nil {
			err = fmt.Errorf("--set %w", err)
		} else {
			err = run.Set(key, value)
		}
		faults = append(faults, err)
	}
	if f.name != "" {
		run.Name = f.name
	}
	return run, errors.Join(append(faults, run.Validate())...)
}

func (e *env) start(cmd *cobra.Command, run *spec.Run, f startFlags) error {
	ctx := cmd.Context()
	c, err := runs.Connect(ctx, runs.Options{Home: e.home, Starter: func() error { return e.ensureDaemon(ctx, cmd.ErrOrStderr()) }})
	if err != nil {
		return err
	}
	defer c.Close()
	h, err := c.Start(ctx, run)
	if err != nil {
		return err
	}
	if f.wait {
		w := newWatch(cmd, f.json)
		w.must = true
		return w.follow(cmd, h)
	}
	s, err := h.Status(ctx)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), s)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "started %s\n  watch it:  athanor run watch %s\n  its page:  %s\n", s.Name, s.Name, s.UIURL)
	return nil
}

// client connects without starting anything.
func (e *env) client(ctx context.Context) (*runs.Client, error) {
	return runs.Connect(ctx, runs.Options{Home: e.home})
}

func runListCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "ls", Short: "List runs, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			all, err := c.List(cmd.Context())
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
	return cmd
}

func printRuns(w io.Writer, all []*runs.Status) error {
	if len(all) == 0 {
		fmt.Fprintln(w, "no runs yet; start one with: athanor run start --preset char-gpt")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tKIND\tSTATUS\tSTEP\tLOSS\tVAL LOSS\tSTARTED")
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d/%d\t%s\t%s\t%s\n", s.Name, s.Kind, s.Status, s.Step, s.Steps,
			measured(s.Loss), measured(s.ValLoss), s.StartTime.Local().Format("2006-01-02 15:04:05"))
	}
	return t.Flush()
}

// measured is a loss, or a dash while there is none.
func measured(loss float64) string {
	if loss == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4f", loss)
}

func runShowCommand(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show one run", Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.client(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			s, err := c.Run(args[0]).Status(cmd.Context())
			if err != nil {
				return err
			}
			return showStatus(cmd.OutOrStdout(), s, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showStatus(w io.Writer, s *runs.Status, asJSON bool) error {
	if asJSON {
		return printJSON(w, s)
	}
	brief := *s
	brief.Error, brief.Stuck = "", "" // they have rows
	fmt.Fprintln(w, &brief)
	for _, row := range [][2]string{{"checkpoint", s.Checkpoint}, {"weights", s.WeightsSHA256}, {"page", s.UIURL}, {"files", s.Dir}, {"error", s.Error}, {"stuck", s.Stuck}} {
		if row[1] != "" {
			fmt.Fprintf(w, "  %-11s %s\n", row[0], row[1])
		}
	}
	return nil
}

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
