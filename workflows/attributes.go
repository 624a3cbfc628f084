package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/train/spec"
)

// The search attributes of runs, for queries such as: RunStatus = "running" and Metric = "loss" and Score < 2.
var (
	RunKind   = temporal.NewSearchAttributeKeyKeyword("RunKind")   // "pretrain"
	RunStatus = temporal.NewSearchAttributeKeyKeyword("RunStatus") // a phase
	Model     = temporal.NewSearchAttributeKeyKeyword("Model")     // "gpt2-L4-H4-C128-T64"
	Step      = temporal.NewSearchAttributeKeyInt64("Step")        // of a pipeline: stages that have ended
	Metric    = temporal.NewSearchAttributeKeyKeyword("Metric")    // the first of the kind's headline that was measured
	Score     = temporal.NewSearchAttributeKeyFloat64("Score")     // its value
)

// Attributes are the names and types of the search attributes, for whoever registers them with a server. The embedded one has three
// columns of floating point in all, so kinds share one.
func Attributes() map[string]enumspb.IndexedValueType {
	types := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{RunKind, RunStatus, Model, Step, Metric, Score} {
		types[key.GetName()] = key.GetValueType()
	}
	return types
}

// Initial are the search attributes of a run that has not begun.
func Initial(run *spec.Run) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		RunKind.ValueSet(run.Kind), RunStatus.ValueSet(Running), Model.ValueSet(run.Model()), Step.ValueSet(0),
	)
}

// show publishes how a run stands to those who look from outside.
func show(ctx workflow.Context, run *spec.Run, s State, page string) {
	attributes := []temporal.SearchAttributeUpdate{
		RunKind.ValueSet(run.Kind), RunStatus.ValueSet(s.Phase), Model.ValueSet(run.Model()), Step.ValueSet(int64(s.Step)),
	}
	for _, name := range run.Headline() {
		if v, ok := s.Value(name); ok {
			attributes = append(attributes, Metric.ValueSet(name), Score.ValueSet(v))
			break
		}
	}
	err := workflow.UpsertTypedSearchAttributes(ctx, attributes...)
	if err == nil {
		err = workflow.UpsertMemo(ctx, map[string]any{MemoState: s})
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("publish", "error", err) // a value that does not serialise: a fault of ours, not the run's
	}
	workflow.SetCurrentDetails(ctx, page)
}
