package workflows

import (
	"fmt"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/train/track"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// publish shows the run's state to those who look from outside.
func (p *pretrain) publish(ctx workflow.Context) {
	err := workflow.UpsertTypedSearchAttributes(ctx,
		RunKind.ValueSet(p.run.Kind),
		RunStatus.ValueSet(p.Phase),
		Model.ValueSet(ModelName(&p.run)),
		Step.ValueSet(int64(p.Step)),
		Loss.ValueSet(p.Loss),
		ValLoss.ValueSet(p.ValLoss),
	)
	if err == nil {
		err = workflow.UpsertMemo(ctx, map[string]any{MemoState: p.State})
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("publish", "error", err) // a value that does not serialise: a fault of ours, not the run's
	}
	workflow.SetCurrentDetails(ctx, p.page(workflow.Now(ctx)))
}

// page is the markdown that the UI shows at the head of the run.
func (p *pretrain) page(now time.Time) string {
	title := fmt.Sprintf("### %s: step %d of %d", p.Phase, p.Step, p.Steps)
	if p.Step > 0 {
		title += fmt.Sprintf(", loss %.4f", p.Loss)
	}
	lines := []string{title}
	if len(p.Losses) > 1 {
		lines = append(lines, "", "`"+track.Sparkline(p.Losses, 40)+"`")
	}
	row := func(name, value string) {
		if value != "" {
			lines = append(lines, "| "+name+" | "+value+" |")
		}
	}
	lines = append(lines, "")
	row("model", ModelName(&p.run))
	lines = append(lines, "|---|---|")
	row("validation loss", known("%.4f", p.ValLoss))
	row("learning rate", known("%.3g", p.LR))
	row("tokens per second", known("%.0f", p.TokensPerSec))
	row("segments", fmt.Sprint(p.Segments))
	row("time since the start", max(now.Sub(p.Started), 0).Round(time.Second).String()) // the clock may have been set back
	row("checkpoint", code(p.Checkpoint))
	row("SHA-256 of the weights", code(p.WeightsSHA256))
	if p.Error != "" {
		lines = append(lines, "", "**error:** "+p.Error)
	}
	return strings.Join(lines, "\n") + "\n"
}

// known formats a number, and gives nothing for one that was not measured.
func known(format string, v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf(format, v)
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// ModelName is the shape of a run's model in short, "gpt-L4-H4-C128-T64".
func ModelName(run *spec.Run) string {
	if run.Pretrain == nil {
		return ""
	}
	m := run.Pretrain.Model
	return fmt.Sprintf("gpt-L%d-H%d-C%d-T%d", m.Layers, m.Heads, m.Embed, m.Context)
}

// Summary says what a run is, in a line.
func Summary(run *spec.Run) string {
	p := run.Pretrain
	return fmt.Sprintf("%s %s on %s, %d steps", run.Kind, ModelName(run), p.Data.Source, p.Steps)
}

// Initial are the search attributes of a run that has not begun.
func Initial(run *spec.Run) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		RunKind.ValueSet(run.Kind), RunStatus.ValueSet(Running), Model.ValueSet(ModelName(run)), Step.ValueSet(0),
	)
}
