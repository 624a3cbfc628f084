package runs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// Handle is one run.
type Handle struct {
	Name   string
	client *Client
}

// Dir is where the run's files lie on the machine of its worker.
func (h *Handle) Dir() string { return h.client.dir(h.Name) }

// Metrics is the file with a record for each step; see package track.
func (h *Handle) Metrics() string { return filepath.Join(h.Dir(), "metrics.jsonl") }

// Status asks the server how the run stands.
func (h *Handle) Status(ctx context.Context) (*Status, error) {
	d, err := h.client.temporal.DescribeWorkflowExecution(ctx, h.Name, "")
	if err != nil {
		return nil, h.client.explain("run "+h.Name, err)
	}
	s := h.client.status(d.WorkflowExecutionInfo)
	s.pending(d)
	return s, nil
}

// Pause makes the run checkpoint and wait, whatever it is doing, within about two seconds.
func (h *Handle) Pause(ctx context.Context) error { return h.signal(ctx, workflows.SignalPause) }

// Stop makes the run checkpoint and end. A stopped run can be resumed.
func (h *Handle) Stop(ctx context.Context) error { return h.signal(ctx, workflows.SignalStop) }

// Resume lets a paused run go on. A run that was stopped or has failed is started again from its newest checkpoint.
func (h *Handle) Resume(ctx context.Context) error {
	d, err := h.client.temporal.DescribeWorkflowExecution(ctx, h.Name, "")
	if err != nil {
		return h.client.explain("resume "+h.Name, err)
	}
	s := h.client.status(d.WorkflowExecutionInfo)
	if !s.Ended() {
		return h.signal(ctx, workflows.SignalResume)
	}
	if s.Status == workflows.Completed {
		return fmt.Errorf("resume %s: the run is completed", h.Name)
	}
	var run spec.Run
	if !decode(d.WorkflowExecutionInfo.Memo.GetFields()[workflows.MemoSpec], &run) {
		return fmt.Errorf("resume %s: the server does not know the run's spec; start it again from %s", h.Name, filepath.Join(h.Dir(), "spec.json"))
	}
	_, err = h.client.start(ctx, &run, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	return err
}

func (h *Handle) signal(ctx context.Context, name string) error {
	err := h.client.temporal.SignalWorkflow(ctx, h.Name, "", name, nil)
	if err == nil {
		return nil
	}
	if s, e := h.Status(ctx); e == nil && s.Ended() {
		return fmt.Errorf("%s %s: the run has ended (%s)", name, h.Name, s.Status)
	}
	return h.client.explain(name+" "+h.Name, err)
}

// Wait returns when the run has ended, with its last status. A server that goes away is waited for.
//
// It asks once a second beside the server's own notice, which sometimes misses the end and comes late.
func (h *Handle) Wait(ctx context.Context) (*Status, error) {
	return h.follow(ctx, time.Second, func(*Status) {})
}

// follow calls f with the status now and then until the run has ended.
func (h *Handle) follow(ctx context.Context, every time.Duration, f func(*Status)) (*Status, error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.client.temporal.GetWorkflow(ctx, h.Name, "").Get(ctx, nil) // how it ended is in the status
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		s, err := h.Status(ctx)
		if err != nil && !errors.Is(err, ErrNoServer) {
			return nil, err
		}
		if err == nil {
			f(s)
			if s.Ended() {
				return s, nil
			}
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-ended:
			ended = nil // look at once; after that only the ticker counts
		case <-tick.C:
		}
	}
}

// List gives the runs that the server knows, the newest first.
func (c *Client) List(ctx context.Context) ([]*Status, error) {
	var all []*Status
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = 'Pretrain' and ExecutionStatus != 'ContinuedAsNew'"}
	for {
		r, err := c.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, c.explain("list runs", err)
		}
		seen := map[string]bool{}
		for _, s := range all {
			seen[s.Name] = true
		}
		for _, info := range r.Executions {
			if s := c.status(info); !seen[s.Name] { // a resumed run is there twice
				all, seen[s.Name] = append(all, s), true
			}
		}
		if len(r.NextPageToken) == 0 {
			return all, nil
		}
		request.NextPageToken = r.NextPageToken
	}
}

func (c *Client) dir(name string) string { return filepath.Join(c.o.Home, "runs", name) }

// page is the run's page in the web UI; empty when there is none.
func (c *Client) page(name string) string {
	if c.ui == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s", c.ui, c.o.Namespace, name)
}
