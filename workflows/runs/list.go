package runs

import (
	"context"
	"fmt"
	"html"
	"strings"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/athanor-ml/athanor/train"
)

// List gives the runs that the server knows, the newest first, without the stages of pipelines.
func (c *Client) List(ctx context.Context) ([]*Status, error) { return c.find(ctx, "", false) }

// Find gives the runs, stages of pipelines too, for which a query of Temporal's visibility language holds, the newest first:
// RunStatus = "running" and Metric = "loss" and Score < 2. Its names are the search attributes of package workflows. An empty query holds for
// all.
func (c *Client) Find(ctx context.Context, query string) ([]*Status, error) {
	return c.find(ctx, query, true)
}

func (c *Client) find(ctx context.Context, query string, stages bool) ([]*Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	var all []*Status
	seen := map[string]bool{} // a resumed run is there more than once
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType in ('Run', 'Pipeline') and ExecutionStatus != 'ContinuedAsNew'"}
	if query != "" {
		request.Query += " and (" + query + ")"
	}
	for {
		r, err := c.sdk().ListWorkflow(ctx, request)
		if err != nil {
			return nil, c.explain(strings.TrimSpace("list runs "+query), err)
		}
		for _, info := range r.Executions {
			if s := c.status(info); !seen[s.Name] && (stages || !isStage(info)) {
				all, seen[s.Name] = append(all, s), true
			}
		}
		if len(r.NextPageToken) == 0 {
			return all, nil
		}
		request.NextPageToken = r.NextPageToken
	}
}

func (c *Client) dir(name string) string { return train.Dir(c.o.Home, name) }

// page is the run's page in the web UI; empty when there is none.
func (c *Client) page(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ui == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s", c.ui, c.o.Namespace, name)
}

// Table is a list of runs that a notebook shows as a table.
type Table []*Status

// String has a line for each run.
func (t Table) String() string {
	lines := make([]string, len(t))
	for i, s := range t {
		lines[i] = s.String()
	}
	if len(t) == 0 {
		return "no runs yet"
	}
	return strings.Join(lines, "\n")
}

// MIME is the list as a notebook shows it.
func (t Table) MIME() map[string]any {
	var b strings.Builder
	b.WriteString("<table><tr><th>run</th><th>kind</th><th>status</th><th>step</th><th>metrics</th><th>started</th></tr>")
	for _, s := range t {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
			s.link(), html.EscapeString(s.Kind), s.Status, html.EscapeString(s.progress()), html.EscapeString(s.Numbers()),
			s.StartTime.Local().Format("2006-01-02 15:04:05"))
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": t.String(), "text/html": b.String()}
}

// MIME is the status as a notebook shows it.
func (s *Status) MIME() map[string]any {
	var b strings.Builder
	b.WriteString("<table>")
	row := func(name, value string) {
		fmt.Fprintf(&b, "<tr><th style=\"text-align:left\">%s</th><td style=\"text-align:left\">%s</td></tr>", html.EscapeString(name), value)
	}
	row("run", s.link())
	row("status", s.Status)
	row("progress", html.EscapeString(s.progress()))
	if n := s.Numbers(); n != "" {
		row("newest", html.EscapeString(n))
	}
	for _, stage := range s.Stages {
		row(stage.short(s), stage.link()+" "+html.EscapeString(strings.TrimPrefix(stage.String(), stage.Name+": ")))
	}
	for _, r := range s.rows() {
		if r[0] != "page" {
			row(r[0], html.EscapeString(r[1]))
		}
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": s.String(), "text/html": b.String()}
}

// link is the run's name, which leads to its page.
func (s *Status) link() string {
	if s.UIURL == "" {
		return html.EscapeString(s.Name)
	}
	return fmt.Sprintf("<a href=\"%s\" target=\"_blank\">%s</a>", html.EscapeString(s.UIURL), html.EscapeString(s.Name))
}

// Numbers is the metrics of the headline that were measured: "loss 1.8812, valLoss 1.9034".
func (s *Status) Numbers() string {
	var all []string
	for _, name := range s.Headline {
		if v, ok := s.Value(name); ok {
			all = append(all, fmt.Sprintf("%s %.4f", name, v))
		}
	}
	return strings.Join(all, ", ")
}
