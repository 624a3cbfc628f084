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
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: step %d of %d", p.Phase, p.Step, p.Steps)
	if p.Step > 0 {
		fmt.Fprintf(&b, ", loss %.4f", p.Loss)
	}
	if len(p.Losses) > 1 {
		fmt.Fprintf(&b, "\n\n`%s`", track.Sparkline(p.Losses, 40))
	}
	b.WriteString("\n\n| | |\n|---|---|\n")
	row := func(name, value string) { fmt.Fprintf(&b, "| %s | %s |\n", name, value) }
	row("model", ModelName(&p.run))
	if p.ValLoss > 0 {
		row("validation loss", fmt.Sprintf("%.4f", p.ValLoss))
	}
	if p.TokensPerSec > 0 {
		row("tokens per second", fmt.Sprintf("%.0f", p.TokensPerSec))
	}
	row("segments", fmt.Sprint(p.Segments))
	row("time since the start", now.Sub(p.Started).Round(time.Second).String())
	if p.Checkpoint != "" {
		row("checkpoint", "`"+p.Checkpoint+"`")
	}
	if p.WeightsSHA256 != "" {
		row("SHA-256 of the weights", "`"+p.WeightsSHA256+"`")
	}
	if p.Error != "" {
		fmt.Fprintf(&b, "\n**error:** %s\n", p.Error)
	}
	return b.String()
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
