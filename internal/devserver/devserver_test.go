//go:build !noserver

package devserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func options(t *testing.T, dir string) Options {
	t.Helper()
	var chosen claims
	t.Cleanup(chosen.close)
	port, err := chosen.free()
	if err != nil {
		t.Fatal(err)
	}
	ui, err := chosen.free()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Dir: dir, Port: port, UIPort: ui, Attributes: map[string]enumspb.IndexedValueType{
		"Colour": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Weight": enumspb.INDEXED_VALUE_TYPE_DOUBLE,
	}}
}

func start(t *testing.T, o Options) (*Server, client.Client) {
	t.Helper()
	began := time.Now()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	c, err := client.Dial(client.Options{HostPort: address(o.Port), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	t.Logf("answers after %v", time.Since(began).Round(time.Millisecond))
	return s, c
}

func paint(ctx workflow.Context, colour string) (string, error) {
	err := workflow.UpsertTypedSearchAttributes(ctx, temporal.NewSearchAttributeKeyKeyword("Colour").ValueSet(colour))
	return "painted " + colour, err
}

// One story, so that the server's start is paid twice and not five times: a workflow runs, can be found by its attribute,
// the UI shows pages, and after a restart everything is still there.
func TestServerKeepsWorkflows(t *testing.T) {
	ctx := t.Context()
	o := options(t, filepath.Join(t.TempDir(), "a folder with spaces"))
	s, c := start(t, o)
	w := worker.New(c, "q", worker.Options{})
	w.RegisterWorkflow(paint)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "wall", TaskQueue: "q"}, paint, "red")
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(ctx, &got); err != nil || got != "painted red" {
		t.Fatalf("workflow returned %q, %v", got, err)
	}
	w.Stop()
	find(t, c, "Colour = 'red'", "wall")
	namespace, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if kept := namespace.Config.WorkflowExecutionRetentionTtl.AsDuration(); kept != Retention {
		t.Errorf("finished workflows are kept %v, want %v", kept, Retention)
	}
	page(t, fmt.Sprintf("http://127.0.0.1:%d/namespaces/default/workflows/wall", o.UIPort))
	c.Close()
	s.Stop()

	again := options(t, o.Dir) // other ports, same database
	_, c = start(t, again)
	find(t, c, "Colour = 'red'", "wall")
	if err := c.GetWorkflow(ctx, "wall", "").Get(ctx, &got); err != nil || got != "painted red" {
		t.Errorf("after a restart the result is %q, %v", got, err)
	}
}

// find waits until a query for workflows gives the one with this id.
func find(t *testing.T, c client.Client, query, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the client wants one; the test program's is the same
	defer cancel()
	for ctx.Err() == nil {
		r, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		if err != nil {
			t.Fatalf("query %s: %v", query, err)
		}
		if len(r.Executions) == 1 && r.Executions[0].Execution.WorkflowId == id {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("query %s does not find %s", query, id)
}

func page(t *testing.T, url string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK || !strings.Contains(strings.ToLower(string(body)), "<!doctype html>") {
		t.Errorf("GET %s: %s, %.80q", url, r.Status, body)
	}
}

func TestOtherVersionIsRefusedThenPutAside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "temporal.db")
	for name, text := range map[string]string{file: "old", file + ".version": "1.29.1 schema 0.9/0.1\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Start(options(t, dir))
	var version *VersionError
	if !errors.As(err, &version) || !strings.Contains(err.Error(), "1.29.1") || !strings.Contains(err.Error(), "--fresh") {
		t.Fatalf("Start on a database of 1.29.1: %v, want a VersionError that names it and the way out", err)
	}
	o := options(t, dir)
	o.Fresh = true
	start(t, o)
	if kept, _ := filepath.Glob(file + ".*-*[0-9]"); len(kept) == 0 {
		t.Error("the old database is gone; want it put aside")
	}
}

func TestDamagedDatabaseIsNamedThenPutAside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "temporal.db")
	for name, text := range map[string]string{file: strings.Repeat("not a database ", 1000), file + ".version": stamp()} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, dir)
	if _, err := Start(o); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "--fresh") {
		t.Fatalf("Start on a damaged database: %v, want it to name the file and the way out", err)
	}
	o.Fresh = true
	start(t, o)
	if kept, _ := filepath.Glob(file + ".*-*[0-9]"); len(kept) != 1 {
		t.Errorf("put aside: %v, want the damaged database", kept)
	}
}

// The server ends its process over a port that it cannot have: in a process of its own, which must say why.
func TestBusyPortIsNamedBeforeTheEnd(t *testing.T) {
	o := options(t, t.TempDir())
	const variable = "ATHANOR_TEST_BUSY_PORT"
	if busy, _ := strconv.Atoi(os.Getenv(variable)); busy != 0 {
		o.Port = busy
		_, err := Start(o)
		t.Fatalf("Start on busy port %d: %v", busy, err)
	}
	l, err := net.Listen("tcp", address(o.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", variable, o.Port))
	text, err := c.CombinedOutput()
	want := fmt.Sprintf("listen tcp %s: bind: address already in use", address(o.Port))
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(text), want) {
		t.Errorf("%v, and it printed\n%s\nwant status 1 and %q", err, text, want)
	}
}

func TestStartAfterAKillDuringTheFirst(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "temporal.db")
	for name, text := range map[string]string{file + ".part": "half a file", file + ".part-journal": "x", file + ".version": stamp()} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	start(t, options(t, dir))
}

// A database that is put aside never takes the place of one that was before, though the clock says the same time again.
func TestPutAsideKeepsWhatIsThere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "temporal.db.20260102-030405")
	for _, want := range []string{name, name + "-2", name + "-3"} {
		got := unused(name)
		if got != want {
			t.Errorf("the name is %s, want %s", got, want)
		}
		if err := os.WriteFile(got, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCompatible(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.32.1 schema 0.11/0.1", "1.32.4 schema 0.11/0.1", true},
		{"1.32.1 schema 0.11/0.1", "1.32.1 schema 0.12/0.1", false},
		{"1.31.4 schema 0.11/0.1", "1.32.1 schema 0.11/0.1", false},
		{"", "1.32.1 schema 0.11/0.1", false},
	} {
		if got := compatible(c.a, c.b); got != c.want {
			t.Errorf("compatible(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
