package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func runCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "run", Short: "Start, watch and steer durable training runs", RunE: unknown}
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(
		runStartCommand(e), runListCommand(e), runShowCommand(e), runWatchCommand(e),
		runSteerCommand(e, "pause", "Checkpoint and wait", (*runs.Handle).Pause),
		runSteerCommand(e, "resume", "Go on with a paused run, or start one again from its checkpoint that was stopped or has failed", (*runs.Handle).Resume),
		runStopCommand(e), runSetCommand(e), runRemoveCommand(e), runLogsCommand(e),
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
