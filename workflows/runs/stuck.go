package runs

// A run that does not move must say why. The server knows of a workflow or an activity that waits to be taken, of one whose worker has
// fallen silent, and of workers that have polled; whether the process of a poller on this machine still lives, the system knows.
// Its times are of the wall clock, which may be set: one that lies in the future is as old as one that lies far back, and a reason counts
// only when it lasts.

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/athanor-ml/athanor/workflows"
)

const (
	unusual = 3 * time.Second  // a task waits so long, or a heartbeat is missing so long, only when something is wrong
	lasts   = 2 * time.Second  // a reason that is there so long is no jump of the clock: there has been a heartbeat since
	longest = 15 * time.Second // no attempt is put off so long
	polling = 90 * time.Second // a worker on another machine asks at least so often
)

// stuck says what keeps a run from moving and what to do about it; empty: nothing that the server knows.
func (h *Handle) stuck(ctx context.Context, d *workflowservice.DescribeWorkflowExecutionResponse, now time.Time) string {
	queue, kind := "", enumspb.TASK_QUEUE_TYPE_WORKFLOW
	task := d.PendingWorkflowTask
	if task.GetAttempt() > 1 {
		if why := h.refused(ctx, d); why != "" {
			return why
		}
	}
	switch {
	case task == nil:
	case task.State != enumspb.PENDING_WORKFLOW_TASK_STATE_STARTED && older(task.ScheduledTime, now):
		queue = d.ExecutionConfig.GetTaskQueue().GetName()
	}
	for _, a := range d.PendingActivities {
		switch {
		case a.State == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && !backingOff(a, now) && older(a.ScheduledTime, now):
			queue, kind = a.ActivityOptions.GetTaskQueue().GetName(), enumspb.TASK_QUEUE_TYPE_ACTIVITY
		case a.State == enumspb.PENDING_ACTIVITY_STATE_STARTED && older(a.LastStartedTime, now) && (a.LastHeartbeatTime == nil || older(a.LastHeartbeatTime, now)):
			silent := "for " + now.Sub(cmp.Or(a.LastHeartbeatTime, a.LastStartedTime).AsTime()).Round(time.Second).String()
			if strings.HasPrefix(silent, "for -") {
				silent = "since before the clock was set back"
			}
			return fmt.Sprintf("%s has been silent %s: it is stopped, hung or cut off; if it stays so end it (kill -9), \"athanor up\" starts another",
				workerName(a.LastWorkerIdentity), silent)
		}
	}
	if queue == "" {
		return ""
	}
	return cmp.Or(h.unpolled(ctx, queue, kind, now), h.client.behind(now))
}

// behind says that the server's timers wait for the clock, which was set back; empty: they do not, or it is another's server.
func (c *Client) behind(now time.Time) string {
	if c.o.Address != "" {
		return ""
	}
	s, err := ReadServer(c.o.Home)
	if err != nil || !s.Behind.After(now) {
		return ""
	}
	return fmt.Sprintf("the clock was set back: the server's retries and timeouts wait until it is %s again; set it right, or wait",
		s.Behind.Local().Format("2006-01-02 15:04:05"))
}

// lasting passes on a reason that has lasted for a while, by a clock that is not set.
type lasting struct{ since time.Time }

func (l *lasting) reason(why string, now time.Time) string {
	if why == "" {
		l.since = time.Time{}
		return ""
	}
	if l.since.IsZero() {
		l.since = now
	}
	if now.Sub(l.since) < lasts {
		return ""
	}
	return why
}

func older(t *timestamppb.Timestamp, now time.Time) bool {
	return t != nil && now.Sub(t.AsTime()).Abs() > unusual
}

// backingOff reports whether an activity waits for the time of its next attempt, not for a worker.
func backingOff(a *workflowpb.PendingActivityInfo, now time.Time) bool {
	if a.NextAttemptScheduleTime == nil {
		return false
	}
	left := a.NextAttemptScheduleTime.AsTime().Sub(now)
	return left > 0 && left < longest
}

// unpolled says why nobody takes what waits in a queue; empty: some worker that lives polls it, or the server does not say.
func (h *Handle) unpolled(ctx context.Context, queue string, kind enumspb.TaskQueueType, now time.Time) string {
	q, err := h.client.sdk().DescribeTaskQueue(ctx, queue, kind)
	if err != nil {
		return ""
	}
	why := "no worker is polling: start one with \"athanor up\" or \"athanor worker\""
	for _, p := range q.Pollers {
		w, ours := workflows.ParseWorker(p.Identity)
		host, _ := os.Hostname()
		switch {
		case !ours || w.Host != host:
			if now.Sub(p.LastAccessTime.AsTime()) < polling {
				return ""
			}
		case suspended(w.PID):
			why = fmt.Sprintf("the worker, pid %d, is stopped: let it go on with \"kill -CONT %d\"", w.PID, w.PID)
		case syscall.Kill(w.PID, 0) == nil:
			return ""
		}
	}
	return why
}

// suspended reports whether a process was stopped, by a signal or a debugger, where the system tells (Linux).
func suspended(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" ")) // 12 (name) T 1 …
	return len(state) > 0 && (state[0] == 'T' || state[0] == 't')
}

// refused tells why workers cannot go on with a workflow that they have taken, its history being of another version of athanor; empty:
// none has said so. (A worker that is killed with the workflow in hand says nothing, and the next one takes it.)
func (h *Handle) refused(ctx context.Context, d *workflowservice.DescribeWorkflowExecutionResponse) string {
	r, err := h.client.sdk().WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: h.client.o.Namespace, Execution: d.WorkflowExecutionInfo.Execution, MaximumPageSize: 10,
	})
	if err != nil {
		return ""
	}
	for _, e := range r.History.Events {
		if e.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			break
		}
		if failed := e.GetWorkflowTaskFailedEventAttributes(); failed != nil {
			why, _, _ := strings.Cut(failed.Failure.GetMessage(), "\n")
			return h.foreign(why)
		}
	}
	// The server writes down the first attempt only, and that may have been of a worker that was killed. The later ones have logged theirs.
	if d.PendingWorkflowTask.Attempt > 2 {
		if why := refusal(h.client.o.Home, d.WorkflowExecutionInfo.Execution.RunId); why != "" {
			return h.foreign(why)
		}
	}
	if d.PendingWorkflowTask.Attempt > 3 {
		return fmt.Sprintf("workers have taken it %d times and not gone on with it: the log of the worker says why", d.PendingWorkflowTask.Attempt-1)
	}
	return ""
}

// foreign says that a run is of another version of athanor, and what to do.
func (h *Handle) foreign(why string) string {
	return fmt.Sprintf("the worker cannot go on with it (%s): it was begun by another version of athanor; use that one's worker, "+
		"or end it with \"athanor run stop %s --force\" and let this version go on from its checkpoint with \"athanor run resume %s\"", why, h.Name, h.Name)
}

// refusal is why the worker of a home could last not go on with a workflow, by its log; empty: it does not say so of this one.
func refusal(home, runID string) string {
	log, err := os.Open(filepath.Join(home, "worker.log"))
	if err != nil {
		return ""
	}
	defer log.Close()
	_, _ = log.Seek(-1<<20, io.SeekEnd) // fails in a shorter one, which is read whole
	text, _ := io.ReadAll(log)
	why := ""
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, []byte(`msg="Workflow panic"`)) || !bytes.Contains(line, []byte(" RunID="+runID+" ")) {
			continue
		}
		_, rest, _ := bytes.Cut(line, []byte(" Error="))
		quoted, _ := strconv.QuotedPrefix(string(rest))
		why, _ = strconv.Unquote(quoted)
	}
	why, _, _ = strings.Cut(why, "\n")
	return why
}

// workerName is a worker in words.
func workerName(identity string) string {
	if w, ok := workflows.ParseWorker(identity); ok {
		return fmt.Sprintf("its worker, pid %d on %s,", w.PID, w.Host)
	}
	return "its worker " + identity
}
