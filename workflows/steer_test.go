package workflows

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train"
)

// The environment of these tests answers for an activity that is cancelled, at once and without details. What a server does is otherwise: it
// waits for what becomes of the activity, and tells that. So here an interceptor plays the segments on the workflow's own clock:
// the first one lasts until the workflow cancels it, and then ends as the case says.
type segments struct {
	interceptor.InterceptorBase
	interceptor.WorkerInterceptorBase
	steer func()       // what the owner does during the first segment
	end   func() error // what becomes of a segment that was told to end; nil: it returns its progress, not having heard
	asked []activities.Segment
}

func (s *segments) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, s}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	s *segments
}

func (i *inbound) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.s})
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	s *segments
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if name != "Segment" {
		return o.Next.ExecuteActivity(ctx, name, args...)
	}
	segment := args[0].(activities.Segment)
	o.s.asked = append(o.s.asked, segment)
	future, settle := workflow.NewFuture(ctx)
	first := len(o.s.asked) == 1
	workflow.Go(ctx, func(ctx workflow.Context) {
		if !first {
			settle.Set(played(segment), nil)
			return
		}
		o.s.steer()
		_ = workflow.Sleep(ctx, 24*time.Hour) // until it is told to end
		settle.Set(played(segment), o.s.end())
	})
	return future
}

// What the owner does, and what happens to the worker meanwhile, in every pair: the run ends as the owner wants, never failed, and loses
// no more than what came after its last checkpoint.
func TestSteeringWhileTheWorkerGoes(t *testing.T) {
	saved := activities.Heartbeat{Progress: at(30)}
	saved.Step = 45 // it had gone further than its checkpoint
	owners := []struct {
		name  string
		steer func(t *testing.T, b *bench)
		phase string
	}{
		{"set", func(t *testing.T, b *bench) {
			var err error
			b.UpdateWorkflow(UpdateSet, "s", callback(&err), "weightDecay", "0.2")
			t.Cleanup(func() {
				if err != nil {
					t.Error(err)
				}
			})
		}, Completed},
		{"pause", func(_ *testing.T, b *bench) { b.SignalWorkflow(SignalPause, nil) }, Completed},
		{"pause and resume", func(_ *testing.T, b *bench) {
			b.SignalWorkflow(SignalPause, nil)
			b.SignalWorkflow(SignalResume, nil)
		}, Completed},
		{"stop", func(_ *testing.T, b *bench) { b.SignalWorkflow(SignalStop, nil) }, Stopped},
		{"stop and resume", func(_ *testing.T, b *bench) { // nothing undoes a stop
			b.SignalWorkflow(SignalStop, nil)
			b.SignalWorkflow(SignalResume, nil)
		}, Stopped},
		{"cancel", func(_ *testing.T, b *bench) { b.CancelWorkflow() }, Stopped},
	}
	fates := []struct {
		name string
		end  func() error
		step int // where the run then stands
	}{
		{"it reports", func() error { return temporal.NewCanceledError(at(45)) }, 45},
		{"it had just ended", func() error { return nil }, 50},
		{"it is killed or frozen", func() error { return temporal.NewHeartbeatTimeoutError(saved) }, 30},
		{"it is killed at once", func() error { return temporal.NewHeartbeatTimeoutError() }, 0},
		{"its successor reports its death", func() error { return temporal.NewApplicationError("the worker died", "WorkerDied") }, 0},
		{"it is told to stop", func() error { return temporal.NewApplicationError("told to stop", activities.WorkerStop, at(45)) }, 45},
		{"the server is gone for long", func() error { return temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil) }, 0},
		{"the disk is full", func() error { return temporal.NewApplicationError("disk full", "DiskFull") }, 0},
		{"another error", func() error { return errors.New("the sky has fallen") }, 0},
	}
	for _, owner := range owners {
		for _, fate := range fates {
			t.Run(owner.name+", "+fate.name, func(t *testing.T) {
				b := newBench()
				s := &segments{steer: func() { owner.steer(t, b) }, end: fate.end}
				b.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s}})
				var between State
				b.RegisterDelayedCallback(func() {
					between = queried(t, b)
					b.SignalWorkflow(SignalResume, nil) // a paused run waits as long as it takes
				}, 48*time.Hour)
				b.ExecuteWorkflow(Run, Input{Run: tiny(t)})
				if !b.IsWorkflowCompleted() {
					t.Fatal("the workflow has not ended")
				}
				if err := b.GetWorkflowError(); (err != nil) != (owner.name == "cancel") || err != nil && !temporal.IsCanceledError(err) {
					t.Errorf("ended with %v", err)
				}
				end := queried(t, b)
				if end.Phase != owner.phase || end.Error != "" {
					t.Errorf("ended as %q, %q, want %s", end.Phase, end.Error, owner.phase)
				}
				if owner.phase == Stopped && end.Step != fate.step {
					t.Errorf("stopped at step %d, want %d", end.Step, fate.step)
				}
				if owner.phase == Completed && (len(s.asked) < 2 || s.asked[1].From.Step != fate.step) {
					t.Errorf("went on with %+v, want from step %d", s.asked[1:], fate.step)
				}
				if owner.name == "pause" && (between.Phase != Paused || between.Step != fate.step) {
					t.Errorf("in between it is %q at step %d, want paused at %d", between.Phase, between.Step, fate.step)
				}
			})
		}
	}
}

// A failure that cannot get better is told although the run was told to stop.
func TestAHopelessFailureIsTold(t *testing.T) {
	b := newBench()
	s := &segments{steer: func() { b.SignalWorkflow(SignalStop, nil) }, end: func() error {
		return temporal.NewNonRetryableApplicationError("the loss is NaN at step 12", activities.NonFinite, nil)
	}}
	b.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s}})
	b.ExecuteWorkflow(Run, Input{Run: tiny(t)})
	if s := queried(t, b); s.Phase != Failed || s.Error != "the loss is NaN at step 12" {
		t.Errorf("state %+v", s)
	}
}

// A heartbeat of a segment that was lost must not take the run back behind what the workflow knows, and what it has told stays told.
func TestRescueOfALostSegment(t *testing.T) {
	r := &run{run: tiny(t), Carry: Carry{State: State{Progress: at(100)}}}
	beat := activities.Heartbeat{Progress: activities.Progress{
		Progress: train.Progress{Step: 3, Steps: 200}, Events: []activities.Event{{Kind: "out-of-memory", Text: "killed"}},
	}}
	r.rescue(temporal.NewHeartbeatTimeoutError(beat))
	if r.Step != 100 || r.Checkpoint != at(100).Checkpoint || len(r.Events) != 1 {
		t.Errorf("%+v", r.State)
	}
}

func TestSetChangesTheRunThatGoesOn(t *testing.T) {
	var refused, accepted error
	b := newBench()
	s := &segments{steer: func() { b.SignalWorkflow(SignalPause, nil) }, end: func() error { return temporal.NewCanceledError(at(10)) }}
	b.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s}})
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow(UpdateSet, "a", callback(&refused), "embed", "64")
		b.UpdateWorkflow(UpdateSet, "b", callback(&accepted), "lr", "1e-4")
		b.UpdateWorkflow(UpdateSet, "c", callback(&accepted), "minLR", "1e-5")
		b.SignalWorkflow(SignalResume, nil)
	}, time.Hour)
	run := tiny(t)
	run.Pretrain.Optim.MinLR = 1e-5
	b.ExecuteWorkflow(Run, Input{Run: run})
	end := b.result(t)
	if refused == nil || fmt.Sprint(refused) != "embed cannot change while a run goes on: start another run" {
		t.Errorf("set embed: %v", refused)
	}
	if accepted != nil {
		t.Errorf("set lr: %v", accepted)
	}
	if got := s.asked[len(s.asked)-1].Run.Pretrain.Optim.LR; got != 1e-4 {
		t.Errorf("after set lr=1e-4 a segment trains with %g", got)
	}
	if !end.Changed || !b.published[0].Changed || len(end.Events) != 2 || end.Events[0].Text != "lr=1e-4" {
		t.Errorf("the state does not tell of the changes: %+v", end)
	}
}

// Steps that are added while the last segment ends are done too.
func TestStepsAddedAtTheEnd(t *testing.T) {
	var err error
	b := newBench()
	s := &segments{steer: func() { b.UpdateWorkflow(UpdateSet, "a", callback(&err), "steps", "250") }, end: func() error { return nil }}
	b.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s}})
	b.ExecuteWorkflow(Run, Input{Run: tiny(t), Carry: &Carry{State: State{Phase: Running, Progress: at(150)}, Prepared: true}})
	if s := b.result(t); err != nil || s.Steps != 250 {
		t.Errorf("%+v, %v", s, err)
	}
}

func callback(err *error) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: func(e error) { *err = e },
		OnComplete: func(_ any, e error) {
			if e != nil {
				*err = e
			}
		},
	}
}
