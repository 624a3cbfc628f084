package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows"
)

// ErrNoServer is wrapped by errors that say that no server answers.
var ErrNoServer = errors.New("no server answers")

// Options says where runs and their server are. Only Home is needed.
type Options struct {
	Home      string       // runs lie in Home/runs; Home/daemon.json says where the server is
	Address   string       // of another server; empty: that of Home
	Namespace string       // empty: "default"
	UI        string       // URL of the web UI of another server
	Starter   func() error // starts a daemon when none answers; nil: nobody does
}

// Client starts runs and finds them. It is safe for concurrent use, and finds the server again when a daemon that was started
// anew has other ports.
type Client struct {
	o Options

	mu       sync.Mutex
	temporal client.Client
	address  string
	ui       string
}

// patience bounds one call to the server.
const patience = 5 * time.Second

// Connect connects to the server, after starting one when none answers and o has a Starter.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o.Namespace = cmp.Or(o.Namespace, "default")
	if home, err := filepath.Abs(o.Home); err == nil {
		o.Home = home
	}
	c, err := dial(ctx, o)
	if err == nil || o.Starter == nil || o.Address != "" || !errors.Is(err, ErrNoServer) {
		return c, err
	}
	if err := o.Starter(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	return dial(ctx, o)
}

func dial(ctx context.Context, o Options) (*Client, error) {
	address, ui := o.Address, o.UI
	if address == "" {
		s, err := ReadServer(o.Home)
		if err != nil || !s.alive() {
			return nil, fmt.Errorf("%w for %s: start it with \"athanor up\"", ErrNoServer, o.Home)
		}
		address, ui = s.Address, s.UI
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{
		HostPort:  address,
		Namespace: o.Namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return nil, fmt.Errorf("%w at %s: start it with \"athanor up\" (%s)", ErrNoServer, address, reason(err))
	}
	return &Client{o: o, temporal: c, address: address, ui: ui}, nil
}

// Close ends the connection. Runs go on.
func (c *Client) Close() { c.sdk().Close() }

func (c *Client) sdk() client.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.temporal
}

// answers reports whether the server is there.
func (c *Client) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := c.sdk().CheckHealth(ctx, &client.CheckHealthRequest{})
	return err == nil
}

// redial looks for the server again.
func (c *Client) redial(ctx context.Context) error {
	fresh, err := dial(ctx, c.o)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.temporal.Close()
	c.temporal, c.address, c.ui = fresh.temporal, fresh.address, fresh.ui
	return nil
}

// Start sends a run off and returns at once. A run without a name is given one. A name that was used before is an error.
func (c *Client) Start(ctx context.Context, run *spec.Run) (*Handle, error) {
	r, err := resolve(run)
	if err != nil {
		return nil, err
	}
	return c.start(ctx, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, r, nil)
}

// resolve is the run as it is sent: checked, named, with paths that mean the same to a worker elsewhere on this machine.
func resolve(run *spec.Run) (*spec.Run, error) {
	r := run.Clone()
	if r.Name == "" {
		r.Name = fmt.Sprintf("%s-%s", cmp.Or(r.Preset, r.Kind), time.Now().Format("20060102-150405.000"))
	}
	faults := []error{r.Validate()}
	if faults[0] == nil && r.Pipeline != nil {
		for i := range r.Pipeline.Stages { // their names are longer
			faults = append(faults, r.Pipeline.Child(r, r.Pipeline.Stages[i].Name, nil).Validate())
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("run %s:\n%w", r.Name, err)
	}
	r.Paths(absolute)
	return r, nil
}

// absolute is the absolute path of what is one: something with a directory in it, a source with an ending, or, where a run could be meant
// too, a folder that is there. Other names, such as "auto", stay.
func absolute(name, value string) string {
	is := strings.ContainsRune(value, filepath.Separator) || name == "source" && filepath.Ext(value) != "" && !strings.Contains(value, ":")
	if info, err := os.Stat(value); name == "from" && err == nil && info.IsDir() {
		is = true
	}
	if path, err := filepath.Abs(value); is && err == nil {
		return path
	}
	return value
}

// start starts the workflow of r, for a run that goes on with what it had come to.
func (c *Client) start(ctx context.Context, reuse enumspb.WorkflowIdReusePolicy, r *spec.Run, was *workflows.State) (*Handle, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	queue, err := Queue(c.o.Home)
	if err != nil {
		return nil, err
	}
	input, memo := workflows.Input{Run: *r}, map[string]any{workflows.MemoSpec: r}
	if was != nil {
		input.Carry, memo[workflows.MemoState] = &workflows.Carry{State: *was}, was
	}
	_, err = c.sdk().ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       r.Name,
		TaskQueue:                                queue,
		WorkflowIDReusePolicy:                    reuse,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		WorkflowTaskTimeout:                      workflows.TaskTimeout,
		Memo:                                     memo,
		TypedSearchAttributes:                    workflows.Initial(r),
		StaticSummary:                            r.Summary(),
	}, workflows.Workflow(r.Kind), input)
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &exists) {
		return nil, fmt.Errorf("run %q exists: choose another name, look at it with \"athanor run show %s\", or remove it with \"athanor run rm %s\"", r.Name, r.Name, r.Name)
	}
	if err != nil {
		return nil, c.explain("start run "+r.Name, err)
	}
	return c.Run(r.Name), nil
}

// Run is a handle of the run of that name, whether there is one or not.
func (c *Client) Run(name string) *Handle { return &Handle{Name: name, client: c} }

// explain turns an error of the server into one that says what to do.
func (c *Client) explain(what string, err error) error {
	var missing *serviceerror.NotFound
	var away *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("%s: no such run; \"athanor run ls\" lists them", what)
	case errors.As(err, &away), errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w at %s: %s", what, ErrNoServer, c.server(), c.remedy())
	}
	return fmt.Errorf("%s: %s", what, reason(err))
}

// remedy says why the server may not answer, and what to do.
func (c *Client) remedy() string {
	if c.o.Address == "" {
		s, err := ReadServer(c.o.Home)
		switch {
		case full(c.o.Home):
			return fmt.Sprintf("the disk of %s is full: make room, the runs go on by themselves", c.o.Home)
		case err == nil && s.alive():
			return fmt.Sprintf("its process, pid %d, is there, but stopped, hung or overloaded: if it stays so end it and start it again with \"athanor up\"", s.PID)
		}
	}
	return "start it with \"athanor up\""
}

func (c *Client) server() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.address
}

// reason is the innermost message of an error of the server.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
