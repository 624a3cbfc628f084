package runs

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

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

// Metrics is the file with a record for each step; see package track. A pipeline has none, its stages have.
func (h *Handle) Metrics() string { return filepath.Join(h.Dir(), "metrics.jsonl") }

// Status asks the server how the run stands, and of a pipeline how the stages stand that go on.
func (h *Handle) Status(ctx context.Context) (*Status, error) {
	d, err := h.describe(ctx)
	if err != nil {
		return nil, err
	}
	s := h.client.status(d.WorkflowExecutionInfo)
	s.pending(d)
	if newest := newestCheckpoint(s.Dir); s.Status == terminated && newest != "" && newest != s.Checkpoint {
		s.Checkpoint, s.WeightsSHA256 = newest, "" // the server was told nothing more
	}
	if !s.Ended() {
		s.Stuck = h.stuck(ctx, d, time.Now())
	}
	s.follow(ctx, h.client)
	return s, nil
}

func (h *Handle) describe(ctx context.Context) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	d, err := h.client.sdk().DescribeWorkflowExecution(ctx, h.Name, "")
	if err != nil {
		return nil, h.client.explain("run "+h.Name, err)
	}
	return d, nil
}

// Checkpoint is the directory of the run's newest checkpoint that the server knows of.
func (h *Handle) Checkpoint(ctx context.Context) (string, error) {
	s, err := h.Status(ctx)
	if err != nil {
		return "", err
	}
	if s.Checkpoint == "" {
		return "", fmt.Errorf("run %s has no checkpoint yet", h.Name)
	}
	return s.Checkpoint, nil
}

// Pause makes the run checkpoint and wait, whatever it is doing, within about two seconds.
func (h *Handle) Pause(ctx context.Context) error { return h.signal(ctx, workflows.SignalPause) }

// Stop makes the run checkpoint and end. A stopped run can be resumed.
func (h *Handle) Stop(ctx context.Context) error { return h.signal(ctx, workflows.SignalStop) }

// ForceStop ends the run whether a worker can carry it out or not: one that has not stopped within five seconds is terminated. What is
// saved stays, and Resume goes on from it; a worker that still trains a terminated run finds out by itself, and saves what it has done.
func (h *Handle) ForceStop(ctx context.Context) error {
	if err := h.Stop(ctx); err != nil {
		return err
	}
	for patient := time.After(patience); ; {
		s, err := h.Status(ctx)
		if err != nil || s.Ended() {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patient:
			return h.terminate(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (h *Handle) terminate(ctx context.Context) error {
	s, err := h.Status(ctx)
	if err != nil {
		return err
	}
	all := []string{h.Name}
	for _, stage := range s.Stages {
		if !stage.Ended() && stage.Status != waiting {
			all = append(all, stage.Name)
		}
	}
	for _, name := range all {
		brief, cancel := context.WithTimeout(ctx, patience)
		err := h.client.sdk().TerminateWorkflow(brief, name, "", "no worker has stopped it: ended by athanor run stop --force")
		cancel()
		if err == nil {
			continue
		}
		if s, e := h.client.Run(name).Status(ctx); e == nil && s.Ended() { // just now
			continue
		}
		return h.client.explain("stop "+name, err)
	}
	return nil
}

// Resume lets a paused run go on. A run that was stopped or terminated or has failed is started again from its newest
// checkpoint; a pipeline keeps the stages that were completed.
func (h *Handle) Resume(ctx context.Context) error {
	d, err := h.describe(ctx)
	if err != nil {
		return err
	}
	s := h.client.status(d.WorkflowExecutionInfo)
	if !s.Ended() {
		return h.signal(ctx, workflows.SignalResume)
	}
	if s.Status == workflows.Completed {
		return fmt.Errorf("resume %s: the run is completed", h.Name)
	}
	memo := d.WorkflowExecutionInfo.Memo.GetFields()
	var run spec.Run
	if !decode(memo[workflows.MemoSpec], &run) {
		return fmt.Errorf("resume %s: the server does not know the run's spec; start it again from %s", h.Name, filepath.Join(h.Dir(), "run.json"))
	}
	was := new(workflows.State)
	if decode(memo[workflows.MemoState], was) && was.Begun() {
		was.Phase, was.Error = workflows.Running, ""
	} else {
		was = nil
	}
	_, err = h.client.start(ctx, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, &run, was)
	return err
}

// Set changes a setting of the run while it goes on: the learning rate, the number of steps, how often it evaluates and saves. A key of a
// pipeline begins with the name of a stage. The
// answer comes when the worker has accepted or refused it. The new setting counts from the next step on.
func (h *Handle) Set(ctx context.Context, key, value string) error {
	patient, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	u, err := h.client.sdk().UpdateWorkflow(patient, client.UpdateWorkflowOptions{
		WorkflowID: h.Name, UpdateName: workflows.UpdateSet, Args: []any{key, value}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = u.Get(patient, nil)
	}
	if err == nil {
		return nil
	}
	what := fmt.Sprintf("set %s=%s of run %s", key, value, h.Name)
	switch s, e := h.Status(ctx); {
	case e == nil && s.Ended():
		return h.ended("set", s)
	case e == nil && patient.Err() != nil && ctx.Err() == nil: // the server is there
		return fmt.Errorf("%s: no worker has answered, and one that comes may still do it: %s", what, cmp.Or(s.Stuck, "is one up? (\"athanor up\")"))
	}
	return h.client.explain(what, err)
}

func (h *Handle) signal(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := h.client.sdk().SignalWorkflow(ctx, h.Name, "", name, nil)
	if err == nil {
		return nil
	}
	if s, e := h.Status(ctx); e == nil && s.Ended() {
		return h.ended(name, s)
	}
	return h.client.explain(name+" "+h.Name, err)
}

func (h *Handle) ended(verb string, s *Status) error {
	return fmt.Errorf("%s %s: the run has ended (%s)", verb, h.Name, s.Status)
}
