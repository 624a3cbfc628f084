package runs

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// blank is the status of a run of which only the name is known.
func (c *Client) blank(name string) *Status {
	return &Status{
		Name: name, UIURL: c.page(name), Dir: c.dir(name),
		Metrics: map[string]float64{}, Outputs: map[string]string{}, Stages: []*Status{},
	}
}

// status puts together what the server tells of a workflow, in a listing or in full.
func (c *Client) status(info *workflowpb.WorkflowExecutionInfo) *Status {
	s := c.blank(info.Execution.WorkflowId)
	s.StartTime = info.StartTime.AsTime()
	if info.CloseTime != nil {
		end := info.CloseTime.AsTime()
		s.EndTime = &end
	}
	var run spec.Run
	if decode(info.Memo.GetFields()[workflows.MemoSpec], &run) {
		s.spec(&run)
	}
	var state workflows.State
	decode(info.Memo.GetFields()[workflows.MemoState], &state)
	s.take(state)
	s.Status = phase(info.Status, state.Phase)
	for i := range state.Stages {
		s.Stages = append(s.Stages, c.stage(s, &run, &state.Stages[i]))
	}
	return s
}

// stage is what a pipeline knows of one of its stages.
func (c *Client) stage(pipeline *Status, run *spec.Run, known *workflows.Stage) *Status {
	s := c.blank(pipeline.Name + "." + known.Name)
	s.Kind = known.Kind
	if run.Pipeline != nil {
		if r := run.Pipeline.Stage(known.Name); r != nil {
			s.spec(r)
		}
	}
	s.take(known.State)
	s.Status = cmp.Or(known.Phase, waiting)
	return s
}

// follow asks the server for the stages of a pipeline that go on: the pipeline itself only knows how they began.
func (s *Status) follow(ctx context.Context, c *Client) {
	for i, stage := range s.Stages {
		if stage.Status == waiting || stage.Status == workflows.Completed {
			continue
		}
		now, err := c.Run(stage.Name).Status(ctx)
		if err != nil || now.Ended() && stage.Ended() {
			continue // it has not begun yet, or it says no more than the pipeline
		}
		s.Stages[i] = now
		if s.Stuck == "" && now.Stuck != "" {
			s.Stuck = fmt.Sprintf("%s: %s", now.short(s), now.Stuck)
		}
		if s.Status == workflows.Paused && now.Status == workflows.Running {
			s.Status = workflows.Running // not paused yet
		}
		s.Values = join(s.Values, now.Values)
	}
	for _, stage := range s.Stages {
		s.Metrics = join(s.Metrics, stage.Metrics)
	}
}

// pending adds what the newest heartbeat says, and why the last attempt ended.
func (s *Status) pending(d *workflowservice.DescribeWorkflowExecutionResponse) {
	now := time.Now()
	for _, a := range d.PendingActivities {
		var state workflows.State
		if p := a.HeartbeatDetails.GetPayloads(); len(p) > 0 && decode(p[0], &state) && (state.Steps > 0 || len(state.Events) > 0) {
			s.beat(state)
		}
		s.Attempt = int(a.Attempt)
		s.Waiting = a.State == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && !backingOff(a, now)
		if a.LastFailure != nil && a.State != enumspb.PENDING_ACTIVITY_STATE_STARTED {
			s.Error = fmt.Sprintf("attempt %d ended: %s", a.Attempt-1, ending(a.LastFailure))
		}
	}
}

// ending is why an attempt has ended.
func ending(f *failurepb.Failure) string {
	if f.GetTimeoutFailureInfo().GetTimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT {
		return "its worker fell silent"
	}
	return f.Message
}

func phase(status enumspb.WorkflowExecutionStatus, published string) string {
	switch status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		if published == workflows.Paused {
			return published
		}
		return workflows.Running
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return cmp.Or(published, workflows.Completed)
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return workflows.Stopped
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return terminated
	}
	return workflows.Failed
}

func decode(p *commonpb.Payload, v any) bool {
	return p != nil && converter.GetDefaultDataConverter().FromPayload(p, v) == nil
}

// isStage reports whether a listed workflow is a stage of a pipeline.
func isStage(info *workflowpb.WorkflowExecutionInfo) bool {
	parent := info.GetParentExecution().GetWorkflowId()
	return parent != "" && strings.HasPrefix(info.Execution.WorkflowId, parent+".")
}
