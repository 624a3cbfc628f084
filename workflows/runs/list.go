package runs

import (
	"context"
	"fmt"
	"html"
	"path/filepath"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
)

// List gives the runs that the server knows, the newest first.
func (c *Client) List(ctx context.Context) ([]*Status, error) { return c.Find(ctx, "") }

// Find gives the runs for which a query of Temporal's visibility language holds, the newest first: RunStatus = "running" and Loss < 2.
// Its names are the search attributes of package workflows. An empty query holds for all.
func (c *Client) Find(ctx context.Context, query string) ([]*Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	var all []*Status
	seen := map[string]bool{} // a resumed run is there more than once
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = 'Pretrain' and ExecutionStatus != 'ContinuedAsNew'"}
	if query != "" {
		request.Query += " and (" + query + ")"
	}
	for {
		r, err := c.sdk().ListWorkflow(ctx, request)
		if err != nil {
			return nil, c.explain(strings.TrimSpace("list runs "+query), err)
		}
		for _, info := range r.Executions {
			if s := c.status(info); !seen[s.Name] {
				all, seen[s.Name] = append(all, s), true
			}
		}
		if len(r.NextPageToken) == 0 {
			return all, nil
		}
		request.NextPageToken = r.NextPageToken
	}
}

func (c *Client) dir(name string) string { return filepath.Join(c.o.Home, "runs", name) }

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
	b.WriteString("<table><tr><th>run</th><th>status</th><th>step</th><th>loss</th><th>validation loss</th><th>started</th></tr>")
	for _, s := range t {
		fmt.Fprintf(&b, "<tr><td><a href=\"%s\" target=\"_blank\">%s</a></td><td>%s</td><td>%d of %d</td><td>%s</td><td>%s</td><td>%s</td></tr>",
			html.EscapeString(s.UIURL), html.EscapeString(s.Name), s.Status, s.Step, s.Steps, number(s.Loss), number(s.ValLoss),
			s.StartTime.Local().Format("2006-01-02 15:04:05"))
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": t.String(), "text/html": b.String()}
}
