package runs

import (
	"cmp"
	"fmt"
	"html"
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

// Status is how a run stands.
type Status struct {
	Name          string     `json:"name"`
	Kind          string     `json:"kind"`
	Preset        string     `json:"preset,omitempty"`
	Model         string     `json:"model"`
	Status        string     `json:"status"` // running, paused, stopped, completed, failed or terminated
	Step          int        `json:"step"`
	Steps         int        `json:"steps"`
	Loss          float64    `json:"loss"`
	ValLoss       float64    `json:"valLoss"` // 0: not measured yet
	LR            float64    `json:"lr"`
	TokensPerSec  float64    `json:"tokensPerSec"`
	Checkpoint    string     `json:"checkpoint"`    // directory; empty: none yet
	WeightsSHA256 string     `json:"weightsSHA256"` // of the checkpoint at the end of the last segment
	UIURL         string     `json:"uiURL"`         // the run's page in the web UI
	Dir           string     `json:"dir"`
	StartTime     time.Time  `json:"startTime"`
	EndTime       *time.Time `json:"endTime,omitempty"`
	Waiting       bool       `json:"waiting,omitempty"` // for a worker that is free
	Stuck         string     `json:"stuck,omitempty"`   // what keeps it from moving, and what to do
	Attempt       int        `json:"attempt,omitempty"` // of the segment that runs, from 1
	Error         string     `json:"error,omitempty"`   // why it failed, or why the last attempt did
}

// terminated is the status of a run that was ended without its worker.
const terminated = "terminated"

// Ended reports whether the run will not go on by itself.
func (s *Status) Ended() bool { return s.Status != workflows.Running && s.Status != workflows.Paused }

// String is the status as one line.
func (s *Status) String() string {
	var line strings.Builder
	fmt.Fprintf(&line, "%s: %s, step %d of %d", s.Name, s.Status, s.Step, s.Steps)
	if s.Waiting && s.Stuck == "" {
		line.WriteString(", waiting for a worker")
	}
	if s.Step > 0 {
		fmt.Fprintf(&line, ", loss %.4f", s.Loss)
	}
	if s.ValLoss > 0 {
		fmt.Fprintf(&line, ", validation loss %.4f", s.ValLoss)
	}
	for _, trouble := range []string{s.Error, s.Stuck} {
		if trouble != "" {
			line.WriteString(", " + trouble)
		}
	}
	return line.String()
}

// MIME is the status as a notebook shows it.
func (s *Status) MIME() map[string]any {
	var b strings.Builder
	b.WriteString("<table>")
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "<tr><th style=\"text-align:left\">%s</th><td style=\"text-align:left\">%s</td></tr>", name, value)
		}
	}
	row("run", fmt.Sprintf("<a href=\"%s\" target=\"_blank\">%s</a>", html.EscapeString(s.UIURL), html.EscapeString(s.Name)))
	row("status", s.Status)
	row("model", html.EscapeString(s.Model))
	row("step", fmt.Sprintf("%d of %d", s.Step, s.Steps))
	row("loss", number(s.Loss))
	row("validation loss", number(s.ValLoss))
	row("checkpoint", html.EscapeString(s.Checkpoint))
	row("SHA-256 of the weights", s.WeightsSHA256)
	row("error", html.EscapeString(s.Error))
	row("stuck", html.EscapeString(s.Stuck))
	b.WriteString("</table>")
	return map[string]any{"text/plain": s.String(), "text/html": b.String()}
}

// number leaves what is not known empty.
func number(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.4f", v)
}

// status puts together what the server tells of a workflow, in a listing or in full.
func (c *Client) status(info *workflowpb.WorkflowExecutionInfo) *Status {
	s := &Status{
		Name:      info.Execution.WorkflowId,
		StartTime: info.StartTime.AsTime(),
		UIURL:     c.page(info.Execution.WorkflowId),
		Dir:       c.dir(info.Execution.WorkflowId),
	}
	if info.CloseTime != nil {
		end := info.CloseTime.AsTime()
		s.EndTime = &end
	}
	var run spec.Run
	if decode(info.Memo.GetFields()[workflows.MemoSpec], &run) && run.Pretrain != nil {
		s.Kind, s.Preset, s.Model, s.Steps = run.Kind, run.Preset, workflows.ModelName(&run), run.Pretrain.Steps
	}
	var state workflows.State
	decode(info.Memo.GetFields()[workflows.MemoState], &state)
	s.take(state)
	s.Status = phase(info.Status, state.Phase)
	return s
}

// take adopts a state unless what is known is as new.
func (s *Status) take(state workflows.State) {
	s.Error = cmp.Or(state.Error, s.Error)
	if state.Step < s.Step || state.Step == s.Step && s.WeightsSHA256 != "" {
		return
	}
	s.Step, s.Steps = state.Step, cmp.Or(s.Steps, state.Steps)
	s.Loss, s.ValLoss, s.LR, s.TokensPerSec = state.Loss, cmp.Or(state.ValLoss, s.ValLoss), state.LR, state.TokensPerSec
	s.Checkpoint = cmp.Or(state.Checkpoint, s.Checkpoint)
	s.WeightsSHA256 = cmp.Or(state.WeightsSHA256, s.WeightsSHA256)
}

// pending adds what the newest heartbeat says, and why the last attempt ended.
func (s *Status) pending(d *workflowservice.DescribeWorkflowExecutionResponse) {
	now := time.Now()
	for _, a := range d.PendingActivities {
		var state workflows.State
		if p := a.HeartbeatDetails.GetPayloads(); len(p) > 0 && decode(p[0], &state) && state.Steps > 0 {
			s.beat(state)
		}
		s.Attempt = int(a.Attempt)
		s.Waiting = a.State == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && !backingOff(a, now)
		if a.LastFailure != nil && a.State != enumspb.PENDING_ACTIVITY_STATE_STARTED {
			s.Error = fmt.Sprintf("attempt %d ended: %s", a.Attempt-1, ending(a.LastFailure))
		}
	}
}

// beat adopts what a worker that trains says of itself.
func (s *Status) beat(state workflows.State) {
	if state.Step >= s.Step {
		s.take(state)
		return
	}
	s.Error = fmt.Sprintf("its checkpoint of step %d is gone: the steps after %d are trained again", s.Step, state.Step)
	s.Step, s.Loss, s.ValLoss, s.LR, s.TokensPerSec = state.Step, state.Loss, state.ValLoss, state.LR, state.TokensPerSec
	s.Checkpoint, s.WeightsSHA256 = state.Checkpoint, state.WeightsSHA256
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
