package runs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/train/spec"
)

// standard is the client that cells use.
var standard struct {
	sync.Mutex
	o      Options
	set    bool
	client *Client
}

// SetDefault says where the functions of this package find runs and their server. It connects to nothing yet.
func SetDefault(o Options) {
	standard.Lock()
	defer standard.Unlock()
	if standard.client != nil {
		standard.client.Close()
	}
	standard.o, standard.set, standard.client = o, true, nil
}

// Default is the client of SetDefault, connected.
func Default() (*Client, error) {
	standard.Lock()
	defer standard.Unlock()
	if !standard.set {
		return nil, errors.New("runs: no home is set: call runs.SetDefault, as the athanor kernel does")
	}
	ctx := display.Context()
	if standard.client != nil {
		if standard.client.answers(ctx) {
			return standard.client, nil
		}
		standard.client.Close()
		standard.client = nil
	}
	c, err := Connect(ctx, standard.o)
	if err != nil {
		return nil, err
	}
	standard.client = c
	return c, nil
}

// Start sends a run off and returns at once; Watch follows it. When no server answers, one is started.
func Start(run *spec.Run) (*Handle, error) {
	c, err := Default()
	if err != nil {
		return nil, err
	}
	return c.Start(display.Context(), run)
}

// StartPreset starts a preset with some settings changed, each "key=value": StartPreset("char-gpt", "steps=500", "name=first").
func StartPreset(preset string, settings ...string) (*Handle, error) {
	run, err := spec.Preset(preset)
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, setting := range settings {
		key, value, ok := strings.Cut(setting, "=")
		if !ok {
			faults = append(faults, fmt.Errorf("setting %q: want key=value", setting))
			continue
		}
		if err := run.Set(strings.TrimSpace(key), value); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return Start(run)
}

// Watch draws the curves of a run, of a pipeline those of each stage, and redraws them in place until the run has ended or the cell is
// interrupted, which does not disturb the run. It returns the run's status.
func Watch(name string) (*Status, error) {
	h, err := named(name)
	if err != nil {
		return nil, err
	}
	return h.Watch()
}

// Show tells how a run stands.
func Show(name string) (*Status, error) {
	h, err := named(name)
	if err != nil {
		return nil, err
	}
	return h.Status(display.Context())
}

// List gives the runs that the server knows, the newest first, without the stages of pipelines.
func List() (Table, error) {
	c, err := Default()
	if err != nil {
		return nil, err
	}
	return c.List(display.Context())
}

// Pause makes a run checkpoint and wait, and returns when it does.
func Pause(name string) (*Status, error) { return steer(name, "pause", (*Handle).Pause) }

// Resume lets a paused run go on, or starts a stopped or failed one again from its newest checkpoint.
func Resume(name string) (*Status, error) { return steer(name, "resume", (*Handle).Resume) }

// Stop makes a run checkpoint and end, and returns when it has.
func Stop(name string) (*Status, error) { return steer(name, "stop", (*Handle).Stop) }

// Set changes a setting of a run that goes on: Set("first", "lr=1e-4").
func Set(name, setting string) (*Status, error) {
	key, value, ok := strings.Cut(setting, "=")
	if !ok {
		return nil, fmt.Errorf("setting %q: want key=value", setting)
	}
	h, err := named(name)
	if err != nil {
		return nil, err
	}
	if err := h.Set(display.Context(), strings.TrimSpace(key), value); err != nil {
		return nil, err
	}
	return h.Status(display.Context())
}

func steer(name, verb string, do func(*Handle, context.Context) error) (*Status, error) {
	h, err := named(name)
	if err != nil {
		return nil, err
	}
	ctx := display.Context()
	if err := do(h, ctx); err != nil {
		return nil, err
	}
	return h.Settle(ctx, verb)
}

func named(name string) (*Handle, error) {
	c, err := Default()
	if err != nil {
		return nil, err
	}
	return c.Run(name), nil
}
