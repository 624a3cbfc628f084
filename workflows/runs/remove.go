package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
)

// Remove takes away a run that has ended: its files, those of its stages, and what the server knows of them. One that others have taken their
// results from is refused, unless force.
func (h *Handle) Remove(ctx context.Context, force bool) error {
	s, err := h.Status(ctx)
	switch {
	case err == nil && !s.Ended():
		return fmt.Errorf("remove %s: it is %s: stop it first with \"athanor run stop %s\"", h.Name, s.Status, h.Name)
	case err != nil:
		fromFiles, e := FromFiles(h.client.o.Home, h.Name) // the server may have forgotten it
		if errors.Is(err, ErrNoServer) || e != nil {
			return err
		}
		s = fromFiles
	}
	names := []string{h.Name}
	for _, stage := range s.Stages {
		names = append(names, stage.Name)
	}
	if users := usersOf(h.client.o.Home, names); len(users) > 0 && !force {
		return fmt.Errorf("remove %s: %s would lose the results that were reused from it; --force removes it all the same", h.Name, strings.Join(users, ", "))
	}
	for _, name := range names {
		if err := os.RemoveAll(train.Dir(h.client.o.Home, name)); err != nil {
			return fmt.Errorf("remove %s: %w", h.Name, err)
		}
		if err := h.client.forget(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// RemoveFiles takes away the files of a run and its stages when no server can say whether it goes on.
func RemoveFiles(home, name string) error {
	s, err := FromFiles(home, name)
	if err != nil {
		return err
	}
	for _, stage := range s.Stages {
		err = errors.Join(err, os.RemoveAll(stage.Dir))
	}
	return errors.Join(err, os.RemoveAll(s.Dir))
}

// forget has the server delete what it knows of a run, all times that it was resumed, as far as it allows that.
func (c *Client) forget(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := c.sdk().ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf("WorkflowId = '%s'", name)})
	if err != nil {
		return c.explain("remove "+name, err)
	}
	for _, e := range r.Executions {
		_, err := c.sdk().WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: c.o.Namespace, WorkflowExecution: e.Execution,
		})
		var missing *serviceerror.NotFound
		var denied *serviceerror.PermissionDenied
		var unknown *serviceerror.Unimplemented
		if err != nil && !errors.As(err, &missing) && !errors.As(err, &denied) && !errors.As(err, &unknown) {
			return c.explain("remove "+name, err)
		}
	}
	return nil
}

// usersOf are the runs of a home, other than these, whose results are those of one of them.
func usersOf(home string, names []string) (users []string) {
	entries, err := os.ReadDir(filepath.Join(home, store.Runs))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		r, ok := readResult(home, e.Name())
		if ok && slices.Contains(names, r.Reused) && !slices.Contains(names, r.Name) {
			users = append(users, r.Name)
		}
	}
	return users
}
