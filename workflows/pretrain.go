package workflows

import (
	"errors"
	"time"

	"github.com/athanor-ml/athanor/activities"
	"github.com/athanor-ml/athanor/train/spec"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// State is what a run has come to, as queries, the memo and the result of the workflow give it.
type State struct {
	Phase string `json:"phase"`
	activities.Progress
	Corpus string `json:"corpus,omitempty"` // the prepared corpus, a directory of the cache
	Error  string `json:"error,omitempty"`
}

// Carry is what one execution of a workflow hands to the next. A run begins without one: the zero Carry, which its starter leaves out.
type Carry struct {
	State
	Prepared bool      `json:"prepared,omitempty"`
	Token    int64     `json:"token,omitempty"`    // of the last segment; see activities.Segment
	Span     int       `json:"span,omitempty"`     // steps of the next segment
	Segments int       `json:"segments,omitempty"` // done
	Losses   []float64 `json:"losses,omitempty"`
	Started  time.Time `json:"started,omitzero"`
}

const (
	maxSegments = 200 // in one execution: about 2,500 events of history
	shortest    = 10 * time.Second
	longest     = time.Minute
)

// Pretrain carries a pretraining run from its spec to its published checkpoint.
func Pretrain(ctx workflow.Context, run spec.Run, carry Carry) (State, error) {
	p := &pretrain{run: run, Carry: carry}
	if p.Started.IsZero() {
		p.Started = workflow.Now(ctx)
	}
	if p.Phase == "" {
		p.Phase = Running
	}
	p.Steps = run.Pretrain.Steps
	if err := workflow.SetQueryHandler(ctx, QueryStatus, func() (State, error) { return p.State, nil }); err != nil {
		return p.State, err
	}
	p.control = listen(ctx, p.Phase)
	if err := p.acceptChanges(ctx); err != nil {
		return p.State, err
	}
	err := p.train(ctx)
	if workflow.IsContinueAsNewError(err) {
		return p.State, err
	}
	switch {
	case errors.Is(err, errStopped) || temporal.IsCanceledError(err):
		p.Phase, err = Stopped, nil
	case err != nil:
		p.Phase, p.Error = Failed, message(err)
	default:
		p.Phase = Completed
	}
	p.publish(ctx)
	if err == nil && ctx.Err() != nil { // cancelled from the UI or the CLI of Temporal
		err = temporal.NewCanceledError(p.State)
	}
	return p.State, err
}

// pretrain is one execution of the workflow.
type pretrain struct {
	run spec.Run
	Carry
	*control
}

// errStopped ends train before the last step.
var errStopped = errors.New("stopped")

func (p *pretrain) train(ctx workflow.Context) error {
	if !p.Prepared {
		if err := p.prepare(ctx); err != nil {
			return err
		}
	}
	segments := 0
	for p.Step < p.Steps {
		if err := p.wait(ctx); err != nil {
			return err
		}
		p.publish(ctx)
		if segments == maxSegments || segments > 0 && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Pretrain, p.run, p.Carry)
		}
		if err := p.segment(ctx); err != nil {
			return err
		}
		segments++
	}
	return workflow.ExecuteActivity(brief(ctx, "publish the result"), trainer.Publish, p.run, p.Progress).Get(ctx, nil)
}

// prepare has the directory claimed and the corpus made. A run that goes on after it had ended has a corpus already.
func (p *pretrain) prepare(ctx workflow.Context) error {
	inputs := []any{p.run}
	if p.Corpus != "" {
		inputs = append(inputs, p.Corpus)
	}
	var made activities.Prepared
	if err := workflow.ExecuteActivity(brief(ctx, "check the spec, claim the directory, prepare the corpus"), "Prepare", inputs...).Get(ctx, &made); err != nil {
		return err
	}
	p.Prepared, p.Corpus, p.Token = true, made.Corpus, made.Token
	return nil
}

// wait holds the run while it is paused.
func (p *pretrain) wait(ctx workflow.Context) error {
	if p.want == Paused {
		p.Phase = Paused
		p.publish(ctx)
		if err := workflow.Await(ctx, func() bool { return p.want != Paused }); err != nil {
			p.want = Stopped // the whole workflow was cancelled
		}
	}
	if p.want == Stopped {
		return errStopped
	}
	p.Phase = Running
	return nil
}

// segment trains up to the next checkpoint but one or more, so that a segment lasts some tens of seconds. One that was
// cancelled, by a pause or a stop, keeps what it has done.
func (p *pretrain) segment(ctx workflow.Context) error {
	every := p.run.Pretrain.Checkpoint.Every
	if every == 0 {
		every = p.Steps
	}
	p.Span = max(p.Span, every)
	until := min(p.Step-p.Step%every+p.Span, p.Steps)
	began := workflow.Now(ctx)
	segment, cancel := workflow.WithCancel(long(ctx, p.run, until))
	p.cancel = cancel
	defer func() { p.cancel = nil; cancel() }()

	if p.Token > 0 { // 0: prepared by an older version
		p.Token += activities.Tokens
	}
	var done activities.Progress
	err := workflow.ExecuteActivity(segment, trainer.Segment, activities.Segment{
		Run: p.run, From: p.Progress, Until: until, Corpus: p.Corpus, Token: p.Token,
	}).Get(ctx, &done)
	var cancelled *temporal.CanceledError
	if errors.As(err, &cancelled) {
		if ctx.Err() != nil {
			p.want = Stopped
		}
		if cancelled.HasDetails() && cancelled.Details(&done) == nil {
			p.adopt(done)
		}
		return nil // wait says what comes next
	}
	if err != nil {
		return err
	}
	p.adopt(done)
	p.Segments++
	p.Losses = thin(append(p.Losses, done.Loss))
	switch took := workflow.Now(ctx).Sub(began); {
	case took < shortest:
		p.Span *= 2
	case took > longest && p.Span >= 2*every:
		p.Span /= 2
	}
	return nil
}

// adopt takes over what a segment has done: more than was known, unless somebody took checkpoints away. The spec's number of steps may
// have changed while it ran.
func (p *pretrain) adopt(done activities.Progress) {
	p.Progress = done
	p.Steps = p.run.Pretrain.Steps
}

// thin keeps a list of losses short by leaving out every second one, never the last.
func thin(losses []float64) []float64 {
	if len(losses) <= 60 {
		return losses
	}
	kept := losses[:0]
	for i := (len(losses) - 1) % 2; i < len(losses); i += 2 {
		kept = append(kept, losses[i])
	}
	return kept
}

// message is what went wrong, without the wrapping of Temporal.
func message(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return err.Error()
}
