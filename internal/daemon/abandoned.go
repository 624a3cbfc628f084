package daemon

import (
	"context"
	"fmt"
	"os"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/athanor-ml/athanor/workflows"
)

// identity names this process as a worker. The server remembers it of whoever took an activity.
func identity(home string) workflows.Worker {
	host, _ := os.Hostname()
	return workflows.Worker{Host: host, Home: absolute(home), PID: os.Getpid()}
}

// releaseAbandoned fails the activities that dead workers of this home hold, so that they are tried again at once. The caller
// holds the worker lock: every other worker of the home is dead.
func releaseAbandoned(ctx context.Context, c client.Client, namespace, home string) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"}
	for {
		open, err := c.ListWorkflow(ctx, request)
		if err != nil {
			return err
		}
		for _, e := range open.Executions {
			d, err := c.DescribeWorkflowExecution(ctx, e.Execution.WorkflowId, e.Execution.RunId)
			if err != nil {
				continue // ended meanwhile
			}
			for _, a := range d.PendingActivities {
				if !abandoned(a, home) {
					continue
				}
				// At once, however many have died before: who kills the next one at once is the supervisor's to slow down.
				died := temporal.NewApplicationErrorWithOptions("the worker died", "WorkerDied",
					temporal.ApplicationErrorOptions{NextRetryDelay: 50 * time.Millisecond})
				if err := c.CompleteActivityByID(ctx, namespace, e.Execution.WorkflowId, e.Execution.RunId, a.ActivityId, nil, died); err != nil {
					return err
				}
			}
		}
		if len(open.NextPageToken) == 0 {
			return nil
		}
		request.NextPageToken = open.NextPageToken
	}
}

func abandoned(a *workflowpb.PendingActivityInfo, home string) bool {
	taken := a.State == enumspb.PENDING_ACTIVITY_STATE_STARTED || a.State == enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
	self := identity(home)
	w, ours := workflows.ParseWorker(a.LastWorkerIdentity)
	return taken && ours && w.Host == self.Host && w.Home == self.Home && w.PID != self.PID
}

// registerAttributes adds the search attributes that the namespace lacks: an older database, or a server of somebody else.
func registerAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("search attributes of namespace %s: %w", namespace, err)
	}
	missing := workflows.Attributes()
	for name := range have.CustomAttributes {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("add search attributes %v to namespace %s: %w", missing, namespace, err)
	}
	return nil
}
