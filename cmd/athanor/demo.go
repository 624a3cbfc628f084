package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/internal/daemon"
	"github.com/athanor-ml/athanor/internal/nbrun"
	"github.com/athanor-ml/athanor/notebooks"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func demoCommand(e *env) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Train a GPT in a notebook, send the same run off as a workflow, and show where everything is",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return e.demo(cmd, keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the server, its web UI and the worker running")
	return cmd
}

// demo runs notebooks/quickstart.ipynb from end to end on a daemon and a kernel of this binary.
func (e *env) demo(cmd *cobra.Command, keep bool) (err error) {
	begin, progress := time.Now(), cmd.ErrOrStderr()
	say := func(format string, args ...any) {
		fmt.Fprintf(progress, "[%5.1fs] %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	say("state is in %s; %s", e.home, e.corpusName())
	started, err := e.demoServer(cmd.Context(), say)
	if err != nil {
		return err
	}
	if started && !keep {
		defer func() {
			say("stopping the server and the worker (--keep leaves them)")
			err = errors.Join(err, daemon.Down(context.WithoutCancel(cmd.Context()), e.home))
		}()
	}
	book, err := e.demoNotebook()
	if err != nil {
		return err
	}
	out := filepath.Join(filepath.Dir(book), "quickstart.executed.ipynb")
	say("executing %s", book)
	if err := e.runNotebook(cmd, nbrun.Options{In: book, Out: out}, progress); err != nil {
		return fmt.Errorf("%w\nthe notebook with the error is %s", err, out)
	}
	say("done")
	return e.demoSummary(cmd.Context(), cmd.OutOrStdout(), out, started && !keep)
}

func (e *env) corpusName() string {
	if _, err := os.Stat(filepath.Join(e.data, "tinyshakespeare.txt")); e.data != "" && err == nil {
		return "the corpus is tinyshakespeare, of " + e.data
	}
	return "the corpus is the Go standard library's source (ATHANOR_DATA has no tinyshakespeare.txt)"
}

// demoServer makes sure that a daemon is up and reports whether it was started here.
func (e *env) demoServer(ctx context.Context, say func(string, ...any)) (started bool, err error) {
	if s, err := daemon.Find(e.home); err == nil {
		say("using the server that is up: %s", s.UI)
		return false, nil
	}
	command, err := e.self("up", "--any-port", "--home", e.home, "--data", e.data)
	if err != nil {
		return false, err
	}
	_, err = daemon.Ensure(ctx, e.home, command, func(what string) { say("%s", what) })
	return err == nil, err
}

// demoNotebook puts the notebook into the home directory, where it may be changed and run again.
func (e *env) demoNotebook() (string, error) {
	text, err := notebooks.Files.ReadFile("quickstart.ipynb")
	if err != nil {
		return "", err
	}
	path := filepath.Join(e.home, "demo", "quickstart.ipynb")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, 0o644)
}

// demoSummary says where the results are.
func (e *env) demoSummary(ctx context.Context, w io.Writer, book string, stopping bool) error {
	c, err := runs.Connect(ctx, runs.Options{Home: e.home})
	if err != nil {
		return err
	}
	defer c.Close()
	all, err := c.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("the notebook has run, but the server knows no run")
	}
	s := all[0]
	fmt.Fprintf(w, "\nexecuted notebook  %s\n", book)
	fmt.Fprintf(w, "the run            %s\n", s)
	fmt.Fprintf(w, "checkpoint         %s\n", s.Checkpoint)
	fmt.Fprintf(w, "weights SHA-256    %s\n", s.WeightsSHA256)
	fmt.Fprintf(w, "Temporal UI        %s\n", s.UIURL)
	if stopping {
		fmt.Fprintf(w, "                   (the server stops now; \"athanor up\" brings the page back, with this run on it)\n")
	}
	return nil
}
