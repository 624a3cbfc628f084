package workflows

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/athanor-ml/athanor/display/spark"
	"github.com/athanor-ml/athanor/train/spec"
)

// publish shows the run's state to those who look from outside.
func (r *run) publish(ctx workflow.Context) { show(ctx, &r.run, r.State, r.page(workflow.Now(ctx))) }

// page is the markdown that the UI shows at the head of the run.
func (r *run) page(now time.Time) string {
	var p page
	title := []string{fmt.Sprintf("### %s: step %d", r.Phase, r.Step)}
	if r.Steps > 0 {
		title[0] += fmt.Sprintf(" of %d", r.Steps)
	}
	for _, name := range r.run.Headline() {
		if v, ok := r.Value(name); ok {
			title = append(title, fmt.Sprintf("%s %.4f", name, v))
		}
	}
	p.line(strings.Join(title, ", "))
	p.reused(r.Reused)
	if len(r.Trend) > 1 {
		p.line("")
		p.line(code(spark.Line(r.Trend, 40)) + " " + r.run.Headline()[0])
	}
	p.table("", "",
		"run", r.run.Summary(),
		"segments", fmt.Sprint(r.Segments),
		"time since the start", since(now, r.Started),
		"checkpoint", code(r.Checkpoint),
		"SHA-256 of the weights", code(r.WeightsSHA256),
	)
	p.state(&r.State)
	p.inputs(r.Inputs)
	return p.String()
}

// publish shows the pipeline's state to those who look from outside.
func (p *pipeline) publish(ctx workflow.Context) {
	show(ctx, &p.run, p.State, p.page(workflow.Now(ctx)))
}

// page is the markdown that the UI shows at the head of the pipeline: a row for each stage.
func (p *pipeline) page(now time.Time) string {
	var out page
	out.line(fmt.Sprintf("### %s: stage %d of %d", p.Phase, min(p.Step+1, p.Steps), p.Steps))
	out.lines = append(out.lines, "", "| stage | kind | status | step | metrics |", "|---|---|---|---|---|")
	for i := range p.Stages {
		s := &p.Stages[i]
		phase, step := cmp.Or(s.Phase, "waiting"), ""
		if s.Reused != "" {
			phase += ", reused from " + s.Reused
		}
		if s.Phase != "" && s.Phase != Running {
			step = fmt.Sprintf("%d of %d", s.Step, s.Steps)
		}
		var metrics []string
		for _, name := range sorted(s.Metrics) {
			metrics = append(metrics, fmt.Sprintf("%s %.4g", name, s.Metrics[name]))
		}
		// The page of a stage is a neighbour of this one: /namespaces/NAMESPACE/workflows/RUN/…
		link := fmt.Sprintf("[%s](../../%s.%s)", s.Name, p.run.Name, s.Name)
		out.line(fmt.Sprintf("| %s | %s | %s | %s | %s |", link, s.Kind, phase, step, strings.Join(metrics, ", ")))
	}
	out.table("", "", "run", p.run.Summary(), "time since the start", since(now, p.Started))
	out.state(&p.State)
	return out.String()
}

// page collects lines of markdown.
type page struct{ lines []string }

func (p *page) String() string { return strings.Join(p.lines, "\n") + "\n" }

func (p *page) line(text string) { p.lines = append(p.lines, text) }

// table has rows of a name and a value; those without a value are left out.
func (p *page) table(left, right string, cells ...string) {
	p.lines = append(p.lines, "", "| "+left+" | "+right+" |", "|---|---|")
	for i := 0; i+1 < len(cells); i += 2 {
		if cells[i+1] != "" {
			p.line("| " + cells[i] + " | " + cells[i+1] + " |")
		}
	}
}

func (p *page) reused(run string) {
	if run != "" {
		p.line("")
		p.line("reused from " + run + ", which was the same")
	}
}

// state shows what any run may have: values, outputs, events, an error.
func (p *page) state(s *State) {
	if values := numbers(s); len(values) > 0 {
		p.table("metric", "value", values...)
	}
	if len(s.Outputs) > 0 {
		var cells []string
		for _, role := range sorted(s.Outputs) {
			cells = append(cells, role, code(s.Outputs[role].Path))
		}
		p.table("output", "path", cells...)
	}
	if len(s.Events) > 0 {
		p.line("")
		for _, e := range s.Events {
			p.line(fmt.Sprintf("- step %d, %s: %s", e.Step, e.Kind, oneLine(e.Text)))
		}
	}
	if s.Error != "" {
		p.line("")
		p.line("**error:** " + s.Error)
	}
}

func (p *page) inputs(inputs map[string]spec.Input) {
	if len(inputs) == 0 {
		return
	}
	var cells []string
	for _, role := range sorted(inputs) {
		cells = append(cells, role, code(inputs[role].Path))
	}
	p.table("input", "path", cells...)
}

// numbers are all values of a run, those of the last evaluation first.
func numbers(s *State) (cells []string) {
	for _, name := range sorted(s.Metrics) {
		cells = append(cells, name, fmt.Sprintf("%.6g", s.Metrics[name]))
	}
	for _, name := range sorted(s.Values) {
		if _, told := s.Metrics[name]; !told {
			cells = append(cells, name, fmt.Sprintf("%.6g", s.Values[name]))
		}
	}
	return cells
}

// sorted are the keys of a map in alphabetical order.
func sorted[V any](m map[string]V) []string {
	//workflowcheck:ignore the keys are sorted
	return slices.Sorted(maps.Keys(m))
}

// since is a time that has passed; the clock may have been set back.
func since(now, then time.Time) string { return max(now.Sub(then), 0).Round(time.Second).String() }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
